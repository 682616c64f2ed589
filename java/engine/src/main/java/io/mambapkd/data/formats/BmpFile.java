package io.mambapkd.data.formats;

/** A BMP file of Windows or OS/2 with 1, 4, 8, 16, 24 or 32 bits a pixel, plain or run-length coded. Profiles of colours are passed over. */
final class BmpFile {
    private static final int FILE_HEADER = 14;
    private static final int OLD_HEADER = 12;
    private static final int RLE8 = 1;
    private static final int RLE4 = 2;
    private static final int BIT_FIELDS = 3;
    private static final int ALPHA_BIT_FIELDS = 6;

    /** A run of 255 pixels takes two bytes. */
    private static final int MOST_PIXELS_PER_BYTE = 128;

    private final FileBytes file;
    private int width;
    private int height;
    private boolean isTopDown;
    private int bits;
    private int compression;
    private int palette;
    private int colourBytes;
    private int colours;
    private int data;
    /** Red, green, blue, alpha. */
    private final int[] masks = new int[4];

    private BmpFile(byte[] bytes) {
        this.file = new FileBytes(ImageFormat.BMP, bytes);
    }

    static BmpFile of(byte[] bytes) throws BadImageException {
        BmpFile bmp = new BmpFile(bytes);
        bmp.read();
        return bmp;
    }

    private static BadImageException damaged() {
        return new BadImageException("a BMP file with a damaged header");
    }

    private void read() throws BadImageException {
        data = file.little32(10);
        int header = file.little32(FILE_HEADER);
        if (header == OLD_HEADER) {
            width = file.little16(18);
            height = file.little16(20);
            bits = file.little16(24);
            colourBytes = 3;
        } else if (header >= 40 && header <= 256) {
            width = file.little32(18);
            long rows = file.little32(22);
            isTopDown = rows < 0;
            if (Math.abs(rows) > Integer.MAX_VALUE) {
                throw damaged();
            }
            height = (int) Math.abs(rows);
            bits = file.little16(28);
            compression = file.little32(30);
            colours = file.little32(46);
            colourBytes = 4;
        } else {
            throw damaged();
        }
        ImageHead.require(ImageFormat.BMP, width, height, file.length(), MOST_PIXELS_PER_BYTE);
        palette = FILE_HEADER + header;
        masks(header);
        if (bits <= 8) {
            int most = 1 << bits;
            colours = colours <= 0 || colours > most ? most : colours;
            // Some programs write fewer colours than there could be.
            colours = Math.min(colours, Math.max(0, (Math.min(data, file.length()) - palette) / colourBytes));
        }
        if (data < palette || data > file.length()) {
            throw damaged();
        }
        if (!isRunLength()) {
            file.require(data, (long) stride() * height);
        }
    }

    private boolean isRunLength() {
        return compression == RLE8 || compression == RLE4;
    }

    private void masks(int header) throws BadImageException {
        boolean known = switch (compression) {
            case 0 -> bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
            case RLE8 -> bits == 8 && !isTopDown;
            case RLE4 -> bits == 4 && !isTopDown;
            case BIT_FIELDS, ALPHA_BIT_FIELDS -> bits == 16 || bits == 32;
            default -> false;
        };
        if (!known) {
            throw new BadImageException("a BMP file of a kind that is not read (" + bits + " bits a pixel, compression "
                    + compression + ")");
        }
        if (compression >= BIT_FIELDS) {
            int count = header >= 56 || compression == ALPHA_BIT_FIELDS ? 4 : 3;
            for (int i = 0; i < count; i++) {
                masks[i] = file.little32(FILE_HEADER + 40 + 4 * i);
            }
        } else if (bits == 16) {
            set(0x7c00, 0x03e0, 0x001f);
        } else {
            set(0xff0000, 0x00ff00, 0x0000ff);
        }
    }

    private void set(int red, int green, int blue) {
        masks[0] = red;
        masks[1] = green;
        masks[2] = blue;
    }

    private int stride() {
        return (int) (((long) width * bits + 31) / 32 * 4);
    }

    private int channels() throws BadImageException {
        if (bits > 8) {
            return 3;
        }
        for (int i = 0; i < colours; i++) {
            int at = palette + colourBytes * i;
            if (file.u8(at) != file.u8(at + 1) || file.u8(at) != file.u8(at + 2)) {
                return 3;
            }
        }
        return 1;
    }

    ImageHead head() throws BadImageException {
        return new ImageHead(ImageFormat.BMP, width, height, channels(), 1, false);
    }

    Rows rows() throws BadImageException {
        int channels = channels();
        byte[] indices = isRunLength() ? unpacked() : new byte[0];
        return new StoredRows(width, height, channels) {
            @Override
            public void read(int y, byte[] into) throws BadImageException {
                int row = isTopDown ? y : height - 1 - y;
                for (int x = 0; x < width; x++) {
                    if (bits <= 8) {
                        int index = isRunLength() ? indices[row * width + x] & 0xff : index(row, x);
                        colour(index, into, x * channels, channels);
                    } else {
                        direct(row, x, into);
                    }
                }
            }
        };
    }

    private int index(int row, int x) throws BadImageException {
        int bit = x * bits;
        return file.u8(data + row * stride() + bit / 8) >> 8 - bits - bit % 8 & (1 << bits) - 1;
    }

    private void colour(int index, byte[] into, int to, int channels) throws BadImageException {
        if (index >= colours) {
            throw new BadImageException("a BMP file with a colour that is not in its palette");
        }
        int at = palette + colourBytes * index;
        for (int c = 0; c < channels; c++) {
            into[to + c] = (byte) file.u8(at + 2 - c);
        }
    }

    private void direct(int row, int x, byte[] into) throws BadImageException {
        int at = data + row * stride() + x * (bits / 8);
        int value = switch (bits) {
            case 16 -> file.little16(at);
            case 24 -> file.u8(at) | file.u8(at + 1) << 8 | file.u8(at + 2) << 16;
            default -> file.little32(at);
        };
        int alpha = masks[3] == 0 ? 255 : part(value, masks[3]);
        for (int c = 0; c < 3; c++) {
            into[3 * x + c] = (byte) Alpha.onWhite(part(value, masks[c]), alpha);
        }
    }

    /** The bits of a mask as a value of 0..255. */
    private static int part(int value, int mask) {
        if (mask == 0) {
            return 0;
        }
        int shift = Integer.numberOfTrailingZeros(mask);
        long most = (mask & 0xffffffffL) >>> shift;
        long part = (value & mask & 0xffffffffL) >>> shift;
        return (int) ((part * 255 + most / 2) / most);
    }

    /** Indices of the rows from below to above; what the runs pass over is 0. */
    private byte[] unpacked() throws BadImageException {
        byte[] out = new byte[width * height];
        int at = data;
        int x = 0;
        int y = 0;
        while (y < height) {
            int count = file.u8(at);
            int value = file.u8(at + 1);
            at += 2;
            if (count > 0) {
                for (int i = 0; i < count && x < width; i++) {
                    out[y * width + x++] = (byte) nibble(value, i);
                }
            } else if (value == 0) {
                x = 0;
                y++;
            } else if (value == 1) {
                break;
            } else if (value == 2) {
                x += file.u8(at);
                y += file.u8(at + 1);
                at += 2;
            } else {
                int bytes = compression == RLE8 ? value : (value + 1) / 2;
                file.require(at, bytes);
                for (int i = 0; i < value && x < width; i++) {
                    out[y * width + x++] = (byte) nibble(file.u8(compression == RLE8 ? at + i : at + i / 2), i);
                }
                at += bytes + (bytes & 1);
            }
        }
        return out;
    }

    private int nibble(int value, int i) {
        return compression == RLE8 ? value : i % 2 == 0 ? value >> 4 : value & 15;
    }
}
