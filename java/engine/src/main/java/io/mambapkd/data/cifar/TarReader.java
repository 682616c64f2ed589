package io.mambapkd.data.cifar;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of a tar archive one after the other: POSIX ustar, GNU tar, and the form before them. The archive is not trusted: each header is held to its checksum,
 * and no more is read than the bounds allow. Nothing is unpacked onto a disk.
 */
final class TarReader {
    /** What is wrong with an archive, as a clause: {@code a header with a wrong checksum}. */
    static final class Damaged extends IOException {
        private static final long serialVersionUID = 1L;

        Damaged(String what) {
            super(what);
        }
    }

    /**
     * A file of the archive.
     *
     * @param name without {@code ./} in front
     * @param size in bytes
     */
    record Entry(String name, long size) {
        /** What is after the last slash. */
        String lastName() {
            return name.substring(name.lastIndexOf('/') + 1);
        }
    }

    static final int BLOCK = 512;

    private static final int MOST_ENTRIES = 1000;
    private static final int NAME = 0;
    private static final int NAME_BYTES = 100;
    private static final int SIZE = 124;
    private static final int SIZE_BYTES = 12;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;
    private static final int PREFIX = 345;
    private static final int PREFIX_BYTES = 155;

    private final InputStream in;
    private final long most;
    private final byte[] header = new byte[BLOCK];
    private long taken;
    private long left;
    private int padding;
    private int entries;

    /**
     * @param in the archive, unpacked
     * @param most bytes that are read of it
     */
    TarReader(InputStream in, long most) {
        this.in = in;
        this.most = most;
    }

    /** Whether a file may start with these bytes: they are the header of an entry. */
    static boolean isHeader(byte[] head) {
        return head.length >= BLOCK && head[0] != 0 && checksum(head) == sum(head);
    }

    /** The next regular file, or null at the end. What is left of the one before is passed over. */
    @Nullable
    Entry next() throws IOException {
        while (true) {
            skip(left + padding);
            left = 0;
            padding = 0;
            int got = in.readNBytes(header, 0, BLOCK);
            if (got == 0 || got == BLOCK && isZero()) {
                return null;
            }
            if (got < BLOCK) {
                throw new EOFException();
            }
            taken += BLOCK;
            entries++;
            if (checksum(header) != sum(header)) {
                throw new Damaged("a header with a wrong checksum in entry " + entries);
            }
            long size = octal(SIZE, SIZE_BYTES);
            if (entries > MOST_ENTRIES || size > most - taken) {
                throw new Damaged(
                        entries > MOST_ENTRIES
                                ? "more than " + MOST_ENTRIES + " entries"
                                : "more than the " + most + " bytes that this data set has");
            }
            left = size;
            padding = (int) (-size & BLOCK - 1);
            char type = (char) (header[TYPE] & 0xff);
            switch (type) {
                case '0', '\0', '7' -> {
                    return new Entry(normalised(name()), size);
                }
                // Folders, and what pax and GNU tar say of the entry that follows.
                case '5', 'x', 'g', 'L', 'K' -> normalised(name());
                case '1', '2' -> throw new Damaged("the link " + name() + ", where files alone are expected");
                default -> throw new Damaged("the entry " + name() + " of another kind than a file");
            }
        }
    }

    /** Reads up to {@code length} bytes of the entry; fewer only at its end. */
    int read(byte[] target, int length) throws IOException {
        int wanted = (int) Math.min(length, left);
        int got = in.readNBytes(target, 0, wanted);
        left -= got;
        taken += got;
        if (got < wanted) {
            throw new EOFException();
        }
        return got;
    }

    /** Reads what follows the last entry, so that gzip compares its checksum. */
    void finish() throws IOException {
        byte[] rest = new byte[BLOCK * 64];
        for (int got = in.read(rest); got > 0; got = in.read(rest)) {
            taken += got;
            if (taken > most) {
                throw new Damaged("more than the " + most + " bytes that this data set has");
            }
        }
    }

    private void skip(long bytes) throws IOException {
        in.skipNBytes(bytes);
        taken += bytes;
    }

    private boolean isZero() {
        for (byte value : header) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private String name() {
        String name = text(NAME, NAME_BYTES);
        boolean prefixed = text(MAGIC, 6).equals("ustar") && header[PREFIX] != 0;
        return prefixed ? text(PREFIX, PREFIX_BYTES) + "/" + name : name;
    }

    private static String normalised(String name) throws Damaged {
        String relative = name;
        while (relative.startsWith("./")) {
            relative = relative.substring(2);
        }
        if (relative.startsWith("/") || Arrays.asList(relative.split("/")).contains("..")) {
            throw new Damaged("the entry " + name + ", which leads out of the archive");
        }
        return relative;
    }

    private String text(int from, int bytes) {
        int end = from;
        while (end < from + bytes && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }

    private long octal(int from, int bytes) throws Damaged {
        long number = number(header, from, bytes);
        if (number < 0) {
            throw new Damaged("a size that is no octal number in entry " + entries);
        }
        return number;
    }

    /** An octal number between blanks; -1 where there is something else. */
    private static long number(byte[] block, int from, int bytes) {
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

    private static long checksum(byte[] block) {
        return number(block, CHECKSUM, CHECKSUM_BYTES);
    }

    /** Of all bytes, those of the checksum taken as blanks. */
    private static long sum(byte[] block) {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES ? ' ' : block[i] & 0xff;
        }
        return sum;
    }
}
