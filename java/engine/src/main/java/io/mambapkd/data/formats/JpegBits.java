package io.mambapkd.data.formats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The bits of a scan, without the zero bytes that are stuffed behind 255. Behind a marker and behind the end there are zeros, which are counted. */
final class JpegBits {
    private static final VarHandle BIG_INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private int position;
    /** The next bits from the highest of the {@link #count} low ones on. */
    private long buffer;

    private int count;
    /** Bits in the buffer, or taken from it, that are not in the file. */
    private int invented;

    JpegBits(byte[] bytes, int position) {
        this.bytes = bytes;
        this.position = position;
    }

    private void fill() {
        if (position + Integer.BYTES <= bytes.length) {
            int four = (int) BIG_INT.get(bytes, position);
            if (!has255(four)) {
                buffer = buffer << 32 | four & 0xffffffffL;
                count += 32;
                position += Integer.BYTES;
                return;
            }
        }
        while (count <= 32) {
            int value = 0;
            if (position < bytes.length && bytes[position] != (byte) 0xff) {
                value = bytes[position++] & 0xff;
            } else if (position + 1 < bytes.length && bytes[position + 1] == 0) {
                value = 0xff;
                position += 2;
            } else {
                invented += 8;
            }
            buffer = buffer << 8 | value;
            count += 8;
        }
    }

    private static boolean has255(int four) {
        int inverted = ~four;
        return (inverted - 0x01010101 & ~inverted & 0x80808080) != 0;
    }

    /** The next 16 bits, which stay. */
    int peek16() {
        if (count < 16) {
            fill();
        }
        return (int) (buffer >>> count - 16) & 0xffff;
    }

    /** Passes over bits that were peeked at. */
    void skip(int bits) {
        count -= bits;
    }

    /** The next bits, at most 16, as a number. */
    int take(int bits) {
        if (count < bits) {
            fill();
        }
        count -= bits;
        return (int) (buffer >>> count) & (1 << bits) - 1;
    }

    /** A number of so many bits with its sign, as T.81 extends it. */
    int signed(int bits) {
        if (bits == 0) {
            return 0;
        }
        int value = take(bits);
        return value < 1 << bits - 1 ? value - (1 << bits) + 1 : value;
    }

    /** Whether bits were taken that are not in the file. */
    boolean isOverrun() {
        return count < invented;
    }

    /** Goes to the next marker; returns where it begins. */
    int align(FileBytes file) throws BadImageException {
        // What was read ahead is of this scan: a marker ends the reading.
        startAt(JpegHeader.marker(file, position));
        return position;
    }

    void startAt(int from) {
        position = from;
        count = 0;
        buffer = 0;
        invented = 0;
    }
}
