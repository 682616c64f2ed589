package io.mambapkd.bench.kernels;

import java.util.List;

/**
 * What became of one operation at one size.
 *
 * @param operation its name
 * @param variant {@code shipped}, or a variant of {@code bench/kernels}
 * @param precision f32 or bf16: type of activations
 * @param shape name of the size
 * @param extents the size in words
 * @param outcome whether it was measured
 * @param remark why not, or empty
 * @param work what it does
 * @param errorOfTolerance largest error beside the CPU as a share of what is allowed; 0 where it was not run
 * @param buffers sets of tensors that launches went round; 0 where it was not run
 * @param microseconds of one launch, one value for each block; empty where it was not timed
 */
public record Measurement(
        String operation,
        String variant,
        String precision,
        String shape,
        String extents,
        Outcome outcome,
        String remark,
        Work work,
        double errorOfTolerance,
        int buffers,
        List<Double> microseconds) {
    /** Whether there are times. */
    public enum Outcome {
        /** Right, and timed. */
        MEASURED,
        /** Not what the CPU says; not timed. */
        WRONG,
        /** The device or a library failed. */
        FAILED,
        /** Not run here. */
        SKIPPED
    }

    public Measurement {
        microseconds = List.copyOf(microseconds);
    }

    Measurement skipped(String reason) {
        return with(Outcome.SKIPPED, reason, work, 0, 0, List.of());
    }

    Measurement failed(String reason) {
        return with(Outcome.FAILED, reason, work, 0, 0, List.of());
    }

    Measurement wrong(KernelCheck.Verdict verdict) {
        return with(Outcome.WRONG, verdict.problem(), work, verdict.errorOfTolerance(), 0, List.of());
    }

    Measurement measured(Work done, KernelCheck.Verdict verdict, int sets, List<Double> times) {
        return with(Outcome.MEASURED, "", done, verdict.errorOfTolerance(), sets, times);
    }

    private Measurement with(Outcome end, String words, Work done, double error, int sets, List<Double> times) {
        return new Measurement(operation, variant, precision, shape, extents, end, words, done, error, sets, times);
    }
}
