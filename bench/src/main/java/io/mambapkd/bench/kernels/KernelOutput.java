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
        /** One slice for each sample, which depends on that sample alone: equal samples have equal bits. */
        SAMPLES,
        /** The same where a library computes it, which may take a sample in another order by its place: equal samples are equal within the tolerance. */
        LIBRARY_SAMPLES,
        /** All samples together. */
        WHOLE
    }
}
