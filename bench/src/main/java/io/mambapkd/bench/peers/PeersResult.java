package io.mambapkd.bench.peers;

import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.results.Origin;
import java.util.List;

/**
 * What was measured beside another engine; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where our half was measured
 * @param incomplete why rows are missing, as a sentence; empty if none is
 * @param peer name and version of the other engine, or {@value #UNKNOWN} where it never ran
 * @param peerDevice the device that it saw, or {@value #UNKNOWN}
 * @param scan with what it computed the selective scan: mamba_ssm's kernel, or a loop where that cannot be imported; or {@value #UNKNOWN}
 * @param rows one for each task, precision and mode of the peer
 */
public record PeersResult(
        int formatVersion,
        String kind,
        Origin origin,
        String incomplete,
        String peer,
        String peerDevice,
        String scan,
        List<Row> rows)
        implements Result {
    static final int FORMAT_VERSION = 2;
    static final String KIND = "peers";

    /** How its files are read and shown. */
    public static final ResultKind<PeersResult> FILES =
            new ResultKind<>(KIND, FORMAT_VERSION, PeersResult.class, "mamba-pkd bench peers", PeersTable::markdown);

    static final String UNKNOWN = "unknown";
    static final String CPU = "cpu";

    /** How a row ended. */
    public enum Outcome {
        MEASURED,
        /** The peer has no such mode there, failed, or took too long. */
        NOT_MEASURED,
        /** Our device, one of its libraries, or this program failed. */
        FAILED
    }

    /**
     * One task in both engines.
     *
     * @param task a model's training step, or the loss with its sizes
     * @param precision f32 or bf16
     * @param ourMode replayed or eager
     * @param peerMode eager, compile or graph
     * @param batch rows of a step
     * @param outcome how it ended
     * @param reason why it was not measured, in one sentence, or empty
     * @param ours time of a step in each block
     * @param theirs time of a step in each block, between ours
     */
    public record Row(
            String task,
            String precision,
            String ourMode,
            String peerMode,
            int batch,
            Outcome outcome,
            String reason,
            Timing ours,
            Timing theirs) {
        /** Task, precision and mode of the peer. */
        public String name() {
            return task + ", " + precision + ", " + peerMode;
        }

        /** How many times as fast as the peer. */
        double ratio() {
            return theirs.median() / ours.median();
        }
    }

    public PeersResult {
        rows = List.copyOf(rows);
    }

    /** What failed on our side; that the peer could not do something is a result. */
    @Override
    public List<String> problems() {
        return rows.stream()
                .filter(row -> row.outcome() == Outcome.FAILED)
                .map(row -> row.name() + ": " + row.reason())
                .toList();
    }

    /** Whether both ran on a GPU, so that a ratio of their times says something of it. */
    boolean isComparison() {
        return !origin.emulated() && !origin.driver().equals(Origin.NO_DRIVER) && isOnGpu(peerDevice);
    }

    private static boolean isOnGpu(String device) {
        return !device.equals(CPU) && !device.equals(UNKNOWN);
    }
}
