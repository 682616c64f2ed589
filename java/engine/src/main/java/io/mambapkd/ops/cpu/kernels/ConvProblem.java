package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a causal convolution in the order that the inner loops want. Taps are counted back from the current step: tap k multiplies the input k steps
 * ago, and is the weight's column W-1-k.
 */
final class ConvProblem {
    final int length;
    final int channels;
    final int width;
    /** Row k is tap k, once for every step (L, D). */
    final float[][] taps;
    /** Once for every step (L, D); zeros where there is none. */
    final float[] bias;

    ConvProblem(int length, Tensor weight, @Nullable Tensor optionalBias) {
        this.length = length;
        channels = weight.shape().extent(0);
        width = weight.shape().last();
        float[] source = CpuMemory.floats(weight);
        float[] row = new float[channels];
        taps = new float[width][length * channels];
        for (int k = 0; k < width; k++) {
            for (int d = 0; d < channels; d++) {
                row[d] = source[CpuMemory.at(weight) + d * width + width - 1 - k];
            }
            Loops.tile(row, 0, channels, taps[k], length);
        }
        bias = new float[length * channels];
        if (optionalBias != null) {
            Loops.tile(CpuMemory.floats(optionalBias), CpuMemory.at(optionalBias), channels, bias, length);
        }
    }

    /** Taps that meet at least one step. */
    int usedTaps() {
        return Math.min(width, length);
    }
}
