package io.mambapkd.data.inputs;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.data.archive.Gzip;
import io.mambapkd.data.archive.TarReader;
import io.mambapkd.data.folder.MemoryBudget;
import io.mambapkd.data.folder.PassedOver;
import io.mambapkd.data.formats.EncodedImage;
import io.mambapkd.tensor.ImageShape;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Bytes of which the first tell what they are: an image, an IDX file or a tar archive, plain or gzipped. */
final class StreamInput {
    private static final int BUFFER_BYTES = 1 << 16;

    private final String name;
    private final ImageShape shape;

    /**
     * @param name for messages
     * @param shape that the model takes
     */
    StreamInput(String name, ImageShape shape) {
        this.name = name;
        this.shape = shape;
    }

    /**
     * Looks at the first bytes alone.
     *
     * @throws InputException if they are those of an IDX file that holds anything else than images for the model
     */
    void check(InputStream raw) throws IOException {
        try {
            byte[] head = head(unpacked(raw));
            if (IdxInput.isHeader(head)) {
                IdxInput.of(head, name, shape);
            }
        } catch (EOFException | ZipException damaged) {
            // Named as such when it is read.
            return;
        }
    }

    /**
     * Gives all images to {@code sink}.
     *
     * @param memory is free again for a file of an archive when {@code sink} gets it
     * @return false if it is empty, and nothing was given
     * @throws InputException if it is an IDX file of anything else than images for the model
     */
    boolean read(InputStream raw, MemoryBudget memory, PassedOver passedOver, Consumer<InputImage> sink) {
        boolean isPacked = false;
        try {
            BufferedInputStream in = new BufferedInputStream(raw, BUFFER_BYTES);
            isPacked = Gzip.isNext(in);
            return read(isPacked ? unpacked(in) : in, sink, memory, passedOver);
        } catch (EOFException e) {
            unreadable(sink, isPacked ? "a gzip file that is cut off" : "a file that is cut off");
        } catch (ZipException e) {
            unreadable(sink, "a damaged gzip file (" + FileFailure.reason(e) + ")");
        } catch (IOException e) {
            unreadable(sink, "a file that cannot be read (" + FileFailure.reason(e) + ")");
        }
        return true;
    }

    private void unreadable(Consumer<InputImage> sink, String what) {
        sink.accept(new InputImage.Unreadable(name, what));
    }

    private boolean read(BufferedInputStream in, Consumer<InputImage> sink, MemoryBudget memory, PassedOver passedOver)
            throws IOException {
        byte[] head = head(in);
        if (head.length == 0) {
            return false;
        }
        if (TarReader.isHeader(head)) {
            TarInput.read(name, in, memory, passedOver, sink);
        } else if (IdxInput.isHeader(head)) {
            IdxInput.of(head, name, shape).read(in, sink);
        } else {
            byte[] file = in.readNBytes(EncodedImage.LARGEST_FILE + 1);
            sink.accept(
                    file.length > EncodedImage.LARGEST_FILE
                            ? new InputImage.Unreadable(
                                    name, "a file of more than " + EncodedImage.LARGEST_FILE + " bytes")
                            : new InputImage.Encoded(name, file));
        }
        return true;
    }

    private static BufferedInputStream unpacked(InputStream raw) throws IOException {
        BufferedInputStream in = new BufferedInputStream(raw, BUFFER_BYTES);
        return Gzip.isNext(in)
                ? new BufferedInputStream(new GZIPInputStream(new PresentInput(in), BUFFER_BYTES), BUFFER_BYTES)
                : in;
    }

    private static byte[] head(BufferedInputStream in) throws IOException {
        in.mark(TarReader.BLOCK);
        byte[] head = in.readNBytes(TarReader.BLOCK);
        in.reset();
        return head;
    }
}
