package io.mambapkd.data.inputs;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.folder.MemoryBudget;
import io.mambapkd.data.formats.BadImageException;
import io.mambapkd.data.formats.EncodedImage;
import io.mambapkd.data.formats.ImageHead;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Brings images to the shape that a model takes, as training does it. Several threads may use it at once. */
public final class ImageDecoder {
    /**
     * An image in the shape of the model.
     *
     * @param pixels (H, W, C) unsigned bytes; not a copy
     * @param isChanged whether the image had another size, or other colours
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Decoded(byte[] pixels, boolean isChanged) {}

    private final ImageShape shape;
    private final MemoryBudget memory = MemoryBudget.ofHeap();

    /** @param shape that the model takes */
    public ImageDecoder(ImageShape shape) {
        this.shape = shape;
    }

    /**
     * Whatever goes wrong with an image is the image's fault, but for a lack of memory.
     *
     * @throws BadImageException if it cannot be read
     * @throws InputException if the memory is not enough
     */
    public Decoded decode(InputImage image) throws BadImageException {
        try {
            if (image instanceof InputImage.Pixels ready) {
                return new Decoded(ready.pixels(), false);
            }
            if (image instanceof InputImage.Encoded encoded) {
                return decode(encoded.file());
            }
            if (image instanceof InputImage.Stored stored) {
                return decode(bytes(stored.path()));
            }
            throw new BadImageException(((InputImage.Unreadable) image).what());
        } catch (IOException e) {
            throw unreadable(e);
        } catch (OutOfMemoryError e) {
            throw new InputException(
                    new Problem(
                            "the memory that Java may use is not enough to decode " + image.name(),
                            "allow more, as with MAMBA_PKD_OPTS=-Xmx4g, or use fewer threads with --threads"),
                    e);
        } catch (RuntimeException e) {
            throw new BadImageException("a damaged file (" + e.getClass().getSimpleName() + ")");
        }
    }

    static BadImageException unreadable(IOException failure) {
        return new BadImageException("a file that cannot be read (" + FileFailure.reason(failure) + ")");
    }

    private static byte[] bytes(Path path) throws IOException, BadImageException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(EncodedImage.LARGEST_FILE + 1);
            if (bytes.length > EncodedImage.LARGEST_FILE) {
                throw new BadImageException(EncodedImage.tooLarge(Files.size(path)));
            }
            return bytes;
        }
    }

    private Decoded decode(byte[] file) throws BadImageException {
        ImageHead head = EncodedImage.head(file, file.length);
        if (head == null) {
            throw new IllegalStateException("the whole file has the whole header");
        }
        byte[] pixels = new byte[shape.elements()];
        long taken = memory.take(EncodedImage.decodingBytes(head.pixels()));
        try {
            EncodedImage.decode(file, shape.height(), shape.width(), shape.channels(), pixels, 0);
        } finally {
            memory.giveBack(taken);
        }
        boolean same = head.uprightHeight() == shape.height()
                && head.uprightWidth() == shape.width()
                && head.channels() == shape.channels();
        return new Decoded(pixels, !same);
    }
}
