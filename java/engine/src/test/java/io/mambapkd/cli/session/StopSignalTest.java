package io.mambapkd.cli.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import io.mambapkd.cli.Main;
import io.mambapkd.train.RunStopped;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real process gets a real signal. It is SIGTERM: whether a child hears SIGINT depends on the shell that started the build. */
@Tag("process")
final class StopSignalTest {
    @TempDir
    private Path folder;

    /** The program with work that never ends by itself. */
    static final class EndlessProgram {
        private EndlessProgram() {}

        public static void main(String[] args) {
            PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            Jobs endless = new FakeJobs(listener -> {
                out.println("working");
                while (!listener.stopRequested()) {
                    Thread.onSpinWait();
                }
                throw new RunStopped("stopped");
            });
            Session session = new Session(out, out, endless, Path.of(args[0]), Clock.systemUTC(), CommandRun.NO_GPU);
            System.exit(Main.execute(session, "evaluate", args[1]));
        }
    }

    @Test
    @Timeout(60)
    void signalEndsTheRunAtItsNextStepAndSaysSo() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        CommandRun made = CommandRun.of(new FakeJobs(), folder, "teacher", "--out", run.toString(), "--threads", "1");
        assertThat(made.exitCode()).as(made.err()).isZero();
        FakeJobs.writeEmptyTeacher(run);
        List<String> command = ChildJava.command(List.of(), EndlessProgram.class.getName());
        command.addAll(List.of(folder.toString(), run.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String line = output.readLine();
            while (line != null && !line.equals("working")) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo("working");

            // Not Process.destroy, which closes the output that is still to be read.
            assertThat(process.toHandle().destroy()).isTrue();

            assertThat(output.lines())
                    .containsSubsequence("stopping after this step ...", "stopped; nothing was written");
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            // 128 + SIGTERM; Ctrl-C is 130.
            assertThat(process.exitValue()).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }
}
