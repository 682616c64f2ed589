package io.mambapkd.data.archive;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Makes tar archives, entry by entry. */
public final class TarBytes {
    private static final int BLOCK = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A file with a name of at most 100 bytes. */
    public TarBytes file(String name, byte[] content) {
        return entry(name, '0', content);
    }

    /** A file whose name stands in an entry before it, as GNU tar writes long ones. */
    public TarBytes gnuFile(String name, byte[] content) {
        entry("././@LongLink", 'L', (name + "\0").getBytes(StandardCharsets.UTF_8));
        return file("cut", content);
    }

    /** A file whose name stands in the pax header before it. */
    public TarBytes paxFile(String name, byte[] content) {
        return paxFile(record("mtime=1.5") + record("path=" + name), "cut", content);
    }

    /** A file behind a pax header of these records. */
    public TarBytes paxFile(String records, String name, byte[] content) {
        entry("PaxHeaders/x", 'x', records.getBytes(StandardCharsets.UTF_8));
        return file(name, content);
    }

    /** {@code LENGTH KEY=VALUE} with a line break, which the length counts, as it does itself. */
    public static String record(String assignment) {
        int bytes = assignment.getBytes(StandardCharsets.UTF_8).length + 2;
        int length = bytes + 1;
        while (bytes + Integer.toString(length).length() != length) {
            length++;
        }
        return length + " " + assignment + "\n";
    }

    /** An entry of any type. */
    public TarBytes entry(String name, char type, byte[] content) {
        header(name, type, content.length);
        out.writeBytes(Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK));
        return this;
    }

    /** A header alone. */
    public TarBytes header(String name, char type, long size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 124, String.format(Locale.ROOT, "%011o\0", size));
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte value : header) {
            sum += value & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        out.writeBytes(header);
        return this;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** All entries so far, without the mark of the end. */
    public byte[] open() {
        return out.toByteArray();
    }

    /** The whole archive. */
    public byte[] closed() {
        byte[] entries = open();
        return Arrays.copyOf(entries, entries.length + 2 * BLOCK);
    }
}
