package io.mambapkd;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands that run a class of the tests or of the program in a process of its own, on this Java or another one. */
public final class ChildJava {
    private ChildJava() {}

    /**
     * A command, to which arguments may be added. The process is made for a short life: one compiler, one thread that collects garbage.
     *
     * @param options of Java, such as {@code -Dname=value}
     */
    public static List<String> command(List<String> options, String main) {
        return command(Path.of(System.getProperty("java.home")), options, main);
    }

    /**
     * The same on another Java.
     *
     * @param home its folder
     */
    public static List<String> command(Path home, List<String> options, String main) {
        List<String> command = new ArrayList<>(List.of(
                home.resolve("bin/java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        return command;
    }
}
