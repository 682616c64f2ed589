package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Amount;
import io.mambapkd.data.folder.FolderImages;
import io.mambapkd.data.folder.FolderRequest;
import io.mambapkd.data.folder.ImageOptions;
import io.mambapkd.data.folder.PackedFolder;
import io.mambapkd.data.folder.PackingListener;
import io.mambapkd.data.folder.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The images of a folder as a data set: with a part of the training images for the test and for validation where there are no folders for these. */
final class FolderDataset {
    private FolderDataset() {}

    static Dataset open(Path folder, DatasetRequest request, int threads, PackingListener listener) {
        return split(folder, FolderImages.open(images(folder, request, threads), listener), request);
    }

    private static FolderRequest images(Path folder, DatasetRequest request, int threads) {
        ImageOptions options = request.images();
        @Nullable Path usual = FolderImages.usualCache(System.getenv(), System.getProperty("user.home"));
        return new FolderRequest(
                folder, options.size(), options.channels(), options.bad(), options.cache(usual), threads);
    }

    /** As in {@link FolderImages#cacheDamage}. */
    static Optional<String> cacheDamage(Path folder, DatasetRequest request, int threads) {
        return FolderImages.cacheDamage(images(folder, request, threads));
    }

    private static Dataset split(Path folder, PackedFolder packed, DatasetRequest request) {
        List<String> notes = new ArrayList<>(packed.notes());
        int classes = packed.classNames().size();
        ImageSet training = set(packed, Part.TRAINING, request);
        if (training == null) {
            throw new InputException(
                    new Problem("expected training images, got none that can be read, at " + folder, "add some"));
        }
        ImageSet test = set(packed, Part.TEST, request);
        if (test == null) {
            Split drawn =
                    Split.of(training.labelBytes(), classes, Amount.of(0), SplitKind.STRATIFIED, folder.toString());
            int all = training.size();
            test = training.chosen(drawn.validation());
            training = training.left(drawn.validation(), test);
            notes.add(test.size() + " of the " + all + (test.size() == 1 ? " images is" : " images are")
                    + " drawn for the test, in proportion to the classes, as " + folder
                    + " has no images in a folder test; put some there to choose them");
        }
        int available = training.size();
        ImageSet validation = set(packed, Part.VALIDATION, request);
        boolean own = validation != null;
        if (validation == null) {
            Split drawn = Split.of(
                    training.labelBytes(), classes, request.validationImages(), request.split(), folder.toString());
            validation = training.chosen(drawn.validation());
            training = training.left(drawn.validation(), validation);
        } else if (!request.validationImages().isZero()
                && request.validationImages().ofTotal(training.size()) != validation.size()) {
            notes.add("the " + validation.size() + " validation images of " + folder + " are used, not the "
                    + request.validationImages() + " of validationImages; remove the folder to draw them");
        }
        CalibrationSplit rest =
                CalibrationSplit.of(training, available, classes, request.calibrationImages(), folder.toString());
        Statistics statistics = Statistics.of(rest.training(), folder.toString());
        Path last = folder.toAbsolutePath().normalize().getFileName();
        Dataset dataset = new Dataset(
                last == null ? "folder" : last.toString(),
                rest.training(),
                rest.calibration(),
                validation,
                test,
                statistics.mean(),
                statistics.standardDeviation(),
                packed.classNames(),
                request.split(),
                notes);
        if (!own && request.validationImages().isZero()) {
            notes.add(Split.note(dataset));
        }
        notes.addAll(DataNotes.of(dataset));
        return dataset.noted(notes);
    }

    private static @Nullable ImageSet set(PackedFolder packed, Part part, DatasetRequest request) {
        PackedFolder.Images images = packed.parts().get(part);
        return images == null || images.labels().length == 0
                ? null
                : new ImageSet(packed.shape(), packed.classNames().size(), images.pixels(), images.labels())
                        .summed(images.sums())
                        .upright(request.orientation());
    }
}
