package io.mambapkd.data.formats;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes JPEG images of 8 bits with Huffman coding: baseline, extended and progressive (ITU-T T.81). Samples, upsampled chroma and colours are those of libjpeg
 * with its default settings.
 */
final class JpegDecoder {
    private static final int EOI = 0xd9;
    private static final int DHT = 0xc4;
    private static final int DQT = 0xdb;
    private static final int DRI = 0xdd;
    private static final int SOI = 0xd8;
    private static final int TABLES = 4;

    /** A progressive image has 10 as a rule; each one more costs the time of an image. */
    private static final int MOST_SCANS = 100;

    /** Where the i-th coefficient of the file is in a block. */
    static final int[] NATURAL = {
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
        21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
        61, 54, 47, 55, 62, 63
    };

    private final JpegHeader header;
    private final FileBytes file;
    private final int[] @Nullable [] quantisation = new int[TABLES][];
    private final @Nullable JpegHuffman[] dc = new JpegHuffman[TABLES];
    private final @Nullable JpegHuffman[] ac = new JpegHuffman[TABLES];
    private int restartInterval;

    private JpegDecoder(JpegHeader header) {
        this.header = header;
        this.file = header.file;
    }

    static Rows rows(byte[] bytes) throws BadImageException {
        JpegDecoder decoder = new JpegDecoder(JpegHeader.of(bytes, bytes.length));
        decoder.layOut();
        decoder.decode();
        return new JpegRows(decoder.header);
    }

    private void layOut() {
        int across = 1;
        int down = 1;
        for (JpegComponent component : header.components) {
            across = Math.max(across, component.across);
            down = Math.max(down, component.down);
        }
        int unitsAcross = (header.width + 8 * across - 1) / (8 * across);
        int unitsDown = (header.height + 8 * down - 1) / (8 * down);
        for (JpegComponent c : header.components) {
            c.width = (header.width * c.across + across - 1) / across;
            c.height = (header.height * c.down + down - 1) / down;
            c.blocksAcross = (c.width + 7) / 8;
            c.blocksDown = (c.height + 7) / 8;
            c.stride = 8 * unitsAcross * c.across;
            c.paddedHeight = 8 * unitsDown * c.down;
            c.samples = new byte[c.stride * c.paddedHeight];
            if (header.isProgressive) {
                c.coefficients = new short[c.stride * c.paddedHeight];
            }
        }
    }

    private void decode() throws BadImageException {
        int scans = 0;
        int at = 2;
        while (true) {
            if (isDone() && at >= file.length() - 1) {
                break;
            }
            at = JpegHeader.marker(file, at);
            int marker = file.u8(at + 1);
            if (marker == EOI) {
                break;
            }
            if (marker == SOI || marker >= 0xd0 && marker < SOI || marker == 1) {
                at += 2;
                continue;
            }
            int from = at + 4;
            int length = file.big16(at + 2) - 2;
            file.require(from, length);
            at = from + length;
            switch (marker) {
                case DHT -> huffman(from, at);
                case DQT -> quantisation(from, at);
                case DRI -> restartInterval = file.big16(from);
                case JpegHeader.SOS -> {
                    if (++scans > MOST_SCANS) {
                        throw new BadImageException("a JPEG file with more than " + MOST_SCANS + " scans");
                    }
                    at = scan(from, at);
                    if (isDone() && !header.isProgressive) {
                        return;
                    }
                }
                default -> {}
            }
        }
        for (JpegComponent component : header.components) {
            if (!component.wasScanned) {
                throw new BadImageException("a JPEG file that ends before its image does");
            }
        }
        if (header.isProgressive) {
            transform();
        }
    }

    /** Whether a sequential image is complete; what may follow it is not looked at. */
    private boolean isDone() {
        return !header.isProgressive && header.components.stream().allMatch(c -> c.wasScanned);
    }

    private void quantisation(int from, int end) throws BadImageException {
        int at = from;
        while (at < end) {
            int head = file.u8(at++);
            int bytes = head >> 4 == 0 ? 1 : 2;
            if (head >> 4 > 1 || (head & 15) >= TABLES) {
                throw JpegHeader.damaged("table of quantisation");
            }
            int[] table = new int[64];
            for (int i = 0; i < 64; i++, at += bytes) {
                table[NATURAL[i]] = bytes == 1 ? file.u8(at) : file.big16(at);
            }
            quantisation[head & 15] = table;
        }
    }

    private void huffman(int from, int end) throws BadImageException {
        int at = from;
        while (at < end) {
            int head = file.u8(at++);
            int[] counts = new int[16];
            int total = 0;
            for (int i = 0; i < 16; i++) {
                counts[i] = file.u8(at++);
                total += counts[i];
            }
            if (head >> 4 > 1 || (head & 15) >= TABLES || total > 256) {
                throw JpegHeader.damaged("table of codes");
            }
            file.require(at, total);
            byte[] symbols = new byte[total];
            System.arraycopy(file.array(), at, symbols, 0, total);
            at += total;
            (head >> 4 == 0 ? dc : ac)[head & 15] = new JpegHuffman(counts, symbols);
        }
    }

    /** Decodes a scan; returns where the next marker is. */
    private int scan(int from, int data) throws BadImageException {
        int count = file.u8(from);
        if (count < 1 || count > header.components.size() || data - from < 4 + 2 * count) {
            throw JpegHeader.damaged("header of a scan");
        }
        List<JpegScan.Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int id = file.u8(from + 1 + 2 * i);
            int tables = file.u8(from + 2 + 2 * i);
            JpegComponent component = header.components.stream()
                    .filter(c -> c.id == id)
                    .findFirst()
                    .orElseThrow(() -> JpegHeader.damaged("header of a scan"));
            if (tables >> 4 >= TABLES || (tables & 15) >= TABLES) {
                throw JpegHeader.damaged("header of a scan");
            }
            int[] table = quantisation[component.quantisation];
            if (table == null) {
                throw new BadImageException("a JPEG file that lacks a table of quantisation");
            }
            component.table = table;
            members.add(new JpegScan.Member(component, dc[tables >> 4], ac[tables & 15]));
        }
        int at = from + 1 + 2 * count;
        return header.isProgressive
                ? new JpegProgressive(file, members, data, restartInterval)
                        .decode(file.u8(at), file.u8(at + 1), file.u8(at + 2))
                : new JpegSequential(file, members, data, restartInterval).decode();
    }

    private void transform() throws BadImageException {
        JpegIdct idct = new JpegIdct();
        int[] block = new int[64];
        for (JpegComponent c : header.components) {
            int[] table = quantisation[c.quantisation];
            if (table == null) {
                throw new BadImageException("a JPEG file that lacks a table of quantisation");
            }
            int across = c.paddedBlocksAcross();
            for (int y = 0; y < c.blocksDown; y++) {
                for (int x = 0; x < c.blocksAcross; x++) {
                    int at = 64 * (y * across + x);
                    for (int i = 0; i < 64; i++) {
                        block[i] = c.coefficients[at + i] * table[i];
                    }
                    idct.block(block, c.samples, 8 * (y * c.stride + x), c.stride);
                }
            }
            c.coefficients = new short[0];
        }
    }
}
