package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.tensor.ImageShape;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * How large a dataset in a folder is, by the headers of its files: known where the images themselves do not fit into memory.
 *
 * @param training number of training images, those for validation included
 * @param test number of test images
 * @param image extents of each
 * @param classes K, by the largest training label
 */
public record DatasetExtents(int training, int test, ImageShape image, int classes) {
    private static final int GZIP_MAGIC = 0x1f8b;

    /** Of a descriptor that names a folder; nothing where it names none, or its files cannot be read. */
    public static Optional<DatasetExtents> read(String descriptor) {
        int colon = descriptor.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        try {
            Path folder = Path.of(descriptor.substring(colon + 1));
            int[] training = images(IdxFile.in(folder, "train-images-idx3-ubyte"));
            int[] test = images(IdxFile.in(folder, "t10k-images-idx3-ubyte"));
            int classes = classes(IdxFile.in(folder, "train-labels-idx1-ubyte"));
            return Optional.of(
                    new DatasetExtents(training[0], test[0], new ImageShape(training[1], training[2], 1), classes));
        } catch (IOException | InputException | IllegalArgumentException unknown) {
            return Optional.empty();
        }
    }

    private static int[] images(IdxFile file) throws IOException {
        try (DataInputStream in = open(file)) {
            in.readInt();
            return new int[] {in.readInt(), in.readInt(), in.readInt()};
        }
    }

    private static int classes(IdxFile file) throws IOException {
        try (DataInputStream in = open(file)) {
            in.readLong();
            int largest = 0;
            for (int label = in.read(); label >= 0; label = in.read()) {
                largest = Math.max(largest, label);
            }
            return largest + 1;
        }
    }

    /** The unpacked content. */
    private static DataInputStream open(IdxFile file) throws IOException {
        InputStream raw = new BufferedInputStream(file.bytes().open());
        raw.mark(2);
        boolean packed = (raw.read() << 8 | raw.read()) == GZIP_MAGIC;
        raw.reset();
        return new DataInputStream(packed ? new BufferedInputStream(new GZIPInputStream(raw)) : raw);
    }
}
