package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Amount;
import io.mambapkd.data.cifar.Cifar;
import io.mambapkd.data.fetch.DataFolder;
import io.mambapkd.data.folder.PackingListener;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Opens a dataset by its descriptor:
 *
 * <ul>
 *   <li>{@code mnist}: comes with the program; checked against the published SHA-256;
 *   <li>{@code fashion-mnist}: where the Debian package {@code dataset-fashion-mnist} puts it, else where {@code data fetch} does; {@code fashion-mnist:DIR}: a folder;
 *   <li>{@code cifar10}, {@code cifar100}, {@code cifar100-coarse}: the original binary files, unpacked or in their archive, where {@code data fetch} puts them;
 *       {@code cifar10:DIR}: in a folder;
 *   <li>{@code idx:DIR}: any folder with four IDX files, plain or gzipped, under MNIST's names or those of {@link IdxNames};
 *       {@code idx:DIR/PREFIX}: those whose names begin so. The labels that occur are the classes, the training part decides mean and standard
 *       deviation.
 *   <li>{@code folder:DIR}: a folder of images, {@code train/CLASS/*} with {@code val} and {@code test} beside it, or {@code CLASS/*}.
 * </ul>
 *
 * A part of the training images is the validation set, and another one the calibration set where that is asked for.
 */
public final class Datasets {
    private static final Path DEBIAN_FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");
    private static final String CHOICES =
            "mnist, fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100, cifar100:DIR, cifar100-coarse, idx:DIR,"
                    + " folder:DIR";
    private static final String FOLDER = "folder:";
    private static final List<String> DIGITS = names(10);
    private static final Amount MNIST_VALIDATION = Amount.of(10_000);
    private static final List<String> CLOTHES = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");

    /** The unpacked files of MNIST. */
    private static final Map<String, String> MNIST_SHA256 = Map.of(
            "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");

    private static final String EMNIST = "the images of EMNIST are stored transposed, with rows and columns exchanged;"
            + " turn them with --transpose or --set orientation=transposed if the letters are to stand upright";

    private static final String FASHION = "fashion-mnist";

    private final Path fashionFolder;
    private final Path dataFolder;

    /**
     * @param fashionFolder of the Debian package
     * @param dataFolder of the data sets that are fetched
     */
    Datasets(Path fashionFolder, Path dataFolder) {
        this.fashionFolder = fashionFolder;
        this.dataFolder = dataFolder;
    }

    /**
     * @param request what to open
     * @throws InputException if the descriptor is unknown, a file is missing or damaged, files do not fit each other, or no training image
     *     would be left
     */
    public static Dataset open(DatasetRequest request) {
        return open(request, Runtime.getRuntime().availableProcessors(), PackingListener.NONE);
    }

    /**
     * The same where someone waits for it.
     *
     * @param threads that images are decoded on
     * @param listener hears how far the decoding of images is, and may end it
     */
    public static Dataset open(DatasetRequest request, int threads, PackingListener listener) {
        if (request.descriptor().startsWith(FOLDER)) {
            return FolderDataset.open(
                    folder(request.descriptor()), request.resolved(SplitKind.STRATIFIED), threads, listener);
        }
        return new Datasets(DEBIAN_FASHION_MNIST, DataFolder.usual()).read(request);
    }

    /**
     * What is wrong with what this program keeps of a data set, to open it faster.
     *
     * @return a sentence; empty where all is whole, or nothing is kept
     */
    public static Optional<String> cacheDamage(DatasetRequest request) {
        return request.descriptor().startsWith(FOLDER)
                ? FolderDataset.cacheDamage(
                        folder(request.descriptor()),
                        request,
                        Runtime.getRuntime().availableProcessors())
                : Optional.empty();
    }

    Dataset read(DatasetRequest request) {
        String descriptor = request.descriptor();
        if (descriptor.equals("mnist")) {
            IdxDataset files = new IdxDataset(name -> {
                IdxFile file = IdxFile.resource("/datasets/mnist/" + name + ".gz");
                return new IdxDataset.Expected(file, MNIST_SHA256.get(name));
            });
            DatasetRequest usual = request.withUsual(MNIST_VALIDATION).resolved(SplitKind.LAST);
            Dataset mnist = files.split("mnist", usual, DIGITS, new Statistics(0.1307f, 0.3081f));
            return mnist.noting(DataNotes.ofSplit(mnist));
        }
        DatasetRequest resolved = request.resolved(SplitKind.STRATIFIED);
        if (descriptor.equals("fashion-mnist")) {
            Path fetched = dataFolder.resolve(FASHION);
            Path folder = Files.isDirectory(fashionFolder) ? fashionFolder : fetched;
            if (!Files.isDirectory(folder)) {
                throw new InputException("expected Fashion-MNIST in " + fashionFolder + " or " + fetched
                        + ", got no such folder; get it with mamba-pkd data fetch fashion-mnist,"
                        + " or name a folder with fashion-mnist:DIR");
            }
            return noted(resolved, fashion(IdxNames.find(folder), resolved));
        }
        if (descriptor.startsWith("fashion-mnist:")) {
            return noted(resolved, fashion(IdxNames.find(folder(descriptor)), resolved));
        }
        Optional<Cifar> cifar = Cifar.of(name(descriptor));
        if (cifar.isPresent()) {
            Path place = descriptor.contains(":") ? folder(descriptor) : dataFolder;
            return noted(resolved, CifarDataset.read(cifar.get(), place, resolved));
        }
        if (descriptor.startsWith("idx:")) {
            Path folder = folder(descriptor);
            IdxNames names = IdxNames.find(folder);
            Path last = folder.toAbsolutePath().normalize().getFileName();
            Dataset dataset = noted(resolved, files(names).split(last == null ? "idx" : last.toString(), resolved));
            return request.orientation() == Orientation.NORMAL && names.mentions("emnist")
                    ? dataset.noting(List.of(EMNIST))
                    : dataset;
        }
        throw new InputException("unknown dataset '" + descriptor + "'; choose one of " + CHOICES + meant(descriptor));
    }

    private static Dataset fashion(IdxNames names, DatasetRequest request) {
        return files(names).split("fashion-mnist", request, CLOTHES, new Statistics(0.2860f, 0.3530f));
    }

    /** {@code ; did you mean idx:DIR?} for a folder that has no word in front, or one in other letters; else nothing. */
    private static String meant(String descriptor) {
        String word = name(descriptor).toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
        Optional<Cifar> cifar = Cifar.of(word);
        if (cifar.isPresent() || word.equals("cifar100coarse")) {
            String known = cifar.orElse(Cifar.CIFAR100_COARSE).id();
            return "; did you mean " + known
                    + descriptor.substring(name(descriptor).length()) + "?";
        }
        String folder = descriptor.replaceFirst("(?i)^(?:idx|file|folder|images|mnist|emnist|kmnist|qmnist):(?=.)", "");
        try {
            if (folder.isBlank() || !Files.isDirectory(Path.of(folder))) {
                return "";
            }
            boolean isImages = Files.isDirectory(Path.of(folder, "train"));
            return "; did you mean " + (isImages ? FOLDER : "idx:") + folder + "?";
        } catch (InvalidPathException e) {
            return "";
        }
    }

    private static IdxDataset files(IdxNames names) {
        return new IdxDataset(name -> new IdxDataset.Expected(
                IdxFile.at(Objects.requireNonNull(names.files().get(name))), null));
    }

    /** With what there is to say about any data but MNIST's. */
    private static Dataset noted(DatasetRequest request, Dataset dataset) {
        List<String> notes = new ArrayList<>(dataset.notes());
        if (request.validationImages().isZero()) {
            notes.add(Split.note(dataset));
        }
        notes.addAll(DataNotes.of(dataset));
        return dataset.noted(notes);
    }

    /** The same data, their folder named from the root. */
    public static String absolute(String descriptor) {
        int colon = descriptor.indexOf(':');
        if (colon >= 0) {
            return descriptor.substring(0, colon + 1)
                    + folder(descriptor).toAbsolutePath().normalize();
        }
        boolean fetched = Cifar.of(descriptor).isPresent()
                || descriptor.equals(FASHION) && !Files.isDirectory(DEBIAN_FASHION_MNIST);
        return fetched ? inFolder(descriptor, DataFolder.usual()) : descriptor;
    }

    /**
     * The descriptor of a data set that {@code data fetch} gets, by its name and the folder for data sets.
     *
     * @param folder as in {@code --data-dir}
     * @throws InputException if the descriptor names a folder already, or a data set that needs none
     */
    public static String inFolder(String descriptor, Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        if (Cifar.of(descriptor).isPresent()) {
            return descriptor + ":" + absolute;
        }
        if (descriptor.equals(FASHION)) {
            Path own = absolute.resolve(FASHION);
            return descriptor + ":" + (Files.isDirectory(own) ? own : absolute);
        }
        throw new InputException(new Problem(
                "expected one of cifar10, cifar100, cifar100-coarse and fashion-mnist as the dataset with --data-dir, got '"
                        + descriptor + "'",
                descriptor.contains(":")
                        ? "leave --data-dir out, as the dataset names its folder"
                        : "leave --data-dir out, or name one of them with --dataset"));
    }

    /** Where the files of a data set are, for messages. */
    public static String where(String descriptor) {
        String absolute = absolute(descriptor);
        int colon = absolute.indexOf(':');
        if (colon >= 0) {
            return absolute.substring(colon + 1);
        }
        return descriptor.equals("mnist") ? "in the program itself" : DEBIAN_FASHION_MNIST.toString();
    }

    private static String name(String descriptor) {
        int colon = descriptor.indexOf(':');
        return colon < 0 ? descriptor : descriptor.substring(0, colon);
    }

    private static Path folder(String descriptor) {
        String text = descriptor.substring(descriptor.indexOf(':') + 1);
        if (text.isBlank()) {
            throw new InputException("expected a folder after the colon of the dataset '" + descriptor
                    + "', got nothing; write it as one of " + CHOICES);
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InputException(
                    "expected a folder after the colon of the dataset, got a name that cannot be one (" + e.getReason()
                            + "); write it as one of " + CHOICES,
                    e);
        }
    }

    /** {@code 0}, {@code 1}, ... */
    private static List<String> names(int classes) {
        return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    }
}
