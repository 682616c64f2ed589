package io.mambapkd.data;

import io.mambapkd.data.cifar.Cifar;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Objects;
import java.util.Optional;

/**
 * How large a dataset in a folder is, by the headers of its files: known where the images themselves do not fit into memory.
 *
 * @param training number of training images, those for validation and calibration included
 * @param test number of test images
 * @param image extents of each
 * @param classes K, by the training labels
 */
public record DatasetExtents(int training, int test, ImageShape image, int classes) {
    /** Of a descriptor that names a folder, or of CIFAR-10 and CIFAR-100 as they are published; nothing where it names neither, or its files cannot be read. */
    public static Optional<DatasetExtents> read(String descriptor) {
        int colon = descriptor.indexOf(':');
        Optional<Cifar> cifar = Cifar.of(colon < 0 ? descriptor : descriptor.substring(0, colon));
        if (cifar.isPresent()) {
            return Optional.of(new DatasetExtents(
                    Cifar.TRAINING_IMAGES,
                    Cifar.TEST_IMAGES,
                    CifarDataset.SHAPE,
                    cifar.get().classes()));
        }
        if (colon < 0) {
            return Optional.empty();
        }
        try {
            IdxNames names = IdxNames.find(Path.of(descriptor.substring(colon + 1)));
            int[] training = images(file(names, "train-images-idx3-ubyte"));
            int[] test = images(file(names, "t10k-images-idx3-ubyte"));
            BitSet classes = new BitSet();
            for (byte label :
                    IdxReader.labels(file(names, "train-labels-idx1-ubyte")).values()) {
                classes.set(label & 0xff);
            }
            int channels = training.length == 4 ? training[3] : 1;
            ImageShape image = new ImageShape(training[1], training[2], channels);
            return Optional.of(new DatasetExtents(training[0], test[0], image, classes.cardinality()));
        } catch (IOException | RuntimeException unknown) {
            return Optional.empty();
        }
    }

    private static IdxFile file(IdxNames names, String name) {
        return IdxFile.at(Objects.requireNonNull(names.files().get(name)));
    }

    /** The extents in a header of three or four axes. */
    private static int[] images(IdxFile file) throws IOException {
        try (Unpacked unpacked = Unpacked.open(file.bytes())) {
            return IdxHeader.of(unpacked.head()).extents();
        }
    }
}
