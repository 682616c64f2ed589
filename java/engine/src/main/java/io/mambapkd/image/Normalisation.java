package io.mambapkd.image;

import java.util.List;

/**
 * Pixel values 0..255 to what models see: {@code value * scale + offset}, each operation rounded to float. One scale and offset for all channels, or one for
 * each.
 */
public final class Normalisation {
    private final float[] scale;
    private final float[] offset;

    /** The same for all channels. */
    public Normalisation(float scale, float offset) {
        this(new float[] {scale}, new float[] {offset});
    }

    private Normalisation(float[] scale, float[] offset) {
        this.scale = scale;
        this.offset = offset;
    }

    /** {@code (value / 255 - mean) / standardDeviation}, the same for all channels. */
    public static Normalisation of(float mean, float standardDeviation) {
        return of(List.of(mean), List.of(standardDeviation));
    }

    /**
     * {@code (value / 255 - mean[c]) / standardDeviation[c]}.
     *
     * @param mean a number for each channel, or one for all
     * @param standardDeviation as many
     */
    public static Normalisation of(List<Float> mean, List<Float> standardDeviation) {
        if (mean.isEmpty() || mean.size() != standardDeviation.size()) {
            throw new IllegalArgumentException(
                    mean.size() + " means do not belong to " + standardDeviation.size() + " standard deviations");
        }
        float[] scale = new float[mean.size()];
        float[] offset = new float[mean.size()];
        for (int c = 0; c < scale.length; c++) {
            double deviation = standardDeviation.get(c);
            scale[c] = (float) (1 / (255.0 * deviation));
            offset[c] = (float) (-(double) mean.get(c) / deviation);
        }
        return new Normalisation(scale, offset);
    }

    /** Number of channels that have numbers of their own; 1 where all have the same. */
    public int channels() {
        return scale.length;
    }

    /** Whether images of so many channels can be normalised. */
    public boolean fits(int channels) {
        return scale.length == 1 || scale.length == channels;
    }

    public float scale(int channel) {
        return scale[scale.length == 1 ? 0 : channel];
    }

    public float offset(int channel) {
        return offset[scale.length == 1 ? 0 : channel];
    }

    /** One value of a channel. */
    public float apply(float value, int channel) {
        return value * scale(channel) + offset(channel);
    }

    /** What every byte becomes in every channel: (channels, 256). */
    public float[] table(int channels) {
        float[] table = new float[channels * 256];
        for (int i = 0; i < table.length; i++) {
            table[i] = apply(i & 0xff, i >> 8);
        }
        return table;
    }

    /** Values (.., channels) in place, from {@code from} (inclusive), where channel 0 is, to {@code to} (exclusive). */
    public void apply(float[] values, int from, int to, int channels) {
        if (scale.length == 1) {
            float factor = scale[0];
            float summand = offset[0];
            for (int i = from; i < to; i++) {
                values[i] = values[i] * factor + summand;
            }
            return;
        }
        for (int i = from; i < to; i += channels) {
            for (int c = 0; c < channels; c++) {
                values[i + c] = values[i + c] * scale[c] + offset[c];
            }
        }
    }
}
