package io.mambapkd.bench.peers;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A peer's program that times a block whenever it is asked to, as {@code bench/peers/torch/pace.py} says: it prints {@code ready}; for each line that it reads, {@code block}
 * and the seconds of a step; at the end of its input, one JSON object.
 */
final class PeerProgram implements AutoCloseable {
    /** Standard output ended; no line that a program prints is the same, as lines hold no line ends. */
    private static final String END = "\n";

    private static final int LONGEST_REASON = 300;
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Process process;
    private final long deadline;
    private final long limitSeconds;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> errors = new ArrayList<>();
    private final Thread outputReader;
    private final Thread errorReader;
    private final Writer input;

    /**
     * Starts it, and waits until it is warm.
     *
     * @param limitSeconds for all that it does
     * @throws InputException if there is no such program
     * @throws PeerFailure if it ends before it is ready
     */
    PeerProgram(List<String> command, long limitSeconds) {
        this.limitSeconds = limitSeconds;
        deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException failure) {
            throw new InputException(
                    "cannot start " + command.get(0) + ": " + FileFailure.reason(failure)
                            + "; name a Python that has PyTorch with --python",
                    failure);
        }
        input = process.outputWriter(StandardCharsets.UTF_8);
        outputReader = reader(process.getInputStream(), lines);
        errorReader = errorReader(process.getErrorStream());
        try {
            expect("ready");
        } catch (PeerFailure failure) {
            close();
            throw failure;
        }
    }

    private static Thread reader(InputStream stream, BlockingQueue<String> lines) {
        Thread thread = new Thread(
                () -> {
                    try (BufferedReader reader =
                            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                        reader.lines().forEach(lines::add);
                    } catch (IOException | java.io.UncheckedIOException ended) {
                        // It was ended; what it said before is there.
                    }
                    lines.add(END);
                },
                "peer output");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private Thread errorReader(InputStream stream) {
        BlockingQueue<String> all = new LinkedBlockingQueue<>();
        Thread reading = reader(stream, all);
        Thread thread = new Thread(
                () -> {
                    try {
                        reading.join();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    synchronized (errors) {
                        all.drainTo(errors);
                        errors.remove(END);
                    }
                },
                "peer errors");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /**
     * Times one block.
     *
     * @return microseconds of a step
     * @throws PeerFailure if it ends or takes too long
     */
    double block() {
        send();
        String words = expect("block");
        try {
            return Double.parseDouble(words) * 1e6;
        } catch (NumberFormatException wrong) {
            throw new PeerFailure("printed a time that is no number, '" + words + "'");
        }
    }

    /**
     * Ends it, and returns what it says of itself.
     *
     * @throws PeerFailure if it ends otherwise, or takes too long
     */
    JsonNode result() {
        try {
            input.close();
        } catch (IOException ended) {
            throw failure();
        }
        String last = "";
        for (String line = next(); !line.equals(END); line = next()) {
            last = line;
        }
        try {
            if (!process.waitFor(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                throw late();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw late();
        }
        if (process.exitValue() != 0) {
            throw failure();
        }
        try {
            return JSON.readTree(last);
        } catch (JacksonException notJson) {
            throw new PeerFailure("its last line is no JSON object");
        }
    }

    private void send() {
        try {
            input.write("\n");
            input.flush();
        } catch (IOException ended) {
            throw failure();
        }
    }

    /** The rest of the next line that begins with a word. Other lines are what a library had to say. */
    private String expect(String word) {
        while (true) {
            String line = next();
            if (line.equals(END)) {
                throw failure();
            }
            if (line.equals(word) || line.startsWith(word + " ")) {
                return line.substring(word.length()).strip();
            }
        }
    }

    private String next() {
        try {
            String line = lines.poll(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw late();
            }
            return line;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw late();
        }
    }

    private PeerFailure late() {
        return new PeerFailure("it took more than " + limitSeconds + " s");
    }

    /** Of a program that ended by itself: the last line that it wrote on standard error. */
    private PeerFailure failure() {
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                return new PeerFailure("it closed its output and did not end");
            }
            errorReader.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        String last = "";
        synchronized (errors) {
            for (String line : errors) {
                last = line.isBlank() ? last : line.strip();
            }
        }
        String reason = last.isEmpty() ? "it ended with exit status " + process.exitValue() : last;
        return new PeerFailure(reason.substring(0, Math.min(reason.length(), LONGEST_REASON)));
    }

    /** Ends it and what it has started. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        outputReader.interrupt();
    }
}
