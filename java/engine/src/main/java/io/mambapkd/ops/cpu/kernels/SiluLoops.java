package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.cpu.math.FloatMath;
import io.mambapkd.ops.cpu.math.Loops;

/**
 * The SiLU, {@code x sigmoid(x)}, and its slope on arrays of floats, in loops that the compiler vectorises. Elfwing, Uchibe and Doya (arXiv 1702.03118). Below -87 the
 * exponential is held at e^87, so that magnitudes are at most 2e-38 |x| there.
 */
final class SiluLoops {
    private SiluLoops() {}

    /**
     * {@code x[i] = SiLU(x[i])} for the first {@code count} elements.
     *
     * @param exponential {@code count} floats, overwritten, as is {@code work}
     */
    static void values(float[] x, int count, float[] exponential, float[] work) {
        exponentials(x, count, exponential, work);
        Loops.silu(x, exponential, count);
    }

    /** {@code gradient[i] *= SiLU'(x[i])}; arguments as in {@link #values}, but {@code x} is left as it is. */
    static void multiplyBySlopes(float[] gradient, float[] x, int count, float[] exponential, float[] work) {
        exponentials(x, count, exponential, work);
        Loops.siluGradient(x, exponential, gradient, count);
    }

    /** {@code exponential[i] = e^-x[i]}. */
    private static void exponentials(float[] x, int count, float[] exponential, float[] work) {
        Loops.negate(x, exponential, count);
        FloatMath.exp(exponential, count, work);
    }
}
