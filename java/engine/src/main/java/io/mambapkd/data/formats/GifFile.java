package io.mambapkd.data.formats;

/** The first frame of a GIF file (version 87a or 89a). What is transparent is shown on white. */
final class GifFile {
    private static final int EXTENSION = 0x21;
    private static final int IMAGE = 0x2c;
    private static final int TRAILER = 0x3b;
    private static final int GRAPHIC_CONTROL = 0xf9;
    private static final int MOST_CODES = 4096;

    /** A code has 3 bits or more and stands for at most 4096 pixels; codes of long strings have 12. */
    private static final int MOST_PIXELS_PER_BYTE = 2731;

    private static final int[][] INTERLACED = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

    private final FileBytes file;
    private int width;
    private int height;
    private boolean isInterlaced;
    private int palette;
    private int colours;
    private int transparent = -1;
    private int data;
    private boolean isAnimated;

    private GifFile(byte[] bytes) {
        this.file = new FileBytes(ImageFormat.GIF, bytes);
    }

    static GifFile of(byte[] bytes) throws BadImageException {
        GifFile gif = new GifFile(bytes);
        gif.read();
        return gif;
    }

    private void read() throws BadImageException {
        int flags = file.u8(10);
        int at = 13;
        if ((flags & 0x80) != 0) {
            palette = at;
            colours = 2 << (flags & 7);
            at += 3 * colours;
        }
        boolean found = false;
        while (true) {
            int block = found && at >= file.length() ? TRAILER : file.u8(at++);
            if (block == TRAILER) {
                break;
            } else if (block == EXTENSION) {
                if (!found && file.u8(at) == GRAPHIC_CONTROL && file.u8(at + 1) >= 4) {
                    transparent = (file.u8(at + 2) & 1) != 0 ? file.u8(at + 5) : -1;
                }
                at = afterBlocks(at + 1);
            } else if (block == IMAGE && found) {
                isAnimated = true;
                break;
            } else if (block == IMAGE) {
                found = true;
                at = frame(at);
            } else if (found) {
                break;
            } else {
                throw new BadImageException("a GIF file with a damaged header");
            }
        }
        if (!found) {
            throw new BadImageException("a GIF file without an image");
        }
        if (colours == 0) {
            throw new BadImageException("a GIF file without colours");
        }
        file.require(palette, 3L * colours);
    }

    private int frame(int at) throws BadImageException {
        width = file.little16(at + 4);
        height = file.little16(at + 6);
        ImageHead.require(ImageFormat.GIF, width, height, file.length(), MOST_PIXELS_PER_BYTE);
        int flags = file.u8(at + 8);
        isInterlaced = (flags & 0x40) != 0;
        int next = at + 9;
        if ((flags & 0x80) != 0) {
            palette = next;
            colours = 2 << (flags & 7);
            next += 3 * colours;
        }
        data = next;
        return afterBlocks(next + 1);
    }

    private int afterBlocks(int from) throws BadImageException {
        int at = from;
        while (file.u8(at) != 0) {
            at += 1 + file.u8(at);
        }
        return at + 1;
    }

    private int channels() throws BadImageException {
        for (int i = 0; i < colours; i++) {
            int red = file.u8(palette + 3 * i);
            if (red != file.u8(palette + 3 * i + 1) || red != file.u8(palette + 3 * i + 2)) {
                return 3;
            }
        }
        return 1;
    }

    ImageHead head() throws BadImageException {
        return new ImageHead(ImageFormat.GIF, width, height, channels(), 1, isAnimated);
    }

    Rows rows() throws BadImageException {
        int channels = channels();
        byte[] indices = unpacked();
        int[] place = new int[height];
        int row = 0;
        for (int[] pass : isInterlaced ? INTERLACED : new int[][] {{0, 1}}) {
            for (int y = pass[0]; y < height; y += pass[1]) {
                place[y] = row++;
            }
        }
        return new StoredRows(width, height, channels) {
            @Override
            public void read(int y, byte[] into) throws BadImageException {
                for (int x = 0; x < width; x++) {
                    int index = indices[place[y] * width + x] & 0xff;
                    if (index >= colours) {
                        throw new BadImageException("a GIF file with a colour that is not in its palette");
                    }
                    for (int c = 0; c < channels; c++) {
                        into[x * channels + c] = index == transparent ? -1 : file.array()[palette + 3 * index + c];
                    }
                }
            }
        };
    }

    /** LZW with codes of growing length. */
    private byte[] unpacked() throws BadImageException {
        byte[] out = new byte[width * height];
        int least = file.u8(data);
        if (least < 1 || least > 8) {
            throw new BadImageException("a GIF file with a damaged image");
        }
        int clear = 1 << least;
        int end = clear + 1;
        short[] prefix = new short[MOST_CODES];
        byte[] suffix = new byte[MOST_CODES];
        byte[] string = new byte[MOST_CODES + 1];
        int size = least + 1;
        int next = end + 1;
        int before = -1;
        int first = 0;
        int buffer = 0;
        int bits = 0;
        int at = data + 1;
        int block = file.u8(at++);
        int done = 0;
        while (done < out.length) {
            while (bits < size) {
                if (block == 0) {
                    throw new BadImageException("a GIF file that ends before its image does");
                }
                buffer |= file.u8(at++) << bits;
                bits += 8;
                if (--block == 0) {
                    block = file.u8(at++);
                }
            }
            int code = buffer & (1 << size) - 1;
            buffer >>>= size;
            bits -= size;
            if (code == clear) {
                size = least + 1;
                next = end + 1;
                before = -1;
                continue;
            }
            if (code == end) {
                throw new BadImageException("a GIF file that ends before its image does");
            }
            if (code > next || before < 0 && code > end || code == next && next >= MOST_CODES) {
                throw new BadImageException("a GIF file with a damaged image");
            }
            int length = string.length;
            int walk = code;
            if (code == next) {
                string[--length] = (byte) first;
                walk = before;
            }
            while (walk > end) {
                string[--length] = suffix[walk];
                walk = prefix[walk];
            }
            string[--length] = (byte) walk;
            first = walk;
            int count = Math.min(string.length - length, out.length - done);
            System.arraycopy(string, length, out, done, count);
            done += count;
            if (before >= 0 && next < MOST_CODES) {
                prefix[next] = (short) before;
                suffix[next] = (byte) first;
                next++;
                if (next == 1 << size && size < 12) {
                    size++;
                }
            }
            before = code;
        }
        return out;
    }
}
