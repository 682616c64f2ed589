package io.mambapkd.cli.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.InputException;
import io.mambapkd.cli.SignalledProcess;
import io.mambapkd.train.RunStopped;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real process gets real signals. */
@Tag("process")
@Timeout(90)
final class StopSignalTest {
    private static final String STOPPING = "stopping after this step ...";
    private static final String STOPPED = "stopped; nothing was written";
    private static final int EXIT_BY_ITSELF = 3;

    private static final char ANSWER = 'a';
    private static final char EXIT = 'e';

    /** What the work does when it is asked to stop. */
    private enum Answer {
        STOP,
        BREAK,
        NONE
    }

    /** Work that never ends by itself. */
    static final class EndlessProgram {
        private EndlessProgram() {}

        /** The argument: how the work ends. */
        public static void main(String[] args) {
            PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            Answer answer = Answer.valueOf(args[0]);
            System.exit(StopSignal.during(
                    out,
                    stop -> stop.unlessAsked(() -> {
                        out.println("working");
                        work(stop, answer != Answer.NONE, out);
                        if (answer == Answer.BREAK) {
                            throw new InputException("a process that this one has started was ended by a signal");
                        }
                        throw new RunStopped("stopped");
                    })));
        }

        private static void work(StopSignal stop, boolean obeys, PrintWriter out) {
            try {
                while (!obeys || !stop.requested()) {
                    LockSupport.parkNanos(100_000);
                    int word = System.in.available() > 0 ? System.in.read() : '\n';
                    if (word == ANSWER) {
                        out.println("still working");
                    } else if (word == EXIT) {
                        new Thread(() -> System.exit(EXIT_BY_ITSELF)).start();
                    }
                }
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }

    private static List<String> command(Answer answer, String... options) {
        List<String> command = ChildJava.command(List.of(options), EndlessProgram.class.getName());
        command.add(answer.name());
        return command;
    }

    private static SignalledProcess working(List<String> command) throws IOException {
        SignalledProcess process = SignalledProcess.start(command);
        process.awaitLine("working"::equals);
        return process;
    }

    @ParameterizedTest
    @CsvSource({"TERM", "INT", "HUP"})
    void theFirstSignalEndsTheRunAtItsNextStepAndSaysSo(String signal) throws IOException, InterruptedException {
        try (SignalledProcess process = working(command(Answer.STOP))) {
            process.signal(signal);

            assertThat(process.exitCode()).isEqualTo(75);
            assertThat(process.output()).endsWith("", STOPPING, STOPPED);
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
    void aSecondSignalEndsTheProcessAtOnce(String signal, int exitCode) throws IOException, InterruptedException {
        try (SignalledProcess process = working(command(Answer.NONE))) {
            process.signal("TERM");
            process.awaitLine(STOPPING::equals);
            process.signalUntilItEnds(signal);

            assertThat(process.exitCode()).isEqualTo(exitCode);
            assertThat(process.output()).endsWith(STOPPING);
        }
    }

    /** The program timeout sends its signal to its child and to the group of the child. Two of one kind may come as one, two kinds do not. */
    @Test
    void signalsThatComeTogetherAreOne() throws IOException, InterruptedException {
        try (SignalledProcess process = working(command(Answer.STOP))) {
            process.signal("TERM", "HUP");

            assertThat(process.exitCode()).isEqualTo(75);
            assertThat(process.output()).endsWith("", STOPPING, STOPPED).containsOnlyOnce(STOPPING);
        }
    }

    @Test
    void workThatDoesNotEndInTimeIsGivenUp() throws IOException, InterruptedException {
        try (SignalledProcess process = working(command(Answer.NONE))) {
            long since = System.nanoTime();
            process.signal("TERM");

            assertThat(process.exitCode()).isEqualTo(75);
            assertThat((System.nanoTime() - since) / 1e9).isBetween(7.0, 10.0);
            assertThat(process.output())
                    .endsWith("the work in progress did not end within 8 s and is given up; nothing was written");
        }
    }

    @Test
    void nohupKeepsTheSignalOfAClosedTerminalAway() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("nohup"));
        command.addAll(command(Answer.STOP));
        try (SignalledProcess process = working(command)) {
            process.signal("HUP");
            process.tell(ANSWER);
            process.awaitLine("still working"::equals);
            assertThat(process.output()).doesNotContain(STOPPING);

            process.signal("TERM");
            assertThat(process.exitCode()).isEqualTo(75);
            assertThat(process.output()).endsWith("still working", "", STOPPING, STOPPED);
        }
    }

    /** The signal of a terminal reaches the processes that a command has started, too. */
    @Test
    void aFailureThatTheSignalHasMadeIsNone() throws IOException, InterruptedException {
        try (SignalledProcess process = working(command(Answer.BREAK))) {
            process.signal("INT");

            assertThat(process.exitCode()).isEqualTo(75);
            assertThat(process.output()).endsWith("", STOPPING, STOPPED);
        }
    }

    /** With -Xrs the system ends the process by a signal; what ends it from within still lets the run stop. */
    @Test
    void whereNoSignalCanBeHeardAShutdownStopsTheRun() throws IOException, InterruptedException {
        try (SignalledProcess process = working(command(Answer.STOP, "-Xrs"))) {
            process.tell(EXIT);

            assertThat(process.exitCode()).isEqualTo(EXIT_BY_ITSELF);
            assertThat(process.output()).endsWith("", STOPPING, STOPPED);
        }
        try (SignalledProcess process = working(command(Answer.STOP, "-Xrs"))) {
            process.signal("TERM");

            assertThat(process.exitCode()).isEqualTo(143);
            assertThat(process.output()).endsWith("working");
        }
    }
}
