package io.mambapkd.data.archive;

import java.nio.charset.StandardCharsets;

/** Reads the fields of a header of a tar archive: texts that a zero byte ends, and octal numbers. */
final class TarHeader {
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_BYTES = 8;

    private TarHeader() {}

    /** Whether the checksum of a block is that of its bytes. */
    static boolean isRight(byte[] block) {
        return number(block, CHECKSUM, CHECKSUM_BYTES) == sum(block);
    }

    /** The text from {@code from} on, up to a zero byte or the end. */
    static String text(byte[] bytes, int from, int most) {
        int last = Math.min(bytes.length, from + most);
        int end = from;
        while (end < last && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }

    /** An octal number between blanks; -1 where there is something else. */
    static long number(byte[] block, int from, int bytes) {
        long number = 0;
        int digits = 0;
        boolean ended = false;
        for (int i = from; i < from + bytes; i++) {
            if (block[i] == 0 || block[i] == ' ') {
                ended = digits > 0;
            } else if (ended || block[i] < '0' || block[i] > '7') {
                return -1;
            } else {
                number = number * 8 + (block[i] - '0');
                digits++;
            }
        }
        return digits == 0 ? -1 : number;
    }

    /** Of all bytes, those of the checksum taken as blanks. */
    private static long sum(byte[] block) {
        long sum = 0;
        for (int i = 0; i < TarReader.BLOCK; i++) {
            sum += i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES ? ' ' : block[i] & 0xff;
        }
        return sum;
    }
}
