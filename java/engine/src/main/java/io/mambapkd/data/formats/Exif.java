package io.mambapkd.data.formats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The orientation that a camera left in EXIF data (CIPA DC-008, tag 0x0112 of IFD 0), which is a TIFF file of its own. */
final class Exif {
    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY_BYTES = 12;
    private static final int HEADER_BYTES = 8;

    private Exif() {}

    /** 1 to 8 as in {@link Turn}; 1 where the data do not tell. */
    static int orientation(byte[] bytes, int from, int length) {
        if (length < HEADER_BYTES) {
            return 1;
        }
        ByteBuffer tiff = ByteBuffer.wrap(bytes, from, length).slice();
        int order = tiff.getShort(0);
        if (order == 0x4949) {
            tiff.order(ByteOrder.LITTLE_ENDIAN);
        } else if (order != 0x4d4d) {
            return 1;
        }
        long start = tiff.getInt(4) & 0xffffffffL;
        if (start + 2 > length) {
            return 1;
        }
        int entries = tiff.getShort((int) start) & 0xffff;
        for (int i = 0; i < entries; i++) {
            long at = start + 2 + (long) ENTRY_BYTES * i;
            if (at + ENTRY_BYTES > length) {
                return 1;
            }
            if ((tiff.getShort((int) at) & 0xffff) == ORIENTATION && tiff.getShort((int) at + 2) == SHORT) {
                int value = tiff.getShort((int) at + 8) & 0xffff;
                return value >= 1 && value <= 8 ? value : 1;
            }
        }
        return 1;
    }
}
