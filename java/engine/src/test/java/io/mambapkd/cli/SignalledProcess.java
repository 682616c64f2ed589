package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process that gets signals as from a shell, whatever those that started the tests have set to be ignored. Errors are a part of its output. */
public final class SignalledProcess implements AutoCloseable {
    private static final Path ENV = Path.of("/usr/bin/env");
    private static final int LONGEST_SECONDS = 60;

    private final Process process;
    private final BufferedReader reader;
    private final List<String> output = new ArrayList<>();

    private SignalledProcess(Process process) {
        this.process = process;
        this.reader = process.inputReader(StandardCharsets.UTF_8);
    }

    public static SignalledProcess start(List<String> command) throws IOException {
        assumeTrue(Files.isExecutable(ENV), "env of coreutils resets signals");
        List<String> all = new ArrayList<>(List.of(ENV.toString(), "--default-signal=INT,TERM,HUP"));
        all.addAll(command);
        return new SignalledProcess(
                new ProcessBuilder(all).redirectErrorStream(true).start());
    }

    /** Reads its output up to a line. */
    public void awaitLine(Predicate<String> wanted) throws IOException {
        String line = reader.readLine();
        while (line != null) {
            output.add(line);
            if (wanted.test(line)) {
                return;
            }
            line = reader.readLine();
        }
        assertThat(output).as("the output, which ended").anyMatch(wanted);
    }

    /** Sends signals, one right after the other. */
    public void signal(String... names) throws IOException, InterruptedException {
        String kills = Stream.of(names).map(name -> "kill -" + name + " $0").collect(Collectors.joining(" && "));
        Process shell = new ProcessBuilder("sh", "-c", kills, Long.toString(process.pid())).start();
        assertThat(shell.waitFor()).as("status of " + kills).isZero();
    }

    /** Sends one signal again and again until the process ends. */
    public void signalUntilItEnds(String name) throws IOException, InterruptedException {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (!process.waitFor(100, TimeUnit.MILLISECONDS) && System.nanoTime() < limit) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }

    /** Writes to its input. */
    public void tell(char letter) throws IOException {
        process.getOutputStream().write(letter);
        process.getOutputStream().flush();
    }

    /** Waits until it ends, and returns its exit code. */
    public int exitCode() throws IOException, InterruptedException {
        String line = reader.readLine();
        while (line != null) {
            output.add(line);
            line = reader.readLine();
        }
        assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS))
                .as("whether it ended")
                .isTrue();
        return process.exitValue();
    }

    /** What was read so far. */
    public List<String> output() {
        return output;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
