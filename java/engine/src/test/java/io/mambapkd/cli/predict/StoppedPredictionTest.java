package io.mambapkd.cli.predict;

import static io.mambapkd.cli.predict.PredictRuns.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.Main;
import io.mambapkd.cli.SignalledProcess;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.cli.session.Session;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.SequenceInputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Predictions that end before their input does: by a signal, or because nobody reads them. */
@Timeout(120)
final class StoppedPredictionTest {
    @TempDir
    private Path folder;

    /** An IDX file of 2^31 - 1 black images. */
    private static InputStream endless(PredictRuns runs) {
        byte[] header = ByteBuffer.allocate(16)
                .putInt(0x803)
                .putInt(Integer.MAX_VALUE)
                .putInt(runs.shape.height())
                .putInt(runs.shape.width())
                .array();
        InputStream zeros = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] target, int from, int count) {
                return count;
            }
        };
        return new SequenceInputStream(new ByteArrayInputStream(header), zeros);
    }

    @Test
    void aReaderThatHasEnoughEndsTheWorkQuietly() throws IOException {
        PredictRuns runs = new PredictRuns(folder.resolve("run"), 1);
        StringWriter err = new StringWriter();
        // Takes the first lines, as head does.
        Writer closing = new Writer() {
            private int taken;

            @Override
            public void write(char[] text, int from, int count) throws IOException {
                taken += count;
                if (taken > 10_000) {
                    throw new IOException("Broken pipe");
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Session session = new Session(
                new PrintWriter(closing),
                new PrintWriter(err, true),
                Jobs.REAL,
                folder.resolve("runs"),
                Clock.systemUTC(),
                CommandRun.NO_GPU);
        InputStream before = System.in;
        System.setIn(endless(runs));
        int exitCode;
        try {
            exitCode = Main.execute(session, "predict", runs.run.toString(), "-");
        } finally {
            System.setIn(before);
        }

        assertThat(exitCode).isZero();
        assertThat(err.toString().lines()).containsExactly("classifying: started");
    }

    /** The standard input never ends. */
    @Tag("process")
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void aSignalLeavesNothingOfTheFile(String signal) throws IOException, InterruptedException {
        PredictRuns runs = new PredictRuns(folder.resolve("run"), 1);
        Path images = write(folder.resolve("images"), runs.idx(300));
        Path results = Files.createDirectories(folder.resolve("results"));
        List<String> command = ChildJava.command(List.of(), "io.mambapkd.cli.Main");
        command.addAll(List.of(
                "predict",
                runs.run.toString(),
                images.toString(),
                "-",
                "--out",
                results.resolve("out.csv").toString()));
        try (SignalledProcess process = SignalledProcess.start(command)) {
            process.awaitLine("classifying: started"::equals);

            process.signal(signal);

            assertThat(process.exitCode()).isEqualTo(75);
            assertThat(process.output().get(process.output().size() - 1)).isEqualTo("stopped; nothing was written");
        }
        try (Stream<Path> files = Files.list(results)) {
            assertThat(files).isEmpty();
        }
    }
}
