package io.mambapkd.image;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Sums of the pixel values of images and of their squares, for each channel. They are integers, so that they do not depend on any order.
 *
 * @param pixels how many
 * @param plain the sums of values of 0..255
 * @param squares as many, of their squares
 */
public record PixelSums(long pixels, List<Long> plain, List<Long> squares) {
    /** Pixels whose squares an int can add up. */
    private static final int BLOCK = 1 << 14;

    public PixelSums {
        plain = List.copyOf(plain);
        squares = List.copyOf(squares);
    }

    /**
     * @param values with channels last
     * @param count number of values, from the start
     */
    public static PixelSums of(byte[] values, int count, int channels) {
        long[] plain = new long[channels];
        long[] squares = new long[channels];
        int first = 0;
        while (first < count) {
            int end = first + Math.min(count - first, BLOCK * channels);
            for (int channel = 0; channel < channels; channel++) {
                add(values, first + channel, end, plain, squares, channel);
            }
            first = end;
        }
        return new PixelSums(count / channels, list(plain), list(squares));
    }

    private static void add(byte[] values, int first, int end, long[] plain, long[] squares, int channel) {
        int sum = 0;
        int sumOfSquares = 0;
        for (int i = first; i < end; i += plain.length) {
            int value = values[i] & 0xff;
            sum += value;
            sumOfSquares += value * value;
        }
        plain[channel] += sum;
        squares[channel] += sumOfSquares;
    }

    private static List<Long> list(long[] numbers) {
        return LongStream.of(numbers).boxed().toList();
    }

    /** Those of the images that are left when others, with the same channels, are taken out. */
    public PixelSums minus(PixelSums others) {
        return new PixelSums(
                pixels - others.pixels, difference(plain, others.plain), difference(squares, others.squares));
    }

    private static List<Long> difference(List<Long> all, List<Long> some) {
        return IntStream.range(0, all.size())
                .mapToObj(channel -> all.get(channel) - some.get(channel))
                .toList();
    }

    /** Those of all channels together, as if they were one. */
    public PixelSums together() {
        return new PixelSums(pixels * plain.size(), List.of(total(plain)), List.of(total(squares)));
    }

    private static long total(List<Long> sums) {
        return sums.stream().mapToLong(Long::longValue).sum();
    }
}
