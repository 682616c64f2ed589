package io.mambapkd.data.formats;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A PNG file (ISO/IEC 15948), all kinds and depths, interlaced or not. Only IHDR, PLTE, tRNS, IDAT, IEND and eXIf are looked at, so that no text and no profile
 * is ever unpacked. Values of 16 bits become 8; what is transparent is shown on white.
 */
final class PngFile {
    private static final int SIGNATURE_BYTES = 8;
    private static final int AROUND = 12;
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504c5445;
    private static final int TRNS = 0x74524e53;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454e44;
    private static final int EXIF = 0x65584966;
    /** Deflate packs at most 1032 bytes into one; a byte holds up to 8 pixels. */
    private static final int MOST_PIXELS_PER_BYTE = 8300;

    private static final int GREY = 0;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int GREY_ALPHA = 4;
    private static final int RGB_ALPHA = 6;

    private final FileBytes file;
    int width;
    int height;
    int depth;
    int kind;
    boolean isInterlaced;
    /** (256, 4): red, green, blue, alpha. */
    private final byte[] palette = new byte[4 * 256];

    private int colours;
    /** The value that is transparent, of each channel; null for none. */
    private int @org.jspecify.annotations.Nullable [] key;

    private int orientation = 1;
    private int firstData = -1;
    private int afterData;

    private PngFile(byte[] bytes) {
        this.file = new FileBytes(ImageFormat.PNG, bytes);
    }

    static PngFile of(byte[] bytes) throws BadImageException {
        PngFile png = new PngFile(bytes);
        png.read();
        return png;
    }

    private static BadImageException damaged(String where) {
        return new BadImageException("a PNG file with a damaged " + where);
    }

    private void read() throws BadImageException {
        int at = SIGNATURE_BYTES;
        boolean isFirst = true;
        while (true) {
            int length = file.big32(at);
            int type = file.big32(at + 4);
            int from = at + 8;
            file.require(at, AROUND + (length & 0xffffffffL));
            if (isFirst != (type == IHDR) || isFirst && length != 13) {
                throw damaged("header");
            }
            isFirst = false;
            switch (type) {
                case IHDR -> header(at, from);
                case PLTE -> palette(at, from, length);
                case TRNS -> transparency(at, from, length);
                case EXIF -> orientation = Exif.orientation(file.array(), from, length);
                case IDAT -> {
                    if (firstData < 0) {
                        firstData = at;
                    }
                    requireSum(at, length);
                    afterData = from + length + 4;
                }
                case IEND -> {
                    if (firstData < 0) {
                        throw new BadImageException("a PNG file without an image");
                    }
                    return;
                }
                default -> {}
            }
            at = from + length + 4;
        }
    }

    private void requireSum(int at, int length) throws BadImageException {
        CRC32 sum = new CRC32();
        sum.update(file.array(), at + 4, length + 4);
        if ((int) sum.getValue() != file.big32(at + 8 + length)) {
            throw new BadImageException("a PNG file whose checksum is wrong");
        }
    }

    private void header(int at, int from) throws BadImageException {
        requireSum(at, 13);
        width = file.big32(from);
        height = file.big32(from + 4);
        depth = file.u8(from + 8);
        kind = file.u8(from + 9);
        isInterlaced = file.u8(from + 12) == 1;
        boolean fits = switch (kind) {
            case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GREY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
            default -> false;
        };
        if (!fits || file.u8(from + 10) != 0 || file.u8(from + 11) != 0 || file.u8(from + 12) > 1) {
            throw damaged("header");
        }
        ImageHead.require(
                ImageFormat.PNG, width & 0xffffffffL, height & 0xffffffffL, file.length(), MOST_PIXELS_PER_BYTE);
    }

    private void palette(int at, int from, int length) throws BadImageException {
        requireSum(at, length);
        if (length % 3 != 0 || length > 3 * 256) {
            throw damaged("palette");
        }
        colours = length / 3;
        for (int i = 0; i < colours; i++) {
            System.arraycopy(file.array(), from + 3 * i, palette, 4 * i, 3);
            palette[4 * i + 3] = -1;
        }
    }

    private void transparency(int at, int from, int length) throws BadImageException {
        requireSum(at, length);
        if (kind == PALETTE) {
            for (int i = 0; i < Math.min(length, colours); i++) {
                palette[4 * i + 3] = file.array()[from + i];
            }
        } else if (kind == GREY && length >= 2) {
            key = new int[] {file.big16(from)};
        } else if (kind == RGB && length >= 6) {
            key = new int[] {file.big16(from), file.big16(from + 2), file.big16(from + 4)};
        }
    }

    /** Values of a pixel in the file. */
    private int values() {
        return switch (kind) {
            case RGB -> 3;
            case GREY_ALPHA -> 2;
            case RGB_ALPHA -> 4;
            default -> 1;
        };
    }

    int channels() {
        if (kind == GREY || kind == GREY_ALPHA) {
            return 1;
        }
        return kind == PALETTE && isGrey() ? 1 : 3;
    }

    private boolean isGrey() {
        for (int i = 0; i < colours; i++) {
            if (palette[4 * i] != palette[4 * i + 1] || palette[4 * i] != palette[4 * i + 2]) {
                return false;
            }
        }
        return true;
    }

    ImageHead head() {
        return new ImageHead(ImageFormat.PNG, width, height, channels(), orientation, false);
    }

    int bitsPerPixel() {
        return values() * depth;
    }

    Rows rows() throws BadImageException {
        return new PngRows(this);
    }

    /**
     * Makes pixels of a row of the file.
     *
     * @param raw unfiltered bytes of {@code count} pixels
     * @param into gets them, {@code step} pixels apart, from pixel {@code first} on
     */
    void convert(byte[] raw, int count, byte[] into, int first, int step) throws BadImageException {
        int channels = channels();
        int values = values();
        for (int x = 0; x < count; x++) {
            int to = (first + x * step) * channels;
            if (kind == PALETTE) {
                int index = value(raw, x);
                if (index >= colours) {
                    throw damaged("image: a colour that is not in its palette");
                }
                int alpha = palette[4 * index + 3] & 0xff;
                for (int c = 0; c < channels; c++) {
                    into[to + c] = (byte) Alpha.onWhite(palette[4 * index + c] & 0xff, alpha);
                }
            } else {
                int alpha = alpha(raw, x * values, values);
                for (int c = 0; c < channels; c++) {
                    into[to + c] = (byte) Alpha.onWhite(byteOf(value(raw, x * values + c)), alpha);
                }
            }
        }
    }

    private int alpha(byte[] raw, int at, int values) {
        if (kind == GREY_ALPHA || kind == RGB_ALPHA) {
            return byteOf(value(raw, at + values - 1));
        }
        if (key == null) {
            return 255;
        }
        for (int c = 0; c < values; c++) {
            if (value(raw, at + c) != key[c]) {
                return 255;
            }
        }
        return 0;
    }

    private int value(byte[] raw, int index) {
        return switch (depth) {
            case 8 -> raw[index] & 0xff;
            case 16 -> (raw[2 * index] & 0xff) << 8 | raw[2 * index + 1] & 0xff;
            default -> (raw[index * depth / 8] & 0xff) >> 8 - depth - index * depth % 8 & (1 << depth) - 1;
        };
    }

    /** In 0..255, rounded. */
    private int byteOf(int value) {
        return switch (depth) {
            case 8 -> value;
            case 16 -> value * 255 + 32_895 >> 16;
            default -> value * 255 / ((1 << depth) - 1);
        };
    }

    /** What the IDAT chunks hold, unpacked. */
    final class Data {
        private final Inflater inflater = new Inflater();
        private int chunk = firstData;

        /** Fills a part of an array. */
        void read(byte[] into, int offset, int length) throws BadImageException {
            int done = 0;
            try {
                while (done < length) {
                    int got = inflater.inflate(into, offset + done, length - done);
                    done += got;
                    if (got == 0) {
                        if (inflater.finished() || inflater.needsDictionary() || !nextChunk()) {
                            throw new BadImageException("a PNG file that ends before its image does");
                        }
                    }
                }
            } catch (DataFormatException e) {
                throw damaged("image");
            }
        }

        private boolean nextChunk() throws BadImageException {
            while (chunk < afterData) {
                int length = file.big32(chunk);
                boolean isData = file.big32(chunk + 4) == IDAT;
                int from = chunk + 8;
                chunk = from + length + 4;
                if (isData && length > 0) {
                    inflater.setInput(file.array(), from, length);
                    return true;
                }
            }
            return false;
        }

        void close() {
            inflater.end();
        }
    }
}
