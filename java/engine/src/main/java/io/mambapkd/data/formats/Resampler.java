package io.mambapkd.data.formats;

import java.util.Arrays;

/**
 * Brings images to one size: the largest part of the wanted proportions around the centre, to whole pixels, is scaled. An axis that gets shorter is averaged over the area of
 * each new pixel; one that gets longer is interpolated linearly between the centres of pixels. All arithmetic is on integers, so that the same image gives the same
 * bytes everywhere.
 */
final class Resampler {
    /** Weights add up to this. */
    private static final int ONE = 1 << 22;

    private final int height;
    private final int width;
    private final Axis rows;
    private final Axis columns;
    private final int left;
    private final int top;

    private Resampler(int height, int width, int inHeight, int inWidth) {
        this.height = height;
        this.width = width;
        int cropWidth = inWidth;
        int cropHeight = inHeight;
        if ((long) inWidth * height > (long) inHeight * width) {
            cropWidth = share(inHeight, width, height);
        } else {
            cropHeight = share(inWidth, height, width);
        }
        this.left = (inWidth - cropWidth) / 2;
        this.top = (inHeight - cropHeight) / 2;
        this.rows = new Axis(cropHeight, height);
        this.columns = new Axis(cropWidth, width);
    }

    /** {@code side * a / b}, rounded, at least 1. */
    private static int share(int side, int a, int b) {
        return (int) Math.max(1, ((long) side * a + b / 2) / b);
    }

    /** Which old pixels each new one is made of: those from {@code first}, with the weights from {@code start} on. */
    private static final class Axis {
        private final int[] first;
        private final int[] start;
        private final int[] weights;

        Axis(int old, int now) {
            first = new int[now];
            start = new int[now + 1];
            int[] all = new int[old + 2 * now];
            int count = 0;
            for (int i = 0; i < now; i++) {
                start[i] = count;
                if (old >= now) {
                    // The new pixel covers [i * old, (i + 1) * old) in units of 1 / now of an old pixel.
                    long from = (long) i * old;
                    long to = from + old;
                    first[i] = (int) (from / now);
                    int left = ONE;
                    for (int j = first[i]; (long) j * now < to; j++) {
                        long end = Math.min(to, (long) (j + 1) * now);
                        long covered = end - Math.max(from, (long) j * now);
                        int weight = end == to ? left : (int) (covered * ONE / old);
                        all[count++] = weight;
                        left -= weight;
                    }
                } else {
                    // The centre of the new pixel, in units of 1 / (2 now) of an old pixel, from the centre of the
                    // first.
                    long centre = (2L * i + 1) * old - now;
                    long at = Math.max(0, Math.min((old - 1L) * 2 * now, centre));
                    first[i] = (int) (at / (2L * now));
                    int far = (int) (at % (2L * now) * ONE / (2L * now));
                    all[count++] = ONE - far;
                    if (far > 0) {
                        all[count++] = far;
                    }
                }
            }
            start[now] = count;
            weights = Arrays.copyOf(all, count);
        }

        int end(int i) {
            return first[i] + start[i + 1] - start[i];
        }
    }

    /** @return (height, width, channels) of {@code rows} */
    static byte[] resample(Rows rows, int height, int width) throws BadImageException {
        return new Resampler(height, width, rows.height(), rows.width()).all(rows);
    }

    private byte[] all(Rows in) throws BadImageException {
        int channels = in.channels();
        byte[] out = new byte[height * width * channels];
        byte[] row = new byte[in.width() * channels];
        byte[] before = new byte[row.length];
        int[] sums = new int[row.length];
        int read = -1;
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, ONE / 2);
            for (int source = rows.first[y]; source < rows.end(y); source++) {
                if (source > read) {
                    byte[] last = before;
                    before = row;
                    row = last;
                    in.read(top + source, row);
                    read = source;
                }
                // An axis that gets longer asks for a row and the one before it again.
                add(source == read ? row : before, rows.weights[rows.start[y] + source - rows.first[y]], sums);
            }
            across(sums, channels, out, y * width * channels);
        }
        return out;
    }

    private static void add(byte[] row, int weight, int[] sums) {
        for (int i = 0; i < row.length; i++) {
            sums[i] += weight * (row[i] & 0xff);
        }
    }

    private void across(int[] sums, int channels, byte[] out, int to) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < channels; c++) {
                long sum = 0;
                for (int source = columns.first[x]; source < columns.end(x); source++) {
                    int weight = columns.weights[columns.start[x] + source - columns.first[x]];
                    sum += (long) weight * sums[(left + source) * channels + c];
                }
                out[to + x * channels + c] = (byte) (sum >> 44);
            }
        }
    }
}
