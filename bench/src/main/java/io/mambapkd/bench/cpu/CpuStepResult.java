package io.mambapkd.bench.cpu;

import io.mambapkd.bench.result.Machine;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.results.Origin;
import java.util.List;

/**
 * A measured run; one JSON file in {@code bench/results}.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where it was measured
 * @param settings full or quick
 * @param machine what else there is to know of it
 * @param ours description of our backend
 * @param peer description of the peer
 * @param threads of both
 * @param batch images per step, of both
 * @param models one per model
 */
public record CpuStepResult(
        int formatVersion,
        String kind,
        Origin origin,
        String settings,
        Machine machine,
        String ours,
        String peer,
        int threads,
        int batch,
        List<Model> models)
        implements Result {
    static final int FORMAT_VERSION = 2;
    public static final String KIND = "cpu-step";

    /** How its files are read and shown. */
    public static final ResultKind<CpuStepResult> FILES = new ResultKind<>(
            KIND, FORMAT_VERSION, CpuStepResult.class, "mamba-pkd bench cpu-step", CpuStepTable::markdown);

    /**
     * Both engines on one model.
     *
     * @param name shown in the table
     * @param parameters number of learned values
     * @param largestLogitDifference between the engines, on the first step
     * @param ours throughput of our blocks
     * @param peer throughput of the peer's blocks
     */
    public record Model(String name, long parameters, double largestLogitDifference, Samples ours, Samples peer) {
        /** Our median over the peer's. */
        double ratio() {
            return ours.median() / peer.median();
        }
    }

    public CpuStepResult {
        models = List.copyOf(models);
    }
}
