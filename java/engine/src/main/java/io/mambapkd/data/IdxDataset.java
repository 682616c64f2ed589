package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The four IDX files of one dataset, read and fitted to each other. */
final class IdxDataset {
    /**
     * @param file where it is
     * @param sha256 of the unpacked file, or null where none is published
     */
    record Expected(IdxFile file, @Nullable String sha256) {}

    private record Part(IdxFile imagesFile, IdxFile labelsFile, IdxArray images, IdxArray labels) {
        ImageShape shape() {
            return images.shape();
        }

        ImageSet set(int classes) {
            return new ImageSet(shape(), classes, images.values(), labels.values());
        }

        Stream<String> notes() {
            return Stream.concat(images.notes().stream(), labels.notes().stream());
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
    Dataset split(String name, DatasetRequest request, List<String> classNames, Statistics statistics) {
        int largest = classNames.size() - 1;
        String source = "the classes of " + name;
        LabelMap.requireUpTo(
                largest,
                training.labels().values(),
                source,
                training.labelsFile().where());
        LabelMap.requireUpTo(
                largest, test.labels().values(), source, test.labelsFile().where());
        return split(name, request, classNames, Optional.of(statistics));
    }

    /** A dataset that tells its classes and pixel statistics itself. */
    Dataset split(String name, DatasetRequest request) {
        LabelMap classes = LabelMap.of(
                training.labels().values(),
                test.labels().values(),
                training.labelsFile().where(),
                test.labelsFile().where());
        classes.renumber(training.labels().values());
        classes.renumber(test.labels().values());
        return split(name, request, classes.names(), Optional.empty())
                .noting(classes.notes(training.labelsFile().where()));
    }

    private Dataset split(
            String name, DatasetRequest request, List<String> classNames, Optional<Statistics> published) {
        return Split.dataset(
                name,
                request,
                training.set(classNames.size()),
                test.set(classNames.size()),
                classNames,
                published,
                training.imagesFile().where(),
                Stream.concat(training.notes(), test.notes()).toList());
    }
}
