package io.mambapkd.data.formats;

import org.jspecify.annotations.Nullable;

/** The bytes of an image file. */
public final class EncodedImage {
    /** Bytes of the largest file that is decoded. */
    public static final int LARGEST_FILE = 1 << 28;

    /** What decoding takes at most, for each pixel: planes, coefficients, rows. */
    private static final int BYTES_PER_PIXEL = 10;

    private EncodedImage() {}

    /** Bytes that decoding an image takes at most, without those of its file. */
    public static long decodingBytes(long pixels) {
        return pixels * BYTES_PER_PIXEL;
    }

    /** Completes {@code FILE is ...}, of a file that is larger than {@link #LARGEST_FILE}. */
    public static String tooLarge(long size) {
        return "a file of " + size + " bytes, more than " + LARGEST_FILE;
    }

    /**
     * Reads the header.
     *
     * @param bytes the beginning of the file
     * @param fileBytes size of the whole file
     * @return null if the header does not end within {@code bytes}, which are not the whole file
     * @throws BadImageException if it is no image, or none that can be read
     */
    public static @Nullable ImageHead head(byte[] bytes, long fileBytes) throws BadImageException {
        ImageFormat format = ImageFormat.ofContent(bytes, bytes.length);
        if (format == null) {
            throw new BadImageException(ImageFormat.other(bytes, bytes.length));
        }
        boolean isWhole = bytes.length >= fileBytes;
        try {
            return switch (format) {
                case JPEG -> JpegHeader.of(bytes, fileBytes).head();
                case PNG -> isWhole ? PngFile.of(bytes).head() : null;
                case GIF -> isWhole ? GifFile.of(bytes).head() : null;
                case BMP -> isWhole ? BmpFile.of(bytes).head() : null;
            };
        } catch (FileBytes.CutOffException cutOff) {
            if (!isWhole) {
                return null;
            }
            throw cutOff;
        }
    }

    /**
     * Decodes an image, turns it upright and brings it to a size, as {@link Resampler} does where it has another. Colours become grey by the luma of BT.601.
     *
     * @param bytes the whole file
     * @param height, width, channels of the result; 1 or 3 channels
     * @param into gets (height, width, channels) unsigned bytes from {@code offset} on
     * @throws BadImageException if it cannot be read
     */
    public static void decode(byte[] bytes, int height, int width, int channels, byte[] into, int offset)
            throws BadImageException {
        ImageHead head = head(bytes, bytes.length);
        if (head == null) {
            throw new IllegalStateException("the whole file has the whole header");
        }
        boolean lying = Turn.isLying(head.orientation());
        byte[] pixels = scaled(rows(bytes), lying ? width : height, lying ? height : width);
        byte[] wanted = withChannels(pixels, head.channels(), channels);
        Turn.upright(wanted, head.orientation(), height, width, channels, into, offset);
    }

    private static byte[] scaled(Rows rows, int height, int width) throws BadImageException {
        if (rows.height() != height || rows.width() != width) {
            return Resampler.resample(rows, height, width);
        }
        byte[] pixels = new byte[height * width * rows.channels()];
        byte[] row = new byte[width * rows.channels()];
        for (int y = 0; y < height; y++) {
            rows.read(y, row);
            System.arraycopy(row, 0, pixels, y * row.length, row.length);
        }
        return pixels;
    }

    private static byte[] withChannels(byte[] pixels, int given, int wanted) {
        if (given == wanted) {
            return pixels;
        }
        int count = pixels.length / given;
        byte[] out = new byte[count * wanted];
        for (int i = 0; i < count; i++) {
            if (wanted == 1) {
                int red = pixels[3 * i] & 0xff;
                int green = pixels[3 * i + 1] & 0xff;
                int blue = pixels[3 * i + 2] & 0xff;
                out[i] = (byte) ((299 * red + 587 * green + 114 * blue + 500) / 1000);
            } else {
                for (int c = 0; c < wanted; c++) {
                    out[wanted * i + c] = pixels[i];
                }
            }
        }
        return out;
    }

    /**
     * Decodes a file.
     *
     * @param bytes all of it
     * @throws BadImageException if it cannot be read
     */
    static Rows rows(byte[] bytes) throws BadImageException {
        ImageFormat format = ImageFormat.ofContent(bytes, bytes.length);
        if (format == null) {
            throw new BadImageException(ImageFormat.other(bytes, bytes.length));
        }
        return switch (format) {
            case JPEG -> JpegDecoder.rows(bytes);
            case PNG -> PngFile.of(bytes).rows();
            case GIF -> GifFile.of(bytes).rows();
            case BMP -> BmpFile.of(bytes).rows();
        };
    }
}
