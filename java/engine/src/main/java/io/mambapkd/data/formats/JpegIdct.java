package io.mambapkd.data.formats;

/**
 * The inverse cosine transform of 8x8 blocks, in integers: the accurate one of the Independent JPEG Group (jidctint.c), after Loeffler, Ligtenberg and Moschytz,
 * "Practical fast 1-D DCT algorithms with 11 multiplications" (ICASSP 1989). Its results are those of libjpeg and libjpeg-turbo, bit for bit.
 */
final class JpegIdct {
    private static final int BITS = 13;
    private static final int EXTRA = 2;
    private static final int F0_298 = 2446;
    private static final int F0_390 = 3196;
    private static final int F0_541 = 4433;
    private static final int F0_765 = 6270;
    private static final int F0_899 = 7373;
    private static final int F1_175 = 9633;
    private static final int F1_501 = 12299;
    private static final int F1_847 = 15137;
    private static final int F1_961 = 16069;
    private static final int F2_053 = 16819;
    private static final int F2_562 = 20995;
    private static final int F3_072 = 25172;

    private final int[] half = new int[64];

    /**
     * @param in (64) coefficients in natural order, dequantised
     * @param out gets 8 rows of 8 samples, from {@code at} on
     */
    void block(int[] in, byte[] out, int at, int stride) {
        for (int i = 0; i < 8; i++) {
            pass(in, i, 8, half, i, 8, BITS - EXTRA);
        }
        for (int y = 0; y < 8; y++) {
            pass(half, 8 * y, 1, half, 8 * y, 1, BITS + EXTRA + 3);
            int to = at + y * stride;
            for (int x = 0; x < 8; x++) {
                int value = half[8 * y + x] + 128;
                out[to + x] = (byte) ((value & ~0xff) == 0 ? value : value < 0 ? 0 : 255);
            }
        }
    }

    /** A block of its mean alone. */
    static void flat(int dc, byte[] out, int at, int stride) {
        int value = Math.max(0, Math.min(255, (dc + 4 >> 3) + 128));
        for (int y = 0; y < 8; y++) {
            int to = at + y * stride;
            for (int x = 0; x < 8; x++) {
                out[to + x] = (byte) value;
            }
        }
    }

    private static void pass(int[] in, int from, int step, int[] out, int to, int next, int shift) {
        int in1 = in[from + step];
        int in2 = in[from + 2 * step];
        int in3 = in[from + 3 * step];
        int in4 = in[from + 4 * step];
        int in5 = in[from + 5 * step];
        int in6 = in[from + 6 * step];
        int in7 = in[from + 7 * step];
        int round = 1 << shift - 1;
        int in0 = in[from];
        if ((in1 | in2 | in3 | in4 | in5 | in6 | in7) == 0) {
            int value = (in0 << BITS) + round >> shift;
            for (int i = 0; i < 8; i++) {
                out[to + i * next] = value;
            }
            return;
        }
        int z1 = (in2 + in6) * F0_541;
        int even2 = z1 - in6 * F1_847;
        int even3 = z1 + in2 * F0_765;
        int even0 = in0 + in4 << BITS;
        int even1 = in0 - in4 << BITS;
        int sum0 = even0 + even3 + round;
        int sum3 = even0 - even3 + round;
        int sum1 = even1 + even2 + round;
        int sum2 = even1 - even2 + round;

        int z5 = (in7 + in3 + in5 + in1) * F1_175;
        int z3 = z5 - (in7 + in3) * F1_961;
        int z4 = z5 - (in5 + in1) * F0_390;
        int y1 = (in7 + in1) * -F0_899;
        int y2 = (in5 + in3) * -F2_562;
        int odd0 = in7 * F0_298 + y1 + z3;
        int odd1 = in5 * F2_053 + y2 + z4;
        int odd2 = in3 * F3_072 + y2 + z3;
        int odd3 = in1 * F1_501 + y1 + z4;

        out[to] = sum0 + odd3 >> shift;
        out[to + 7 * next] = sum0 - odd3 >> shift;
        out[to + next] = sum1 + odd2 >> shift;
        out[to + 6 * next] = sum1 - odd2 >> shift;
        out[to + 2 * next] = sum2 + odd1 >> shift;
        out[to + 5 * next] = sum2 - odd1 >> shift;
        out[to + 3 * next] = sum3 + odd0 >> shift;
        out[to + 4 * next] = sum3 - odd0 >> shift;
    }
}
