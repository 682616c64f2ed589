package io.mambapkd.data;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** An array of unsigned bytes as an IDX file holds it. */
final class IdxArray {
    /** What the array is for; decides the number of axes. */
    enum Content {
        IMAGES("images", 3),
        LABELS("labels", 1);

        private final String plural;
        private final int rank;

        Content(String plural, int rank) {
            this.plural = plural;
            this.rank = rank;
        }

        String plural() {
            return plural;
        }

        int rank() {
            return rank;
        }

        /** First four bytes of the file, most significant first: two zeros, 8 for unsigned bytes, the number of axes. */
        int magic() {
            return 0x0800 | rank;
        }
    }

    private final Content content;
    private final int[] extents;
    private final byte[] values;

    IdxArray(Content content, int[] extents, byte[] values) {
        this.content = content;
        this.extents = extents;
        this.values = values;
    }

    /** Number of images or labels. */
    int count() {
        return extents[0];
    }

    int extent(int axis) {
        return extents[axis];
    }

    /** Row-major; not a copy. */
    byte[] values() {
        return values;
    }

    /** SHA-256 of the file that holds this array unpacked, header included; lower-case hexadecimal. */
    String sha256() {
        ByteBuffer header = ByteBuffer.allocate(Integer.BYTES * (1 + extents.length));
        header.putInt(content.magic());
        for (int extent : extents) {
            header.putInt(extent);
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(header.array());
            return HexFormat.of().formatHex(digest.digest(values));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
