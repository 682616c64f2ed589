package io.mambapkd.data.formats;

import java.util.ArrayList;
import java.util.List;

/** The segments of a JPEG file (ITU-T T.81) before its first scan. */
final class JpegHeader {
    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    static final int SOS = 0xda;
    private static final int DHT = 0xc4;
    private static final int DAC = 0xcc;
    private static final int JPG = 0xc8;
    private static final int PROGRESSIVE = 0xc2;
    private static final int APP0 = 0xe0;
    private static final int APP1 = 0xe1;
    private static final int APP14 = 0xee;

    /** A block of 64 values takes at least one bit for its mean, whatever the codes are. */
    private static final int MOST_PIXELS_PER_BYTE = 512;

    /** How three or four components are colours. */
    enum Colours {
        GREY(1),
        YCC(3),
        RGB(3),
        CMYK(4),
        YCCK(4);

        final int components;

        Colours(int components) {
            this.components = components;
        }
    }

    final FileBytes file;
    final List<JpegComponent> components = new ArrayList<>();
    int width;
    int height;
    boolean isProgressive;
    /** Where the first scan's segment begins: at its marker. */
    int firstScan;

    private int orientation = 1;
    private boolean hasJfif;
    /** -1 without a marker of Adobe. */
    private int adobeTransform = -1;

    private JpegHeader(byte[] bytes) {
        this.file = new FileBytes(ImageFormat.JPEG, bytes);
    }

    static JpegHeader of(byte[] bytes, long fileBytes) throws BadImageException {
        JpegHeader header = new JpegHeader(bytes);
        header.read(fileBytes);
        return header;
    }

    private void read(long fileBytes) throws BadImageException {
        int at = 2;
        while (true) {
            at = marker(file, at);
            int marker = file.u8(at + 1);
            if (marker == SOI || marker >= 0xd0 && marker < SOI || marker == 1) {
                at += 2;
                continue;
            }
            if (marker == EOI) {
                throw new BadImageException("a JPEG file without an image");
            }
            int from = at + 4;
            int length = file.big16(at + 2) - 2;
            if (marker == SOS) {
                if (components.isEmpty()) {
                    throw new BadImageException("a JPEG file whose image has no header");
                }
                firstScan = at;
                return;
            }
            file.require(from, length);
            if (marker == APP0 && startsWith(from, length, "JFIF\0")) {
                hasJfif = true;
            } else if (marker == APP1 && startsWith(from, length, "Exif\0\0")) {
                orientation = Exif.orientation(file.array(), from + 6, length - 6);
            } else if (marker == APP14 && length >= 12 && startsWith(from, length, "Adobe")) {
                adobeTransform = file.u8(from + 11);
            } else if (marker >= 0xc0 && marker <= 0xcf && marker != DHT && marker != DAC && marker != JPG) {
                frame(marker, from, length, fileBytes);
            }
            at = from + length;
        }
    }

    /** Where the next marker begins; bytes before it that are none are passed over. */
    static int marker(FileBytes file, int from) throws BadImageException {
        int at = from;
        while (file.u8(at) != 0xff || file.u8(at + 1) == 0 || file.u8(at + 1) == 0xff) {
            at++;
        }
        return at;
    }

    private boolean startsWith(int from, int length, String text) {
        if (length < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (file.array()[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void frame(int marker, int from, int length, long fileBytes) throws BadImageException {
        if (marker > PROGRESSIVE) {
            throw new BadImageException("a JPEG file with "
                    + (marker >= 0xc9 ? "arithmetic" : marker == 0xc3 ? "lossless" : "hierarchical")
                    + " coding, which is not read");
        }
        if (!components.isEmpty()) {
            throw new BadImageException("a JPEG file with two headers of images");
        }
        int bits = file.u8(from);
        if (bits != 8) {
            throw new BadImageException("a JPEG file with " + bits + " bits a value, where 8 are read");
        }
        isProgressive = marker == PROGRESSIVE;
        height = file.big16(from + 1);
        width = file.big16(from + 3);
        ImageHead.require(ImageFormat.JPEG, width, height, fileBytes, MOST_PIXELS_PER_BYTE);
        int count = file.u8(from + 5);
        if (count != 1 && count != 3 && count != 4 || length < 6 + 3 * count) {
            throw new BadImageException("a JPEG file with " + count + " components, where 1, 3 or 4 are read");
        }
        for (int i = 0; i < count; i++) {
            int at = from + 6 + 3 * i;
            int sampling = file.u8(at + 1);
            int across = sampling >> 4;
            int down = sampling & 15;
            int table = file.u8(at + 2);
            if (across < 1 || across > 4 || down < 1 || down > 4 || table > 3) {
                throw damaged("header");
            }
            // The sampling of a single component means nothing.
            boolean alone = count == 1;
            components.add(new JpegComponent(file.u8(at), alone ? 1 : across, alone ? 1 : down, table));
        }
    }

    static BadImageException damaged(String where) {
        return new BadImageException("a JPEG file with a damaged " + where);
    }

    /** By the markers of Adobe and JFIF; without them by the components' names, as other readers do. */
    Colours colours() {
        int count = components.size();
        if (count == 1) {
            return Colours.GREY;
        }
        if (count == 4) {
            return adobeTransform == 2 ? Colours.YCCK : Colours.CMYK;
        }
        if (hasJfif) {
            return Colours.YCC;
        }
        if (adobeTransform >= 0) {
            return adobeTransform == 0 ? Colours.RGB : Colours.YCC;
        }
        boolean named = components.get(0).id == 'R' && components.get(1).id == 'G' && components.get(2).id == 'B';
        return named ? Colours.RGB : Colours.YCC;
    }

    /** Adobe writes four inks inverted: 255 for none. */
    boolean isInverted() {
        return adobeTransform >= 0;
    }

    ImageHead head() {
        return new ImageHead(ImageFormat.JPEG, width, height, components.size() == 1 ? 1 : 3, orientation, false);
    }
}
