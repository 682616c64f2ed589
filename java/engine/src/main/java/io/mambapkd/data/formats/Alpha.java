package io.mambapkd.data.formats;

/** Transparent pixels, which are shown on white. */
final class Alpha {
    private static final int WHITE = 255;

    private Alpha() {}

    /** A value of 0..255 with an opacity of 0..255, over white. */
    static int onWhite(int value, int alpha) {
        return (value * alpha + WHITE * (WHITE - alpha) + WHITE / 2) / WHITE;
    }
}
