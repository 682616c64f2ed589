package io.mambapkd.data.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of a tar archive one after the other: POSIX ustar and pax, GNU tar, and the form before them. The archive is not trusted: each header is held to its
 * checksum, and no more is read than the bounds allow. Nothing is unpacked onto a disk.
 */
public final class TarReader {
    /** What is wrong with an archive, as a clause: {@code a header with a wrong checksum}. */
    public static final class Damaged extends IOException {
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
    public record Entry(String name, long size) {
        /** What is after the last slash. */
        public String lastName() {
            return name.substring(name.lastIndexOf('/') + 1);
        }
    }

    /** What becomes of links, devices, and names that lead out of the archive. */
    public enum Others {
        /** The archive is damaged: it has files alone. */
        REFUSED,
        /** They are counted, and names stay as they are. */
        PASSED_OVER
    }

    /**
     * How much is read of an archive.
     *
     * @param bytes of it, unpacked
     * @param entries the most
     */
    public record Bounds(long bytes, long entries) {
        /** An archive that is read piece by piece may have any length. */
        public static final Bounds NONE = new Bounds(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Bytes of a header. */
    public static final int BLOCK = 512;

    private static final int LONGEST_DESCRIPTION = 1 << 20;
    private static final int NAME = 0;
    private static final int NAME_BYTES = 100;
    private static final int SIZE = 124;
    private static final int SIZE_BYTES = 12;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;
    private static final int PREFIX = 345;
    private static final int PREFIX_BYTES = 155;

    private final InputStream in;
    private final Bounds bounds;
    private final Others others;
    private final byte[] header = new byte[BLOCK];
    private long taken;
    private long left;
    private int padding;
    private long entries;
    private int links;
    private int special;
    private boolean ended;
    /** Of the entry that follows; empty where its header has it. */
    private String longName = "";

    /** @param in the archive, unpacked */
    public TarReader(InputStream in, Bounds bounds, Others others) {
        this.in = in;
        this.bounds = bounds;
        this.others = others;
    }

    /** Whether the mark of its end was met. Some programs leave it out; else the archive is cut off between two entries. */
    public boolean isEnded() {
        return ended;
    }

    /** Number of links met so far. */
    public int links() {
        return links;
    }

    /** Number of pipes, devices and entries of unknown kinds met so far. */
    public int special() {
        return special;
    }

    /** Whether a file may start with these bytes: they are the header of an entry. */
    public static boolean isHeader(byte[] head) {
        return head.length >= BLOCK && head[0] != 0 && TarHeader.isRight(head);
    }

    /** The next regular file, or null at the end. What is left of the one before is passed over. */
    public @Nullable Entry next() throws IOException {
        while (true) {
            skip(left + padding);
            left = 0;
            padding = 0;
            int got = in.readNBytes(header, 0, BLOCK);
            if (got == 0 || got == BLOCK && isZero()) {
                ended = got == BLOCK;
                return null;
            }
            if (got < BLOCK) {
                throw new EOFException();
            }
            taken += BLOCK;
            entries++;
            Entry file = entry();
            if (file != null) {
                return file;
            }
        }
    }

    /** The entry of the header that was read; null where it is no file. */
    private @Nullable Entry entry() throws IOException {
        if (!TarHeader.isRight(header)) {
            throw new Damaged("a header with a wrong checksum in entry " + entries);
        }
        long size = octal(SIZE, SIZE_BYTES);
        if (entries > bounds.entries() || size > bounds.bytes() - taken) {
            throw new Damaged(
                    entries > bounds.entries()
                            ? "more than " + bounds.entries() + " entries"
                            : "more than the " + bounds.bytes() + " bytes that this data set has");
        }
        left = size;
        padding = (int) (-size & BLOCK - 1);
        String name = longName.isEmpty() ? name() : longName;
        switch ((char) (header[TYPE] & 0xff)) {
            case '0', '\0', '7' -> {
                longName = "";
                return new Entry(normalised(name), size);
            }
            // What GNU tar and pax say of the entry that follows.
            case 'L' -> longName = TarHeader.text(content(), 0, LONGEST_DESCRIPTION);
            case 'x' -> longName = PaxHeader.path(content(), entries);
            case 'g', 'K' -> normalised(name());
            case '5' -> {
                normalised(name);
                longName = "";
            }
            case '1', '2' -> {
                passOver("the link " + name + ", where files alone are expected");
                links++;
            }
            default -> {
                passOver("the entry " + name + " of another kind than a file");
                special++;
            }
        }
        return null;
    }

    private void passOver(String what) throws Damaged {
        if (others == Others.REFUSED) {
            throw new Damaged(what);
        }
        longName = "";
    }

    /** All of an entry that describes another. */
    private byte[] content() throws IOException {
        if (left > LONGEST_DESCRIPTION) {
            throw new Damaged("a description of " + left + " bytes in entry " + entries);
        }
        return rest();
    }

    /**
     * Reads all that is left of the entry, which is less than 2^31 bytes. Memory grows with what there is, not with what the header claims.
     *
     * @throws EOFException if the archive has less
     */
    public byte[] rest() throws IOException {
        int wanted = Math.toIntExact(left);
        byte[] rest = in.readNBytes(wanted);
        left -= rest.length;
        taken += rest.length;
        if (rest.length < wanted) {
            throw new EOFException();
        }
        return rest;
    }

    /** Reads up to {@code length} bytes of the entry; fewer only at its end. */
    public int read(byte[] target, int length) throws IOException {
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
    public void finish() throws IOException {
        byte[] rest = new byte[BLOCK * 64];
        for (int got = in.read(rest); got > 0; got = in.read(rest)) {
            taken += got;
            if (taken > bounds.bytes()) {
                throw new Damaged("more than the " + bounds.bytes() + " bytes that this data set has");
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
        String name = TarHeader.text(header, NAME, NAME_BYTES);
        boolean prefixed = TarHeader.text(header, MAGIC, 6).equals("ustar") && header[PREFIX] != 0;
        return prefixed ? TarHeader.text(header, PREFIX, PREFIX_BYTES) + "/" + name : name;
    }

    private String normalised(String name) throws Damaged {
        String relative = name;
        while (relative.startsWith("./")) {
            relative = relative.substring(2);
        }
        boolean leaves =
                relative.startsWith("/") || Arrays.asList(relative.split("/")).contains("..");
        if (leaves && others == Others.REFUSED) {
            throw new Damaged("the entry " + name + ", which leads out of the archive");
        }
        return relative;
    }

    private long octal(int from, int bytes) throws Damaged {
        long number = TarHeader.number(header, from, bytes);
        if (number < 0) {
            throw new Damaged("a size that is no octal number in entry " + entries);
        }
        return number;
    }
}
