package io.mambapkd.bench.kernels;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.tensor.DType;
import java.util.Optional;

/**
 * Extents of a Mamba block whose model is as wide as half of its channels, and the parts of it that a backend has as one operation.
 *
 * @param length L
 * @param channels D
 * @param states N
 */
record BlockExtents(int length, int channels, int states) {
    /** In the published models delta has a rank of a sixteenth of the model's width, which is half of D. */
    private static final int CHANNELS_PER_RANK = 32;

    static BlockExtents of(KernelShape shape) {
        return new BlockExtents(shape.extent('L'), shape.extent('D'), shape.extent('N'));
    }

    /** R, of the step sizes. */
    static int rank(int channels) {
        return (channels + CHANNELS_PER_RANK - 1) / CHANNELS_PER_RANK;
    }

    int rank() {
        return rank(channels);
    }

    /** M, of the model. */
    int width() {
        return Math.max(1, channels / 2);
    }

    /** Of x and z. */
    int outputs() {
        return 2 * channels;
    }

    /** P: of the step sizes, B and C. */
    int columns() {
        return rank() + 2 * states;
    }

    Optional<BlockOps.NormProjection> normProjection(Backend backend, DType activations) {
        return backend.block().normProjection(width(), outputs(), activations);
    }

    Optional<BlockOps.ConvProjection> convProjection(Backend backend, DType activations) {
        return backend.block().convProjection(channels, SequenceKernels.TAPS, columns(), activations);
    }

    Optional<BlockOps.Mixing> mixing(Backend backend, DType activations) {
        return backend.block().mixing(length, channels, states, rank(), activations);
    }

    Optional<BlockOps.Projection> projection(Backend backend, DType activations) {
        return backend.block().projection(channels, width(), activations);
    }
}
