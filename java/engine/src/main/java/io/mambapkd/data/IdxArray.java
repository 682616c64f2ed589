package io.mambapkd.data;

import io.mambapkd.storage.Sha256;
import io.mambapkd.tensor.ImageShape;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Images (n, H, W) or (n, H, W, C), or labels (n), of one unsigned byte a value, as an IDX file held them. */
final class IdxArray {
    /** What the array is for. */
    enum Content {
        IMAGES("images"),
        LABELS("labels");

        private final String plural;

        Content(String plural) {
            this.plural = plural;
        }

        String plural() {
            return plural;
        }
    }

    private final int[] extents;
    private final byte[] values;
    private final List<String> notes;

    /** @param notes what the user must know about how the file was read */
    IdxArray(int[] extents, byte[] values, List<String> notes) {
        this.extents = extents;
        this.values = values;
        this.notes = List.copyOf(notes);
    }

    /** Number of images or labels. */
    int count() {
        return extents[0];
    }

    int extent(int axis) {
        return extents[axis];
    }

    /** Of one image. */
    ImageShape shape() {
        return new ImageShape(extents[1], extents[2], extents.length == 4 ? extents[3] : 1);
    }

    /** Row-major; not a copy. */
    byte[] values() {
        return values;
    }

    List<String> notes() {
        return notes;
    }

    /** SHA-256 of the plain file of unsigned bytes that holds this array, header included; lower-case hexadecimal. */
    String sha256() {
        ByteBuffer header = ByteBuffer.allocate(Integer.BYTES * (1 + extents.length));
        header.putInt(0x0800 | extents.length);
        for (int extent : extents) {
            header.putInt(extent);
        }
        MessageDigest digest = Sha256.digest();
        digest.update(header.array());
        return HexFormat.of().formatHex(digest.digest(values));
    }
}
