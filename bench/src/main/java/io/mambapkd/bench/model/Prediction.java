package io.mambapkd.bench.model;

/**
 * One operation at one size, or one training step.
 *
 * @param operation its name
 * @param variant of the operation, or model of the step
 * @param precision f32 or bf16
 * @param size its name
 * @param extents the size in words
 * @param nodes of a CUDA graph, a library call being one
 * @param microseconds that it should take
 * @param memory microseconds of its bytes alone
 * @param compute microseconds of its counted instructions alone, and of a library's arithmetic
 * @param limit what takes most of the time
 * @param whole whether the loops of all its kernels are counted
 * @param measured microseconds, median; 0 where it was not measured
 */
public record Prediction(
        String operation,
        String variant,
        String precision,
        String size,
        String extents,
        int nodes,
        double microseconds,
        double memory,
        double compute,
        String limit,
        boolean whole,
        double measured) {
    /** Off by more than this share of what was measured is marked. */
    static final double FAR = 0.25;

    Prediction measuredAs(double median) {
        return new Prediction(
                operation,
                variant,
                precision,
                size,
                extents,
                nodes,
                microseconds,
                memory,
                compute,
                limit,
                whole,
                median);
    }

    boolean isMeasured() {
        return measured > 0;
    }

    /** Predicted over measured, less 1. */
    double error() {
        return microseconds / measured - 1;
    }

    boolean isFar() {
        return isMeasured() && Math.abs(error()) > FAR;
    }
}
