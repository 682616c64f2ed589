package io.mambapkd.data.formats;

import java.util.List;

/** A scan of a band of coefficients, or of one more bit of it. */
final class JpegProgressive extends JpegScan {
    private int first;
    private int last;
    /** The bit that the scan brings. */
    private int low;

    /** Blocks that follow without a coefficient. */
    private int empty;

    JpegProgressive(FileBytes file, List<Member> members, int data, int restartInterval) {
        super(file, members, data, restartInterval);
    }

    /**
     * Decodes a band of coefficients, or one more bit of it; returns where the next marker is.
     *
     * @param from, to the band
     * @param bitsOfScan the bit of the scan before in the high half, that of this one in the low half
     */
    int decode(int from, int to, int bitsOfScan) throws BadImageException {
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

    @Override
    void restart() {
        super.restart();
        empty = 0;
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
