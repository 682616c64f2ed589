package io.mambapkd.doctor;

import io.mambapkd.FileFailure;
import io.mambapkd.Problem;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that is spent on what may end it, such as loading a library of unknown making. It answers in lines {@code
 * mamba-pkd-probe KEY=VALUE}, as it finds things out, so that what it said before its end counts.
 */
public final class ProbeProcess {
    private static final String MARK = "mamba-pkd-probe ";
    /** Behind the key of a problem. */
    private static final String REMEDY = ".remedy";

    private static final int MOST_LINES = 10_000;

    private ProbeProcess() {}

    /**
     * What a process answered.
     *
     * @param values by key, in the order in which they came
     * @param lines what else it wrote, without blank lines
     * @param end how it ended, for a sentence; empty if it ended well
     * @param late whether it was ended because its time was over
     */
    public record Answer(Map<String, String> values, List<String> lines, String end, boolean late) {
        private static final String UNSTARTED = "could not start: ";
        private static final String INTERRUPTED = "was interrupted";

        /** What to do where it was late. */
        public static final String MORE_TIME =
                "its first start on a machine reads gigabytes of libraries from the disk: start doctor again, or give it"
                        + " more time with --seconds";

        /** A value, or empty. */
        public String value(String key) {
            return values.getOrDefault(key, "");
        }

        /** What {@link #say(String, Problem)} said under a key; without words if it said nothing. */
        public Problem problem(String key) {
            return new Problem(value(key), value(key + REMEDY));
        }

        /** The values whose keys begin with {@code start}, without it. */
        public Map<String, String> values(String start) {
            Map<String, String> chosen = new LinkedHashMap<>();
            values.forEach((key, value) -> {
                if (key.startsWith(start)) {
                    chosen.put(key.substring(start.length()), value);
                }
            });
            return chosen;
        }

        /** Whether it could start and was left to come to its end. */
        public boolean ran() {
            return !late && !end.startsWith(UNSTARTED) && !end.equals(INTERRUPTED);
        }

        /** How it ended and the most telling line that it wrote. */
        public String failure() {
            String words = lines.stream()
                    .filter(line -> line.contains("lib"))
                    .filter(line -> !line.startsWith("#") && !line.startsWith("WARNING"))
                    .findFirst()
                    .orElse(lines.isEmpty() ? "without a word" : lines.get(0));
            return end + " (" + words + ")";
        }
    }

    /**
     * A command that runs a class of this program on this Java, where libraries are looked for as here.
     *
     * @param properties names of system properties that it is to have as they are here
     */
    public static List<String> java(Class<?> main, List<String> properties, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // Its life is short, and nothing of a crash is to stay behind.
        command.addAll(List.of(
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:ErrorFile=/dev/null",
                "-XX:-CreateCoredumpOnCrash",
                "--enable-native-access=ALL-UNNAMED"));
        for (String name : properties) {
            String value = System.getProperty(name);
            if (value != null) {
                command.add("-D" + name + "=" + value);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return command;
    }

    /**
     * Runs a command and waits for it.
     *
     * @param limit after which it is ended
     */
    public static Answer ask(List<String> command, Duration limit) {
        Path output;
        try {
            // A file, not a pipe: a process that hangs may have others that keep the pipe open.
            output = Files.createTempFile("mamba-pkd-probe-", ".txt");
        } catch (IOException failure) {
            return unstarted("no temporary file, " + FileFailure.reason(failure));
        }
        try {
            End end = run(command, limit, output);
            return answer(new String(Files.readAllBytes(output), StandardCharsets.UTF_8), end);
        } catch (IOException failure) {
            return unstarted(FileFailure.reason(failure));
        } finally {
            delete(output);
        }
    }

    private static Answer unstarted(String reason) {
        return new Answer(Map.of(), List.of(), Answer.UNSTARTED + reason, false);
    }

    /** How a process ended. */
    private record End(String words, boolean late) {}

    private static End run(List<String> command, Duration limit, Path output) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                List<ProcessHandle> others = process.descendants().toList();
                process.destroyForcibly();
                others.forEach(ProcessHandle::destroyForcibly);
                return new End("did not end within " + limit.toSeconds() + " s", true);
            }
            return new End(process.exitValue() == 0 ? "" : "ended with status " + process.exitValue(), false);
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return new End(Answer.INTERRUPTED, false);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Answer answer(String output, End end) {
        Map<String, String> values = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>();
        output.lines()
                .limit(MOST_LINES)
                .filter(line -> !line.isBlank() && !isOfOptions(line))
                .forEach(line -> {
                    int equals = line.indexOf('=');
                    if (line.startsWith(MARK) && equals > 0) {
                        values.put(line.substring(MARK.length(), equals), line.substring(equals + 1));
                    } else {
                        lines.add(line);
                    }
                });
        return new Answer(values, lines, end.words(), end.late());
    }

    /** What Java says of options in JAVA_TOOL_OPTIONS and its like. */
    private static boolean isOfOptions(String line) {
        return line.startsWith("Picked up ") || line.startsWith("NOTE: Picked up ");
    }

    /** In the process: answers the one that asked with what is wrong. */
    public static void say(String key, Problem problem) {
        say(key + REMEDY, problem.remedy());
        say(key, problem.text());
    }

    /** In the process: answers the one that asked. */
    public static void say(String key, String value) {
        String line = "\n" + MARK + key + "=" + value.replaceAll("\\s+", " ") + "\n";
        // Written at once: the next call may be the last.
        try (OutputStream output = new FileOutputStream(FileDescriptor.out) {
            @Override
            public void close() {
                // The next answer goes there too.
            }
        }) {
            output.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
