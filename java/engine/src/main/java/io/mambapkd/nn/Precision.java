package io.mambapkd.nn;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
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

    /**
     * What the tensors of a convolutional model of this precision are: F32 on a backend that has no BF16 tensors and whose convolutions round their operands
     * instead.
     */
    public Precision stored(Backend backend) {
        return backend.supports(activations) || !backend.roundsOperands() ? this : F32;
    }

    /** What the convolutions of such a model multiply, whose tensors are {@link #stored} there. */
    public Conv2dOps.Operands operands(Backend backend) {
        return stored(backend) == this ? Conv2dOps.Operands.STORED : Conv2dOps.Operands.BF16;
    }
}
