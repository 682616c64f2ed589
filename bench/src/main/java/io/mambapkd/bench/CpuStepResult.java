package io.mambapkd.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * A measured run; one JSON file in {@code bench/results}.
 *
 * @param date of the run, UTC, ISO 8601
 * @param command that repeats it
 * @param settings full or quick
 * @param machine where
 * @param ours description of our backend
 * @param peer description of the peer
 * @param threads of both
 * @param batch images per step, of both
 * @param models one per model
 */
public record CpuStepResult(
        String date,
        String command,
        String settings,
        Machine machine,
        String ours,
        String peer,
        int threads,
        int batch,
        List<Model> models) {

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

    /** Writes the result, replacing the file as a whole. */
    void write(Path file) {
        ResultFile.write(this, file);
    }

    /** @throws io.mambapkd.InputException if the file is not a result */
    static CpuStepResult read(Path file) {
        return ResultFile.read(file, CpuStepResult.class, "cpu-step");
    }
}
