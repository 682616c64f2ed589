package io.mambapkd;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A process of this Java that a test talks to by lines. It is killed when it is closed. */
public final class TalkingChild implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;

    private TalkingChild(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
        this.input = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Starts a class; what it prints to either stream is its output. */
    public static TalkingChild start(Class<?> main, String... arguments) throws IOException {
        List<String> command = ChildJava.command(List.of(), main.getName());
        command.addAll(List.of(arguments));
        return new TalkingChild(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    public long pid() {
        return process.pid();
    }

    public void tell(String line) throws IOException {
        input.write(line + "\n");
        input.flush();
    }

    /** The next line that is wanted, or all that came where the output ends before; others are passed over. */
    public String hear(Predicate<String> wanted) throws IOException {
        List<String> others = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (wanted.test(line)) {
                return line;
            }
            others.add(line);
        }
        return "the output ended after " + others;
    }

    /** The next line. */
    public String hear() throws IOException {
        return hear(line -> true);
    }

    /** Sends SIGTERM. */
    public void terminate() {
        // Not Process.destroy, which closes the output.
        process.toHandle().destroy();
    }

    /** Sends SIGKILL, and waits for the end. */
    public void kill() {
        process.toHandle().destroyForcibly();
        process.onExit().join();
    }

    /** Waits for the end. */
    public int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    /** The name of this machine, as the system's own program tells it. */
    public static String host() throws IOException {
        Process process = new ProcessBuilder("uname", "-n").start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
