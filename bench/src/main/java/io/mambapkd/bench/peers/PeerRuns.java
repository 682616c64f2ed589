package io.mambapkd.bench.peers;

import io.mambapkd.InputException;
import io.mambapkd.bench.peers.PeersResult.Outcome;
import io.mambapkd.bench.peers.PeersResult.Row;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.results.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.apache.commons.io.file.PathUtils;
import tools.jackson.databind.JsonNode;

/** Runs the peer's programs, one after the other, each in turns with a task of ours, and collects the rows. */
final class PeerRuns {
    /** How the peer computes. */
    enum Mode {
        EAGER,
        GRAPH,
        COMPILE
    }

    /**
     * How long it measures.
     *
     * @param blocks of each side
     * @param peerSteps of a block of the peer
     */
    record Pace(int blocks, int peerSteps) {}

    /** What is compared: names for the table. */
    record Task(String name, String precision, String ourMode, int batch) {}

    /** Longer than any program takes to import, compile and capture. */
    private static final long LONGEST_SECONDS = 120;

    private static final String PYTHON_WITHOUT_WARNINGS = "-Wignore";

    private final String python;
    private final Path programs;
    private final List<Mode> modes;
    private final int threads;
    private final Pace pace;
    private final long deadline;
    private final BiPredicate<PeerRuns, Row> rowAdded;
    private final List<Row> rows = new ArrayList<>();
    private String peer = PeersResult.UNKNOWN;
    private String device = PeersResult.UNKNOWN;
    private String scan = PeersResult.UNKNOWN;
    private boolean ended;

    /**
     * @param modes of the peer, in their order
     * @param threads of the peer, where it computes on the CPU
     * @param seconds for all of them together
     * @param rowAdded called after each row; returns whether others may follow
     */
    PeerRuns(
            String python,
            Path programs,
            List<Mode> modes,
            int threads,
            Pace pace,
            long seconds,
            BiPredicate<PeerRuns, Row> rowAdded) {
        this.python = python;
        this.programs = programs;
        this.modes = modes;
        this.threads = threads;
        this.pace = pace;
        this.rowAdded = rowAdded;
        deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    /** @throws InputException if the peer's programs are not in that folder */
    static void requirePrograms(Path programs) {
        for (String name : List.of("step.py", "loss.py")) {
            if (!Files.isRegularFile(programs.resolve(name))) {
                throw new InputException("--programs: expected a folder with step.py and loss.py, got " + programs
                        + ", which has no " + name + "; name bench/peers/torch, or the folder peers of the bundle");
            }
        }
    }

    /** Number of blocks that a task must be able to do. */
    int blocks() {
        return pace.blocks() * modes.size();
    }

    /** Times a training step in every mode of the peer. */
    void step(Task task, OurTask ours, List<String> arguments) {
        for (Mode mode : modes) {
            collect(task, mode, () -> {
                try (PeerProgram program = start("step.py", mode, arguments)) {
                    Row row = inTurns(task, mode, ours, program);
                    describe(program.result());
                    return row;
                }
            });
        }
    }

    /** Compares the loss with the peer's, and times it, in every mode of the peer. */
    void loss(Task task, LossTask ours, List<String> arguments) {
        for (Mode mode : modes) {
            collect(task, mode, () -> {
                Path folder = Files.createTempDirectory("mamba-pkd-peers");
                try {
                    Path inputs = folder.resolve("inputs");
                    Path gradient = folder.resolve("gradient");
                    ours.writeInputs(inputs);
                    List<String> all = new ArrayList<>(arguments);
                    all.add("--inputs=" + inputs);
                    all.add("--gradient=" + gradient);
                    try (PeerProgram program = start("loss.py", mode, all)) {
                        ours.requireEqualGradient(Files.readAllBytes(gradient));
                        Row row = inTurns(task, mode, ours, program);
                        ours.requireEqualLoss(loss(program));
                        return row;
                    }
                } finally {
                    PathUtils.deleteDirectory(folder);
                }
            });
        }
    }

    /** Notes that a task has no peer. */
    void none(Task task, String reason) {
        for (Mode mode : modes) {
            add(missing(task, mode, Outcome.NOT_MEASURED, reason));
        }
    }

    /** Notes that a task failed on our side before there was a peer. */
    void failed(Task task, String reason) {
        for (Mode mode : modes) {
            collect(task, mode, () -> missing(task, mode, Outcome.FAILED, reason));
        }
    }

    /** @param incomplete why rows are missing, as a sentence, or empty */
    PeersResult result(Origin origin, String incomplete) {
        return new PeersResult(
                PeersResult.FORMAT_VERSION, PeersResult.KIND, origin, incomplete, peer, device, scan, rows);
    }

    private void add(Row row) {
        rows.add(row);
        ended = !rowAdded.test(this, row);
    }

    /** Whether no row may follow; the tasks then do nothing. */
    boolean hasEnded() {
        return ended;
    }

    /** One row. */
    @FunctionalInterface
    private interface Measuring {
        Row row() throws IOException;
    }

    private void collect(Task task, Mode mode, Measuring measuring) {
        if (!ended) {
            add(measured(task, mode, measuring));
        }
    }

    private static Row measured(Task task, Mode mode, Measuring measuring) {
        try {
            return measuring.row();
        } catch (PeerFailure reason) {
            return missing(task, mode, Outcome.NOT_MEASURED, String.valueOf(reason.getMessage()));
        } catch (IOException failure) {
            return missing(
                    task, mode, Outcome.NOT_MEASURED, "a temporary file could not be written or read: " + failure);
        } catch (RuntimeException failure) {
            if (!Problems.ofOneRow(failure)) {
                throw failure;
            }
            return missing(task, mode, Outcome.FAILED, DeviceCheck.reason(failure));
        }
    }

    private PeerProgram start(String name, Mode mode, List<String> arguments) {
        long left = TimeUnit.NANOSECONDS.toSeconds(deadline - System.nanoTime());
        if (left <= 0) {
            throw new PeerFailure("no time was left; give more with --seconds");
        }
        List<String> command = new ArrayList<>(List.of(
                python,
                PYTHON_WITHOUT_WARNINGS,
                programs.resolve(name).toString(),
                "--mode=" + name(mode),
                "--steps=" + pace.peerSteps(),
                "--threads=" + threads,
                "--paced"));
        command.addAll(arguments);
        return new PeerProgram(command, Math.min(LONGEST_SECONDS, left));
    }

    private Row inTurns(Task task, Mode mode, OurTask ours, PeerProgram program) {
        List<Double> our = new ArrayList<>();
        List<Double> their = new ArrayList<>();
        for (int i = 0; i < pace.blocks(); i++) {
            our.add(ours.block());
            their.add(program.block());
        }
        return row(task, mode, Outcome.MEASURED, "", new Timing(our), new Timing(their));
    }

    private void describe(JsonNode result) {
        peer = result.path("peer").asString(peer);
        device = result.path("device").asString(device);
        String kind = result.path("scan").asString("");
        scan = kind.isEmpty() ? scan : kind;
    }

    private double loss(PeerProgram program) {
        JsonNode result = program.result();
        describe(result);
        JsonNode loss = result.path("loss");
        if (!loss.isNumber()) {
            throw new PeerFailure("it said no loss");
        }
        return loss.asDouble();
    }

    private static Row missing(Task task, Mode mode, Outcome outcome, String reason) {
        return row(task, mode, outcome, reason, new Timing(List.of()), new Timing(List.of()));
    }

    private static Row row(Task task, Mode mode, Outcome outcome, String reason, Timing ours, Timing theirs) {
        return new Row(
                task.name(), task.precision(), task.ourMode(), name(mode), task.batch(), outcome, reason, ours, theirs);
    }

    private static String name(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
