package io.mambapkd.data.folder;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Tells one state of the files of a class from another, by two sums of 32 bits over their names, sizes and times. A cryptographic hash of tens of thousands of files takes
 * Java a tenth of a second, most of it to compile the hash.
 */
final class Fingerprint {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int NUMBERS_BYTES = Integer.BYTES + 2 * Long.BYTES;

    private final CRC32 one = new CRC32();
    private final CRC32C other = new CRC32C();
    private final ByteBuffer pending = ByteBuffer.allocate(BUFFER_BYTES);

    private Fingerprint() {}

    /** Of the files of one class, in their order. */
    static String of(Part part, int label, List<FolderFile> files) {
        Fingerprint fingerprint = new Fingerprint();
        files.forEach(fingerprint::add);
        fingerprint.flush();
        return part + " " + label + " " + files.size() + " " + fingerprint.one.getValue() + " "
                + fingerprint.other.getValue();
    }

    private void add(FolderFile file) {
        byte[] name = file.name().getBytes(StandardCharsets.UTF_8);
        if (pending.remaining() < NUMBERS_BYTES + name.length) {
            flush();
        }
        pending.putInt(name.length).putLong(file.size()).putLong(file.changed());
        pending.put(name);
    }

    private void flush() {
        pending.flip();
        one.update(pending.duplicate());
        other.update(pending.duplicate());
        pending.clear();
    }
}
