package io.mambapkd.cli.session;

import io.mambapkd.FileFailure;
import io.mambapkd.PlainText;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The output of this process. Where it cannot be written, as the disk is full, the work goes on and the end tells. */
public final class StandardOutput {
    /** Remembers what a writer keeps to itself. */
    private static final class Remembering extends FilterOutputStream {
        private @Nullable IOException failure;

        Remembering(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            try {
                out.write(bytes, from, count);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    private final Remembering stream;
    private final PrintWriter writer;

    public StandardOutput() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    StandardOutput(OutputStream stream) {
        this.stream = new Remembering(stream);
        writer = new PrintWriter(this.stream, true, StandardCharsets.UTF_8);
    }

    public PrintWriter writer() {
        return writer;
    }

    /**
     * To be called when everything has been printed. Says what was lost, unless the reader had enough, as in {@code | head -n 1}.
     *
     * @param program what the user types, before the sentence
     * @param exitCode of the work
     * @return the exit code: never 0 where something was lost
     */
    public int end(String program, PrintWriter err, int exitCode) {
        writer.flush();
        IOException failure = stream.failure;
        if (failure == null) {
            return exitCode;
        }
        String reason = FileFailure.reason(failure);
        if (reason.toLowerCase(Locale.ROOT).contains("broken pipe")) {
            return exitCode == ExitCode.OK ? ExitCode.NO_READER : exitCode;
        }
        err.println(PlainText.line(
                program + ": cannot write to the output: " + reason + "; send it to a place that takes it"));
        return exitCode == ExitCode.OK ? ExitCode.BAD_INPUT : exitCode;
    }
}
