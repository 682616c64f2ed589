package io.mambapkd.data.inputs;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.ElementType;
import io.mambapkd.data.IdxHeader;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.Consumer;

/** An IDX file of images, which is read image by image, so that it may be of any length. */
final class IdxInput {
    private final String name;
    private final ImageShape shape;
    private final int count;
    private final int headerBytes;

    private IdxInput(String name, ImageShape shape, int count, int headerBytes) {
        this.name = name;
        this.shape = shape;
        this.count = count;
        this.headerBytes = headerBytes;
    }

    /** Whether a file may start with these bytes. */
    static boolean isHeader(byte[] head) {
        return IdxHeader.axes(head) > 0;
    }

    /**
     * @param head the first bytes of the file, for which {@link #isHeader} holds
     * @param name for messages
     * @param shape that the model takes
     * @throws InputException if the file holds anything else than images of that shape
     */
    static IdxInput of(byte[] head, String name, ImageShape shape) {
        int axes = IdxHeader.axes(head);
        if (head.length < Integer.BYTES * (1 + axes)) {
            throw refused("a file that ends within its header", name, "get the file again");
        }
        IdxHeader written = IdxHeader.of(head);
        // As with training, the extents decide where the magic number and they differ in the order of their bytes.
        IdxHeader header = fits(written.swapped(), shape) && !fits(written, shape) ? written.swapped() : written;
        if (axes == 1) {
            throw refused("one of labels", name, "name the file of the images");
        }
        if (!fits(header, shape)) {
            throw refused(
                    header.text("images"),
                    name,
                    "the model takes images of " + shape + ": bring them to this size, or take another model");
        }
        if (header.type() != ElementType.UNSIGNED_BYTE) {
            throw refused("one of " + header.type().plural(), name, "write unsigned bytes");
        }
        int count = header.extents()[0];
        if (count < 1) {
            throw refused("one without images (an extent of " + count + ")", name, "get the file again");
        }
        return new IdxInput(name, shape, count, header.bytes());
    }

    private static boolean fits(IdxHeader header, ImageShape shape) {
        int[] extents = header.extents();
        int[] rest = Arrays.copyOfRange(extents, 1, extents.length);
        int[] plain = {shape.height(), shape.width()};
        int[] last = {shape.height(), shape.width(), shape.channels()};
        int[] first = {1, shape.height(), shape.width()};
        boolean row = rest.length == 1 && shape.height() == shape.width() && rest[0] == shape.height() * shape.width();
        boolean grey = shape.channels() == 1 && (row || Arrays.equals(rest, plain) || Arrays.equals(rest, first));
        return grey || Arrays.equals(rest, last);
    }

    private static InputException refused(String got, String name, String remedy) {
        return new InputException(new Problem("expected an IDX file of images, got " + got + ", at " + name, remedy));
    }

    /**
     * Gives all images to {@code sink}, and what is missing or too much at the end.
     *
     * @param in the file, unpacked, at its first byte
     */
    void read(InputStream in, Consumer<InputImage> sink) throws IOException {
        in.skipNBytes(headerBytes);
        for (int i = 0; i < count; i++) {
            byte[] pixels = new byte[shape.elements()];
            int got = in.readNBytes(pixels, 0, pixels.length);
            if (got < pixels.length) {
                sink.accept(new InputImage.Unreadable(
                        name, "an IDX file that is cut off: it has " + i + " of its " + count + " images"));
                return;
            }
            sink.accept(new InputImage.Pixels(name + "[" + i + "]", pixels));
        }
        if (in.read() >= 0) {
            sink.accept(new InputImage.Unreadable(name, "an IDX file that goes on behind its " + count + " images"));
        }
    }
}
