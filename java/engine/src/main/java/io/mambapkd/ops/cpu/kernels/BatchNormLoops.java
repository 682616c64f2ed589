package io.mambapkd.ops.cpu.kernels;

/** The inner loops of {@link CpuBatchNorm}. All arrays start at 0: see {@link ChannelRows}. */
final class BatchNormLoops {
    private static final float ACTIVE_STEP_1 = 0x1p127f;
    private static final float ACTIVE_STEP_2 = 0x1p24f;

    private BatchNormLoops() {}

    static void addDifferences(float[] sums, float[] x, float[] center, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] += x[i] - center[i];
        }
    }

    static void addSquares(float[] sums, float[] x, float[] center, int count) {
        for (int i = 0; i < count; i++) {
            float difference = x[i] - center[i];
            sums[i] += difference * difference;
        }
    }

    static void normalise(float[] x, float[] center, float[] scale, float[] offset, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = (x[i] - center[i]) * scale[i] + offset[i];
        }
    }

    static void clampNegative(float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = Math.max(0f, y[i]);
        }
    }

    /** Multiplies the gradient by 1 where the output of a ReLU is above 0, by 0 where it is 0. */
    static void dropInactive(float[] gradient, float[] y, int count) {
        // Without a branch, which would not vectorise: the two factors lift even the smallest float above 1.
        for (int i = 0; i < count; i++) {
            gradient[i] *= Math.min(1f, y[i] * ACTIVE_STEP_1 * ACTIVE_STEP_2);
        }
    }

    static void addProducts(float[] plain, float[] weighted, float[] gradient, float[] x, float[] center, int count) {
        for (int i = 0; i < count; i++) {
            plain[i] += gradient[i];
            weighted[i] += gradient[i] * (x[i] - center[i]);
        }
    }

    static void correct(
            float[] gradient, float[] x, float[] center, float[] scale, float[] constant, float[] slope, int count) {
        for (int i = 0; i < count; i++) {
            gradient[i] = gradient[i] * scale[i] - ((x[i] - center[i]) * slope[i] + constant[i]);
        }
    }
}
