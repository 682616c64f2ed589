package io.mambapkd.bench.kernels;

import io.mambapkd.tensor.Tensor;

/**
 * What an operation writes.
 *
 * @param tensor that holds it
 * @param extent what its first axis is
 * @param tolerance largest error, relative to its largest value
 */
record KernelOutput(Tensor tensor, Extent extent, double tolerance) {
    /** What there is one slice of. */
    enum Extent {
        /** One slice for each sample, which depends on that sample alone. */
        SAMPLES,
        /** All samples together. */
        WHOLE
    }
}
