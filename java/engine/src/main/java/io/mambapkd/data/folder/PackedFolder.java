package io.mambapkd.data.folder;

import io.mambapkd.image.PixelSums;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.Map;

/**
 * The images of a folder, decoded.
 *
 * @param shape of every image
 * @param classNames sorted
 * @param parts training, validation, test; those that there are
 * @param notes what the user must know about the files
 */
public record PackedFolder(ImageShape shape, List<String> classNames, Map<Part, Images> parts, List<String> notes) {
    /**
     * Images in an order that does not depend on their classes.
     *
     * @param pixels (n, H, W, C), one unsigned byte a value
     * @param labels (n)
     * @param sums of the pixels
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Images(byte[] pixels, byte[] labels, PixelSums sums) {}

    public PackedFolder {
        classNames = List.copyOf(classNames);
        parts = Map.copyOf(parts);
        notes = List.copyOf(notes);
    }

    PackedFolder with(List<String> otherNotes) {
        return new PackedFolder(shape, classNames, parts, otherNotes);
    }
}
