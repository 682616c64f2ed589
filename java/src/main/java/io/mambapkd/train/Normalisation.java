package io.mambapkd.train;

import io.mambapkd.data.Dataset;

/** {@code (pixel / 255 - mean) / standardDeviation} for unsigned bytes, through a table of its 256 values. */
final class Normalisation {
    private final float[] table = new float[256];

    Normalisation(Dataset dataset) {
        for (int value = 0; value < table.length; value++) {
            table[value] = (value / 255f - dataset.mean()) / dataset.standardDeviation();
        }
    }

    void apply(byte[] pixels, int from, int count, float[] target, int to) {
        for (int i = 0; i < count; i++) {
            target[to + i] = table[pixels[from + i] & 0xff];
        }
    }
}
