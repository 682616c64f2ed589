package io.mambapkd.data.cifar;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The data sets of Krizhevsky (Learning multiple layers of features from tiny images, 2009) in their binary version: colour images of 32x32 pixels. A record is its
 * labels, one byte each, then 1,024 red, 1,024 green and 1,024 blue values.
 */
@SuppressWarnings("ImmutableEnumChecker") // the lists are unmodifiable
public enum Cifar {
    CIFAR10(
            "cifar10",
            "cifar-10",
            "cifar-10-batches",
            "cifar-10-batches-bin",
            IntStream.rangeClosed(1, 5)
                    .mapToObj(i -> "data_batch_" + i + ".bin")
                    .toList(),
            "test_batch.bin",
            "batches.meta.txt",
            0,
            List.of(10),
            """
            airplane automobile bird cat deer dog frog horse ship truck"""),
    CIFAR100(
            "cifar100",
            "cifar-100",
            "cifar-100",
            "cifar-100-binary",
            List.of("train.bin"),
            "test.bin",
            "fine_label_names.txt",
            1,
            List.of(20, 100),
            """
            apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
            caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
            forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
            mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
            possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
            sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
            willow_tree wolf woman worm"""),
    /** The images of CIFAR-100 with its 20 groups of classes. */
    CIFAR100_COARSE(
            "cifar100-coarse",
            "cifar-100",
            "cifar-100",
            "cifar-100-binary",
            List.of("train.bin"),
            "test.bin",
            "coarse_label_names.txt",
            0,
            List.of(20, 100),
            """
            aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture
            insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
            medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2""");

    /** Rows and columns of an image. */
    public static final int SIDE = 32;

    /** Red, green, blue. */
    public static final int CHANNELS = 3;

    static final int PLANE_BYTES = SIDE * SIDE;
    static final int IMAGE_BYTES = CHANNELS * PLANE_BYTES;

    /** Of the original; a part of it is read, too. */
    public static final int TRAINING_IMAGES = 50_000;

    /** Of the original; a part of it is read, too. */
    public static final int TEST_IMAGES = 10_000;

    private final String id;
    private final String archiveStem;
    private final String otherStem;
    private final String folder;
    private final List<String> trainingFiles;
    private final String testFile;
    private final String namesFile;
    private final int labelAt;
    private final List<Integer> classesOfLabels;
    private final List<String> classNames;

    Cifar(
            String id,
            String archiveStem,
            String otherStem,
            String folder,
            List<String> trainingFiles,
            String testFile,
            String namesFile,
            int labelAt,
            List<Integer> classesOfLabels,
            String classNames) {
        this.id = id;
        this.archiveStem = archiveStem;
        this.otherStem = otherStem;
        this.folder = folder;
        this.trainingFiles = trainingFiles;
        this.testFile = testFile;
        this.namesFile = namesFile;
        this.labelAt = labelAt;
        this.classesOfLabels = classesOfLabels;
        this.classNames = List.of(classNames.strip().split("\\s+"));
    }

    /** By its id, as in a descriptor. */
    public static Optional<Cifar> of(String id) {
        return Stream.of(values()).filter(set -> set.id.equals(id)).findFirst();
    }

    /** {@code cifar10}, {@code cifar100} or {@code cifar100-coarse}. */
    public String id() {
        return id;
    }

    /** The file that is published: {@code cifar-10-binary.tar.gz}. */
    public String archive() {
        return archiveStem + "-binary.tar.gz";
    }

    /** K. */
    public int classes() {
        return classesOfLabels.get(labelAt);
    }

    /** The name under which {@code data fetch} gets it. */
    public String fetched() {
        return this == CIFAR100_COARSE ? CIFAR100.id : id;
    }

    /** The published names, in the order of the labels. */
    public List<String> classNames() {
        return classNames;
    }

    /** The archive without gzip. */
    String plainArchive() {
        return archiveStem + "-binary.tar";
    }

    /** Archives and folders of the versions for Python and MATLAB, which are not read. */
    List<String> otherVersions() {
        return List.of(
                archiveStem + "-python.tar.gz",
                otherStem + "-py",
                otherStem + "-python",
                archiveStem + "-matlab.tar.gz",
                otherStem + "-mat",
                otherStem + "-matlab");
    }

    /** The folder in the archive. */
    String folder() {
        return folder;
    }

    /** In the order of their images. */
    List<String> trainingFiles() {
        return trainingFiles;
    }

    String testFile() {
        return testFile;
    }

    /** One class name a line. */
    String namesFile() {
        return namesFile;
    }

    /** Which byte of a record is the label. */
    int labelAt() {
        return labelAt;
    }

    /** Classes of each byte before the pixels. */
    List<Integer> classesOfLabels() {
        return classesOfLabels;
    }

    int recordBytes() {
        return classesOfLabels.size() + IMAGE_BYTES;
    }

    /** Most records of a training file. */
    int mostRecords() {
        return TRAINING_IMAGES / trainingFiles.size();
    }
}
