package io.mambapkd.data.formats;

/** Rows of a decoded JPEG image: chroma brought to full size, then made colours, as libjpeg-turbo does both ("fancy" upsampling, fixed-point colours). */
final class JpegRows implements Rows {
    private static final int BITS = 16;
    private static final int HALF = 1 << BITS - 1;
    private static final int CR_TO_RED = 91_881;
    private static final int CB_TO_BLUE = 116_130;
    private static final int CB_TO_GREEN = 22_554;
    private static final int CR_TO_GREEN = 46_802;

    /** Narrower components are repeated, not interpolated. */
    private static final int NARROW = 2;

    private final JpegHeader header;
    private final JpegHeader.Colours colours;
    private final JpegComponent[] components;
    private final byte[][] lines;
    private final int across;
    private final int down;

    JpegRows(JpegHeader header) {
        this.header = header;
        this.colours = header.colours();
        this.components = header.components.toArray(JpegComponent[]::new);
        this.lines = new byte[components.length][header.width + 2];
        int mostAcross = 1;
        int mostDown = 1;
        for (JpegComponent component : components) {
            mostAcross = Math.max(mostAcross, component.across);
            mostDown = Math.max(mostDown, component.down);
        }
        this.across = mostAcross;
        this.down = mostDown;
    }

    @Override
    public int width() {
        return header.width;
    }

    @Override
    public int height() {
        return header.height;
    }

    @Override
    public int channels() {
        return components.length == 1 ? 1 : 3;
    }

    @Override
    public void read(int y, byte[] into) {
        for (int i = 0; i < components.length; i++) {
            line(components[i], y, lines[i]);
        }
        int width = header.width;
        switch (colours) {
            case GREY -> System.arraycopy(lines[0], 0, into, 0, width);
            case RGB -> {
                for (int x = 0; x < width; x++) {
                    into[3 * x] = lines[0][x];
                    into[3 * x + 1] = lines[1][x];
                    into[3 * x + 2] = lines[2][x];
                }
            }
            case YCC -> ycc(into, width);
            case YCCK -> {
                ycc(into, width);
                // What the colours are of Y, Cb and Cr are the complements of the inks.
                for (int i = 0; i < 3 * width; i++) {
                    into[i] = (byte) ~into[i];
                }
                inks(into, width);
            }
            case CMYK -> {
                for (int x = 0; x < width; x++) {
                    into[3 * x] = lines[0][x];
                    into[3 * x + 1] = lines[1][x];
                    into[3 * x + 2] = lines[2][x];
                }
                inks(into, width);
            }
        }
    }

    /** Three inks and black to colours, without a profile. */
    private void inks(byte[] into, int width) {
        boolean inverted = header.isInverted();
        for (int x = 0; x < width; x++) {
            int k = lines[3][x] & 0xff;
            int black = inverted ? k : 255 - k;
            for (int i = 3 * x; i < 3 * x + 3; i++) {
                int ink = into[i] & 0xff;
                into[i] = (byte) (((inverted ? ink : 255 - ink) * black + 127) / 255);
            }
        }
    }

    private void ycc(byte[] into, int width) {
        byte[] luma = lines[0];
        byte[] blue = lines[1];
        byte[] red = lines[2];
        for (int x = 0, to = 0; x < width; x++, to += 3) {
            int y = luma[x] & 0xff;
            int cb = (blue[x] & 0xff) - 128;
            int cr = (red[x] & 0xff) - 128;
            into[to] = clamped(y + (CR_TO_RED * cr + HALF >> BITS));
            into[to + 1] = clamped(y + (-CB_TO_GREEN * cb - CR_TO_GREEN * cr + HALF >> BITS));
            into[to + 2] = clamped(y + (CB_TO_BLUE * cb + HALF >> BITS));
        }
    }

    private static byte clamped(int value) {
        return (byte) ((value & ~0xff) == 0 ? value : value < 0 ? 0 : 255);
    }

    private void line(JpegComponent c, int y, byte[] line) {
        byte[] in = c.samples;
        if (c.across == across && c.down == down) {
            System.arraycopy(in, y * c.stride, line, 0, header.width);
        } else if (2 * c.across == across && c.down == down && c.width > NARROW) {
            twiceAsWide(in, y * c.stride, c.width, line);
        } else if (2 * c.across == across && 2 * c.down == down && c.width > NARROW) {
            twiceAsLarge(in, y / 2 * c.stride, other(c, y), c.width, line);
        } else if (c.across == across && 2 * c.down == down) {
            twiceAsHigh(in, y / 2 * c.stride, other(c, y), (y & 1) == 0 ? 1 : 2, header.width, line);
        } else {
            int row = y * c.down / down * c.stride;
            for (int x = 0; x < header.width; x++) {
                line[x] = in[row + x * c.across / across];
            }
        }
    }

    /** The farther of the two rows of samples that make a row of a channel of half the height. */
    private static int other(JpegComponent c, int y) {
        return Math.max(0, Math.min(c.height - 1, y / 2 + ((y & 1) == 0 ? -1 : 1))) * c.stride;
    }

    /** A triangle filter: three parts of the nearer sample, one of the farther. */
    private static void twiceAsWide(byte[] in, int from, int width, byte[] out) {
        int value = in[from] & 0xff;
        int next = in[from + 1] & 0xff;
        out[0] = (byte) value;
        out[1] = (byte) (3 * value + next + 2 >> 2);
        for (int x = 1; x < width - 1; x++) {
            int before = value;
            value = next;
            next = in[from + x + 1] & 0xff;
            out[2 * x] = (byte) (3 * value + before + 1 >> 2);
            out[2 * x + 1] = (byte) (3 * value + next + 2 >> 2);
        }
        int x = width - 1;
        out[2 * x] = (byte) (3 * next + value + 1 >> 2);
        out[2 * x + 1] = (byte) next;
    }

    private static void twiceAsLarge(byte[] in, int near, int other, int width, byte[] out) {
        int value = 3 * (in[near] & 0xff) + (in[other] & 0xff);
        int next = 3 * (in[near + 1] & 0xff) + (in[other + 1] & 0xff);
        out[0] = (byte) (4 * value + 8 >> 4);
        out[1] = (byte) (3 * value + next + 7 >> 4);
        for (int x = 1; x < width - 1; x++) {
            int before = value;
            value = next;
            next = 3 * (in[near + x + 1] & 0xff) + (in[other + x + 1] & 0xff);
            out[2 * x] = (byte) (3 * value + before + 8 >> 4);
            out[2 * x + 1] = (byte) (3 * value + next + 7 >> 4);
        }
        int x = width - 1;
        out[2 * x] = (byte) (3 * next + value + 8 >> 4);
        out[2 * x + 1] = (byte) (4 * next + 7 >> 4);
    }

    /** The same filter between rows alone, as libjpeg-turbo has it: cameras' images have such chroma once they were turned without decoding. */
    private static void twiceAsHigh(byte[] in, int near, int other, int rounding, int width, byte[] out) {
        for (int x = 0; x < width; x++) {
            out[x] = (byte) (3 * (in[near + x] & 0xff) + (in[other + x] & 0xff) + rounding >> 2);
        }
    }
}
