package io.mambapkd.data.formats;

import java.util.Arrays;
import java.util.List;

/** A scan of whole blocks. */
final class JpegSequential extends JpegScan {
    private final int[] block = new int[64];
    private final JpegIdct idct = new JpegIdct();

    JpegSequential(FileBytes file, List<Member> members, int data, int restartInterval) {
        super(file, members, data, restartInterval);
    }

    /** Decodes whole blocks into samples; returns where the next marker is. */
    int decode() throws BadImageException {
        for (Member member : members) {
            if (member.dc() == null || member.ac() == null) {
                throw new BadImageException("a JPEG file that lacks a table of codes");
            }
        }
        return all(this::whole);
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
}
