package io.mambapkd.data.formats;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One scan of a JPEG image: all blocks of one component, or of several in turns. */
final class JpegScan {
    /**
     * A component of the scan.
     *
     * @param dc codes of the means; null for none
     * @param ac codes of the other coefficients; null for none
     */
    record Member(
            JpegComponent component,
            @Nullable JpegHuffman dc,
            @Nullable JpegHuffman ac) {}

    /** Decodes the next block. */
    private interface Block {
        /** @param x, y its place among the blocks of its component */
        void decode(Member member, int x, int y) throws BadImageException;
    }

    private static final int DC_BITS = 11;

    private final FileBytes file;
    private final List<Member> members;
    private final int restartInterval;
    private final JpegBits bits;
    private final int[] block = new int[64];
    private final JpegIdct idct = new JpegIdct();

    /** Of a progressive scan: the band of coefficients, and the bit that the scan brings. */
    private int first;

    private int last;
    private int low;
    /** Blocks that follow without a coefficient. */
    private int empty;

    /** @param data where the bits begin */
    JpegScan(FileBytes file, List<Member> members, int data, int restartInterval) {
        this.file = file;
        this.members = members;
        this.restartInterval = restartInterval;
        this.bits = new JpegBits(file.array(), data);
    }

    /** Decodes whole blocks into samples; returns where the next marker is. */
    int sequential() throws BadImageException {
        for (Member member : members) {
            if (member.dc() == null || member.ac() == null) {
                throw new BadImageException("a JPEG file that lacks a table of codes");
            }
        }
        return all(this::whole);
    }

    /**
     * Decodes a band of coefficients, or one more bit of it; returns where the next marker is.
     *
     * @param from, to the band
     * @param bitsOfScan the bit of the scan before in the high half, that of this one in the low half
     */
    int progressive(int from, int to, int bitsOfScan) throws BadImageException {
        first = from;
        last = to;
        low = bitsOfScan & 15;
        boolean refines = bitsOfScan >> 4 != 0;
        if (first > last || last > 63 || first == 0 && last != 0 || first > 0 && members.size() > 1 || low > 13) {
            throw JpegHeader.damaged("header of a scan");
        }
        for (Member member : members) {
            if (first == 0 ? !refines && member.dc() == null : member.ac() == null) {
                throw new BadImageException("a JPEG file that lacks a table of codes");
            }
            if (first > 0 && !member.component().wasScanned) {
                throw JpegHeader.damaged("order of scans");
            }
        }
        if (first == 0) {
            return all(refines ? this::refineMean : this::mean);
        }
        return all(refines ? this::refineBand : this::band);
    }

    private int all(Block kind) throws BadImageException {
        boolean alone = members.size() == 1;
        JpegComponent lead = members.get(0).component();
        int across = alone ? lead.blocksAcross : lead.paddedBlocksAcross() / lead.across;
        int down = alone ? lead.blocksDown : lead.paddedHeight / 8 / lead.down;
        int left = restartInterval;
        restart();
        for (int y = 0; y < down; y++) {
            for (int x = 0; x < across; x++) {
                if (restartInterval > 0 && left-- == 0) {
                    nextRestart();
                    left = restartInterval - 1;
                }
                if (alone) {
                    kind.decode(members.get(0), x, y);
                } else {
                    unit(kind, x, y);
                }
            }
            if (bits.isOverrun()) {
                throw new BadImageException("a JPEG file that ends before its image does");
            }
        }
        for (Member member : members) {
            member.component().wasScanned = true;
        }
        return isLast() ? file.length() : bits.align(file);
    }

    /** Whether no marker follows: the end of the image may be missing, its data are there. */
    private boolean isLast() {
        try {
            bits.align(file);
            return false;
        } catch (BadImageException end) {
            return true;
        }
    }

    private void unit(Block kind, int unitX, int unitY) throws BadImageException {
        for (Member member : members) {
            JpegComponent c = member.component();
            for (int v = 0; v < c.down; v++) {
                for (int h = 0; h < c.across; h++) {
                    kind.decode(member, unitX * c.across + h, unitY * c.down + v);
                }
            }
        }
    }

    private void restart() {
        empty = 0;
        for (Member member : members) {
            member.component().lastDc = 0;
        }
    }

    private void nextRestart() throws BadImageException {
        if (bits.isOverrun()) {
            throw new BadImageException("a JPEG file that ends before its image does");
        }
        int at = bits.align(file);
        int marker = file.u8(at + 1);
        if (marker < 0xd0 || marker > 0xd7) {
            throw JpegHeader.damaged("image: a part of it is missing");
        }
        bits.startAt(at + 2);
        restart();
    }

    private int nextMean(Member member) throws BadImageException {
        JpegHuffman codes = member.dc();
        int size = codes == null ? 0 : codes.next(bits);
        if (size > DC_BITS + 1) {
            throw JpegHeader.damaged("image");
        }
        return member.component().lastDc += bits.signed(size);
    }

    private void whole(Member member, int x, int y) throws BadImageException {
        JpegComponent c = member.component();
        int[] table = c.table;
        int mean = nextMean(member) * table[0];
        JpegHuffman codes = member.ac();
        int k = 1;
        boolean flat = true;
        while (k < 64 && codes != null) {
            int symbol = codes.next(bits);
            int size = symbol & 15;
            int run = symbol >> 4;
            if (size == 0) {
                if (run < 15) {
                    break;
                }
                k += 16;
                continue;
            }
            k += run;
            if (k > 63) {
                throw JpegHeader.damaged("image");
            }
            if (flat) {
                Arrays.fill(block, 0);
                flat = false;
            }
            int at = JpegDecoder.NATURAL[k++];
            block[at] = bits.signed(size) * table[at];
        }
        int to = 8 * (y * c.stride + x);
        if (flat) {
            JpegIdct.flat(mean, c.samples, to, c.stride);
        } else {
            block[0] = mean;
            idct.block(block, c.samples, to, c.stride);
        }
    }

    private static int place(Member member, int x, int y) {
        return 64 * (y * member.component().paddedBlocksAcross() + x);
    }

    private void mean(Member member, int x, int y) throws BadImageException {
        member.component().coefficients[place(member, x, y)] = (short) (nextMean(member) << low);
    }

    private void refineMean(Member member, int x, int y) {
        if (bits.take(1) != 0) {
            member.component().coefficients[place(member, x, y)] |= (short) (1 << low);
        }
    }

    private void band(Member member, int x, int y) throws BadImageException {
        if (empty > 0) {
            empty--;
            return;
        }
        JpegHuffman codes = member.ac();
        short[] coefficients = member.component().coefficients;
        int at = place(member, x, y);
        int k = first;
        while (k <= last && codes != null) {
            int symbol = codes.next(bits);
            int size = symbol & 15;
            int run = symbol >> 4;
            if (size == 0) {
                if (run < 15) {
                    empty = (1 << run) - 1 + bits.take(run);
                    return;
                }
                k += 16;
                continue;
            }
            k += run;
            if (k > last) {
                throw JpegHeader.damaged("image");
            }
            coefficients[at + JpegDecoder.NATURAL[k++]] = (short) (bits.signed(size) << low);
        }
    }

    private void refineBand(Member member, int x, int y) throws BadImageException {
        short[] coefficients = member.component().coefficients;
        JpegHuffman codes = member.ac();
        int block = place(member, x, y);
        int k = first;
        if (empty == 0) {
            while (k <= last && codes != null) {
                int symbol = codes.next(bits);
                int run = symbol >> 4;
                int value = 0;
                if ((symbol & 15) == 0) {
                    if (run < 15) {
                        empty = (1 << run) + bits.take(run);
                        break;
                    }
                } else if ((symbol & 15) == 1) {
                    value = bits.take(1) != 0 ? 1 << low : -(1 << low);
                } else {
                    throw JpegHeader.damaged("image");
                }
                k = refineUntil(coefficients, block, k, run);
                if (value != 0) {
                    if (k > last) {
                        throw JpegHeader.damaged("image");
                    }
                    coefficients[block + JpegDecoder.NATURAL[k]] = (short) value;
                }
                k++;
            }
        }
        if (empty > 0) {
            empty--;
            refineUntil(coefficients, block, k, Integer.MAX_VALUE);
        }
    }

    /** One more bit for each coefficient that is not 0, up to the zero after {@code zeros} others; returns its place in the file's order. */
    private int refineUntil(short[] coefficients, int block, int from, int zeros) {
        int left = zeros;
        int k = from;
        for (; k <= last; k++) {
            int at = block + JpegDecoder.NATURAL[k];
            int value = coefficients[at];
            if (value == 0) {
                if (left-- == 0) {
                    break;
                }
            } else if (bits.take(1) != 0 && (Math.abs(value) & 1 << low) == 0) {
                coefficients[at] = (short) (value + (value > 0 ? 1 << low : -(1 << low)));
            }
        }
        return k;
    }
}
