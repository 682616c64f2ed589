package io.mambapkd.bench.result;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What a time on a CPU depends on apart from the processor.
 *
 * @param cores processors that the JVM may use
 * @param jdk vendor and version
 * @param system name, version, architecture
 * @param load processes that wanted a processor in the minute before the run, or below 0 where the system does not tell
 */
public record Machine(int cores, String jdk, String system, double load) {
    private static final String UNKNOWN = "unknown";

    public static Machine current() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vendor") + " " + System.getProperty("java.runtime.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** Whether other programs took so much of the machine that a timing means little. */
    public boolean isBusy() {
        return load > cores / 2.0;
    }

    /** Model name of the processor, or the architecture where the system does not tell. */
    public static String cpu() {
        return cpu(Path.of("/proc/cpuinfo"));
    }

    /** @param information a file in the format of Linux's /proc/cpuinfo */
    static String cpu(Path information) {
        if (!Files.isReadable(information)) {
            return System.getProperty("os.arch");
        }
        try (var lines = Files.lines(information)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Of the working tree, with {@code -dirty} if files differ from it; {@code unknown} outside a repository. */
    public static String currentCommit() {
        String commit = git("rev-parse", "--short=12", "HEAD");
        if (commit.isEmpty()) {
            return UNKNOWN;
        }
        return git("status", "--porcelain", "--untracked-files=no").isEmpty() ? commit : commit + "-dirty";
    }

    /** Output of a git command, or nothing if there is no git, no repository, or no answer. */
    private static String git(String... arguments) {
        java.util.List<String> command = new java.util.ArrayList<>(java.util.List.of("git"));
        command.addAll(java.util.List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? output : "";
        } catch (IOException noGit) {
            return "";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
