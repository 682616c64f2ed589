package io.mambapkd.data.formats;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One scan of a JPEG image: all blocks of one component, or of several in turns. */
class JpegScan {
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
    interface Block {
        /** @param x, y its place among the blocks of its component */
        void decode(Member member, int x, int y) throws BadImageException;
    }

    private static final int DC_BITS = 11;

    private final FileBytes file;
    final List<Member> members;
    private final int restartInterval;
    final JpegBits bits;
    /** @param data where the bits begin */
    JpegScan(FileBytes file, List<Member> members, int data, int restartInterval) {
        this.file = file;
        this.members = members;
        this.restartInterval = restartInterval;
        this.bits = new JpegBits(file.array(), data);
    }

    int all(Block kind) throws BadImageException {
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

    /** Forgets what came before. */
    void restart() {
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

    int nextMean(Member member) throws BadImageException {
        JpegHuffman codes = member.dc();
        int size = codes == null ? 0 : codes.next(bits);
        if (size > DC_BITS + 1) {
            throw JpegHeader.damaged("image");
        }
        return member.component().lastDc += bits.signed(size);
    }
}
