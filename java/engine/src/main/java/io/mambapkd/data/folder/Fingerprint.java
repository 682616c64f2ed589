package io.mambapkd.data.folder;

import io.mambapkd.storage.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Tells one state of the files of a class from another: the SHA-256 of their names, sizes and times. */
final class Fingerprint {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int NUMBERS_BYTES = Integer.BYTES + 2 * Long.BYTES;

    private Fingerprint() {}

    /** Of the files of one class, in their order. */
    static String of(Part part, int label, List<FolderFile> files) {
        MessageDigest digest = Sha256.digest();
        // Hashed in few large pieces: there may be millions of files.
        ByteBuffer pending = ByteBuffer.allocate(BUFFER_BYTES);
        for (FolderFile file : files) {
            byte[] name = file.name().getBytes(StandardCharsets.UTF_8);
            if (pending.remaining() < NUMBERS_BYTES + name.length) {
                digest.update(pending.flip());
                pending.clear();
            }
            pending.putInt(name.length).putLong(file.size()).putLong(file.changed());
            pending.put(name);
        }
        digest.update(pending.flip());
        return part + " " + label + " " + HexFormat.of().formatHex(digest.digest());
    }
}
