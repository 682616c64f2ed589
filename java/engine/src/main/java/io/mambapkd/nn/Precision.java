package io.mambapkd.nn;

import io.mambapkd.tensor.DType;

/**
 * What a model computes in. Parameters, gradients of parameters, statistics and sums are F32 in both, and so are checkpoints: a
 * model may be trained in one precision and used in the other.
 */
public enum Precision {
    /** Everything is F32. */
    F32(DType.F32),
    /**
     * Activations, their gradients and the factors of matrix products are BF16. That type has the exponents of F32, so that no gradient that F32
     * holds becomes zero, and the loss needs no scale.
     */
    BF16(DType.BF16);

    private final DType activations;

    Precision(DType activations) {
        this.activations = activations;
    }

    /** Type of activations and their gradients. */
    public DType activations() {
        return activations;
    }
}
