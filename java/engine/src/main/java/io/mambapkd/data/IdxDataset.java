package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The four IDX files of one dataset, read and fitted to each other. */
final class IdxDataset {
    /**
     * @param file where it is
     * @param sha256 of the unpacked file, or null where none is published
     */
    record Expected(IdxFile file, @Nullable String sha256) {}

    private record Part(IdxFile imagesFile, IdxFile labelsFile, IdxArray images, IdxArray labels) {
        int size() {
            return labels.count();
        }

        ImageShape shape() {
            return new ImageShape(images.extent(1), images.extent(2), 1);
        }

        int largestLabel() {
            int largest = 0;
            for (byte label : labels.values()) {
                largest = Math.max(largest, label & 0xff);
            }
            return largest;
        }

        ImageSet set(int classes) {
            return new ImageSet(shape(), classes, images.values(), labels.values());
        }
    }

    private final Part training;
    private final Part test;

    /** @param files finds a file by its standard name */
    IdxDataset(Function<String, Expected> files) {
        training = part(files, "train");
        test = part(files, "t10k");
        if (!test.shape().equals(training.shape())) {
            throw new InputException("expected test images of " + training.shape() + " like the training images, got "
                    + test.shape() + ", at " + test.imagesFile().where() + "; use the files of one dataset");
        }
    }

    private static Part part(Function<String, Expected> files, String prefix) {
        Expected imagesFile = files.apply(prefix + "-images-idx3-ubyte");
        Expected labelsFile = files.apply(prefix + "-labels-idx1-ubyte");
        IdxArray images = verified(imagesFile, IdxReader.images(imagesFile.file()));
        IdxArray labels = verified(labelsFile, IdxReader.labels(labelsFile.file()));
        if (images.count() != labels.count()) {
            throw new InputException("expected a label for each of the " + images.count() + " images of "
                    + imagesFile.file().where() + ", got " + labels.count() + " labels, at "
                    + labelsFile.file().where() + "; use the files of one dataset");
        }
        return new Part(imagesFile.file(), labelsFile.file(), images, labels);
    }

    private static IdxArray verified(Expected expected, IdxArray array) {
        if (expected.sha256() != null && !expected.sha256().equals(array.sha256())) {
            throw new InputException("expected content with the SHA-256 " + expected.sha256() + ", got "
                    + array.sha256() + ", at " + expected.file().where() + "; "
                    + expected.file().remedy());
        }
        return array;
    }

    /** A dataset whose classes and pixel statistics are known. */
    Dataset split(String name, int validationImages, List<String> classNames, Statistics statistics) {
        requireLabels(training, classNames.size(), "the classes of " + name);
        requireLabels(test, classNames.size(), "the classes of " + name);
        ImageSet all = training.set(classNames.size());
        int rest = trainingImages(validationImages);
        return new Dataset(
                name,
                all.range(0, rest),
                all.range(rest, all.size()),
                test.set(classNames.size()),
                statistics.mean(),
                statistics.standardDeviation(),
                classNames);
    }

    /** A dataset that tells its classes and pixel statistics itself. */
    Dataset split(String name, int validationImages) {
        int classes = training.largestLabel() + 1;
        if (classes < 2) {
            throw new InputException("expected labels of at least two classes, got only label 0, at "
                    + training.labelsFile().where() + "; a classifier needs something to tell apart");
        }
        requireLabels(test, classes, "the training labels");
        int rest = trainingImages(validationImages);
        Statistics statistics = Statistics.of(
                training.images().values(),
                rest * training.shape().elements(),
                training.imagesFile().where());
        return split(name, validationImages, Datasets.names(classes), statistics);
    }

    private static void requireLabels(Part part, int classes, String source) {
        int largest = part.largestLabel();
        if (largest >= classes) {
            throw new InputException("expected labels from 0 to " + (classes - 1) + " (" + source + "), got " + largest
                    + ", at " + part.labelsFile().where() + "; use the files of one dataset");
        }
    }

    private int trainingImages(int validationImages) {
        if (validationImages < 1 || validationImages >= training.size()) {
            throw new InputException("expected validationImages from 1 to " + (training.size() - 1) + ", got "
                    + validationImages + ", for the " + training.size() + " training images at "
                    + training.imagesFile().where() + "; leave images to train on");
        }
        return training.size() - validationImages;
    }
}
