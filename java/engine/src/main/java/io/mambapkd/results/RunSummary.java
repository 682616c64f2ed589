package io.mambapkd.results;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * summary.json. Accuracies are in 0..1, FLOPs per image, ratios against the teacher's FLOPs.
 *
 * @param formatVersion of this file
 * @param dataset name
 * @param device {@code cpu} or {@code cuda}
 * @param deviceDescription threads and libraries, or the GPU's name; with {@code --device auto} also why it was chosen
 * @param seed of the run
 * @param threads CPU threads
 * @param trainingImages, calibrationImages, validationImages, testImages sizes of the split
 * @param teacher the teacher
 * @param students small to large
 * @param earlyExit thresholds, ascending; every one evaluated on the same predictions
 * @param chosenThreshold the one chosen on validation
 * @param controls what the group is to be compared with; empty unless asked for
 * @param confusion (K, K) counts of the whole group on the test images, row = label; empty without students
 * @param earlyExitConfusion the same of the chain that stops at the chosen threshold
 * @param teacherConfusion the same of the teacher; empty where the run did not evaluate it
 * @param classNames (K) names of the classes; empty in a file of an older format
 * @param perClass accuracies class by class
 * @param timing of the run
 * @param fallbacks what was computed in another way than usual, as a library refused that; empty on most machines
 * @param fit accuracies on training images; null in files of older versions
 * @param data what the models were trained on; null in files of older versions
 */
public record RunSummary(
        int formatVersion,
        String dataset,
        String device,
        String deviceDescription,
        long seed,
        int threads,
        int trainingImages,
        int calibrationImages,
        int validationImages,
        int testImages,
        Teacher teacher,
        List<Student> students,
        List<EarlyExitRow> earlyExit,
        double chosenThreshold,
        List<Control> controls,
        List<List<Integer>> confusion,
        List<List<Integer>> earlyExitConfusion,
        List<List<Integer>> teacherConfusion,
        List<String> classNames,
        PerClass perClass,
        Timing timing,
        List<Fallback> fallbacks,
        @Nullable Fit fit,
        @Nullable DataRecord data) {

    public static final int FORMAT_VERSION = 7;

    /** {@code testAccuracy} is null where the run did not evaluate it, and {@code views} empty where it was evaluated on each image as it is alone. */
    public record Teacher(
            long parameters,
            long flops,
            double validationAccuracy,
            @Nullable Double testAccuracy,
            Optional<Views> views) {
        public Teacher {
            // Summaries of older versions have none.
            views = Objects.requireNonNullElse(views, Optional.empty());
        }

        /** Evaluated on each image as it is. */
        public Teacher(long parameters, long flops, double validationAccuracy, @Nullable Double testAccuracy) {
            this(parameters, flops, validationAccuracy, testAccuracy, Optional.empty());
        }
    }

    /**
     * The teacher where the logits of several views of each image are averaged. This is not what its FLOPs and the students are compared with.
     *
     * @param count number of views
     * @param validationAccuracy with them
     * @param testAccuracy with them
     */
    public record Views(int count, double validationAccuracy, double testAccuracy) {}

    /**
     * A student and the group that ends with it.
     *
     * @param weight of its logits in the whole group
     * @param blocksShare of its FLOPs in its blocks; empty in files of older formats
     * @param padding how what it cuts is continued to whole tokens, such as {@code 28x28x1 to 30x28x1}; empty where tokens divide it
     */
    public record Student(
            String name,
            long parameters,
            long flops,
            double flopsRatio,
            double weight,
            double validationAccuracy,
            double testAccuracy,
            double cumulativeFlopsRatio,
            double cumulativeValidationAccuracy,
            double cumulativeTestAccuracy,
            Optional<Double> blocksShare,
            Optional<String> padding) {
        /** Of a summary that tells nothing of the student's parts. */
        public Student(
                String name,
                long parameters,
                long flops,
                double flopsRatio,
                double weight,
                double validationAccuracy,
                double testAccuracy,
                double cumulativeFlopsRatio,
                double cumulativeValidationAccuracy,
                double cumulativeTestAccuracy) {
            this(
                    name,
                    parameters,
                    flops,
                    flopsRatio,
                    weight,
                    validationAccuracy,
                    testAccuracy,
                    cumulativeFlopsRatio,
                    cumulativeValidationAccuracy,
                    cumulativeTestAccuracy,
                    Optional.empty(),
                    Optional.empty());
        }
    }

    /**
     * The chain with early exit at one threshold.
     *
     * @param exits share of the test images that stop at each student
     */
    public record EarlyExitRow(
            double threshold,
            double validationAverageFlopsRatio,
            double validationAccuracy,
            double averageFlopsRatio,
            double testAccuracy,
            List<Double> exits) {}

    /**
     * Something else of the same cost.
     *
     * @param kind {@code single-student}, {@code group-conv}, {@code group-none} or {@code cnn}
     * @param description what it is, for people
     * @param comparison with the group, image by image; empty in a file of an older format
     */
    public record Control(
            String kind,
            String description,
            long parameters,
            double flopsRatio,
            double validationAccuracy,
            double testAccuracy,
            double seconds,
            Optional<GroupComparison> comparison) {
        public Control {
            // Summaries of older versions have none.
            comparison = Objects.requireNonNullElse(comparison, Optional.empty());
        }

        /** One that was not compared image by image. */
        public Control(
                String kind,
                String description,
                long parameters,
                double flopsRatio,
                double validationAccuracy,
                double testAccuracy,
                double seconds) {
            this(
                    kind,
                    description,
                    parameters,
                    flopsRatio,
                    validationAccuracy,
                    testAccuracy,
                    seconds,
                    Optional.empty());
        }
    }

    /**
     * Accuracies class by class, on the test images. What a run did not evaluate is null.
     *
     * @param testImages (K) number of test images of each class
     * @param group the whole group
     * @param earlyExit the chain that stops at the chosen threshold
     * @param teacher the teacher
     */
    public record PerClass(
            List<Integer> testImages,
            @Nullable ClassNumbers group,
            @Nullable ClassNumbers earlyExit,
            @Nullable ClassNumbers teacher) {
        public PerClass {
            testImages = List.copyOf(testImages);
        }

        /** From the confusion matrices, of which any may be empty. */
        public static PerClass of(
                List<List<Integer>> group, List<List<Integer>> earlyExit, List<List<Integer>> teacher) {
            return new PerClass(
                    ClassNumbers.images(teacher.isEmpty() ? group : teacher),
                    ClassNumbers.of(group),
                    ClassNumbers.of(earlyExit),
                    ClassNumbers.of(teacher));
        }

        /** The numbers that matter most: the group's, or the teacher's where there is no group. */
        public @Nullable ClassNumbers main() {
            return group == null ? teacher : group;
        }

        /** The classes that have test images, those of the lowest accuracy in {@link #main} first; empty where nothing was evaluated. */
        public List<Integer> worst() {
            ClassNumbers numbers = main();
            return numbers == null
                    ? List.of()
                    : IntStream.range(0, testImages.size())
                            .filter(label -> testImages.get(label) > 0)
                            .boxed()
                            .sorted(Comparator.comparing(label -> Objects.requireNonNull(numbers.accuracyOf(label))))
                            .toList();
        }

        /** The classes without test images, ascending. */
        public List<Integer> withoutImages() {
            return IntStream.range(0, testImages.size())
                    .filter(label -> testImages.get(label) == 0)
                    .boxed()
                    .toList();
        }
    }

    /** Wall-clock seconds; throughputs are of training. */
    public record Timing(
            double totalSeconds,
            double teacherSeconds,
            double cachingSeconds,
            List<Double> studentSeconds,
            double evaluationSeconds,
            double teacherImagesPerSecond,
            List<Double> studentImagesPerSecond) {}

    /**
     * Something that was computed in another way than usual.
     *
     * @param text a sentence without its full stop
     * @param deterministic whether another run gives the same bits
     */
    public record Fallback(String text, boolean deterministic) {}

    /** The name of a class, or its number where it has none or a blank one. */
    public String className(int label) {
        return className(classNames, label);
    }

    static String className(List<String> names, int label) {
        String name = label < names.size() ? names.get(label) : "";
        return name.isBlank() ? Integer.toString(label) : name;
    }

    /**
     * Accuracies on images that the models have learned, in 0..1, beside which those on other images are to be judged.
     *
     * @param images number of training images that the teacher was evaluated on, clean, spread over all that it learned from
     * @param teacher on those images
     * @param teacherBatches on the batches of its last epoch, as the loss saw them; null where it is not known
     * @param groupImages the same of the students; 0 where there are none
     * @param group the whole group, on its images; null where there is none
     * @param groupBatches the same of the group while its last student was trained; null where it is not known
     */
    public record Fit(
            int images,
            double teacher,
            @Nullable Double teacherBatches,
            int groupImages,
            @Nullable Double group,
            @Nullable Double groupBatches) {}

    /** Whether another run of the same configuration gives the same files. */
    public boolean deterministic() {
        return fallbacks.stream().allMatch(Fallback::deterministic);
    }
}
