package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.cpu.math.FloatMath;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.Scratch;
import java.util.Arrays;

/**
 * The causal convolution of one sample after the other, on one thread. The sample is copied once for each tap, shifted by as many steps, so that the
 * loops over (L, D) run with one index for all arrays, which is what JDK 17 vectorises.
 */
final class ConvSample {
    private final ConvProblem problem;
    private final Activation activation;
    private final int length;
    private final int channels;
    private final int size;
    private final float[] out;
    private final float[] exponential;
    private final float[] work;
    private final float[] gradient;
    /** Row k is the input k steps ago. */
    private final float[][] shifted;
    /** Sums over the samples of the task: of the gradient times input k steps ago, and of the gradient. */
    private final float[][] tapSums;

    private final float[] biasSums;

    ConvSample(ConvProblem problem, Activation activation, Scratch scratch) {
        this.problem = problem;
        this.activation = activation;
        length = problem.length;
        channels = problem.channels;
        size = length * channels;
        out = scratch.floats(0, size);
        exponential = scratch.floats(1, size);
        work = scratch.floats(2, size);
        gradient = scratch.floats(3, size);
        biasSums = scratch.floats(4, size);
        shifted = scratch.rows(0, problem.usedTaps(), size);
        tapSums = scratch.rows(1, problem.usedTaps(), size);
    }

    void forward(Rows x, Rows y, int sample) {
        convolve(x, sample);
        if (activation == Activation.SILU) {
            Loops.negate(out, exponential, size);
            FloatMath.exp(exponential, size, work);
            Loops.silu(out, exponential, size);
        }
        System.arraycopy(out, 0, y.data(), y.at(sample * length), size);
    }

    void clearSums() {
        for (float[] sums : tapSums) {
            Arrays.fill(sums, 0, size, 0f);
        }
        Arrays.fill(biasSums, 0, size, 0f);
    }

    void backward(Rows x, Rows dy, Rows dx, int sample) {
        convolve(x, sample);
        System.arraycopy(dy.data(), dy.at(sample * length), gradient, 0, size);
        if (activation == Activation.SILU) {
            Loops.negate(out, exponential, size);
            FloatMath.exp(exponential, size, work);
            Loops.siluGradient(out, exponential, gradient, size);
        }
        for (int k = 0; k < problem.usedTaps(); k++) {
            Loops.accumulateProduct(tapSums[k], gradient, shifted[k], size);
        }
        Loops.accumulate(biasSums, gradient, size);
        // The input k steps ago got tap k of the gradient: shifted the other way.
        Loops.multiply(gradient, problem.taps[0], out, size);
        for (int k = 1; k < problem.usedTaps(); k++) {
            int missing = k * channels;
            System.arraycopy(gradient, missing, work, 0, size - missing);
            Loops.accumulateProduct(out, work, problem.taps[k], size - missing);
        }
        for (int l = 0; l < length; l++) {
            System.arraycopy(out, l * channels, dx.data(), dx.at(sample * length + l), channels);
        }
    }

    /** Adds the sums to (W, D) in the weight's order of columns, then (D). */
    void finish(float[] sums, int at) {
        for (int k = 0; k < problem.usedTaps(); k++) {
            int column = problem.width - 1 - k;
            Loops.accumulateRows(sums, at + column * channels, tapSums[k], length, channels);
        }
        Loops.accumulateRows(sums, at + problem.width * channels, biasSums, length, channels);
    }

    /** Fills {@link #shifted}, and {@link #out} with the value before the activation. */
    private void convolve(Rows x, int sample) {
        for (int l = 0; l < length; l++) {
            System.arraycopy(x.data(), x.at(sample * length + l), shifted[0], l * channels, channels);
        }
        for (int k = 1; k < problem.usedTaps(); k++) {
            int missing = k * channels;
            Arrays.fill(shifted[k], 0, missing, 0f);
            System.arraycopy(shifted[0], 0, shifted[k], missing, size - missing);
        }
        if (problem.usedTaps() == 4) {
            fourTaps(problem.bias, problem.taps, shifted, out, size);
            return;
        }
        System.arraycopy(problem.bias, 0, out, 0, size);
        for (int k = 0; k < problem.usedTaps(); k++) {
            Loops.accumulateProduct(out, shifted[k], problem.taps[k], size);
        }
    }

    private static void fourTaps(float[] bias, float[][] taps, float[][] x, float[] out, int count) {
        twoTaps(bias, taps[0], x[0], taps[1], x[1], out, count);
        twoTaps(out, taps[2], x[2], taps[3], x[3], out, count);
    }

    private static void twoTaps(
            float[] start, float[] tapA, float[] xA, float[] tapB, float[] xB, float[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = (start[i] + tapA[i] * xA[i]) + tapB[i] * xB[i];
        }
    }
}
