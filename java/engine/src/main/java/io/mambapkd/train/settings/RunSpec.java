package io.mambapkd.train.settings;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Amount;
import io.mambapkd.config.Default;
import io.mambapkd.config.Setting;
import io.mambapkd.data.DatasetRequest;
import io.mambapkd.data.Orientation;
import io.mambapkd.data.SplitKind;
import io.mambapkd.data.folder.ImageOptions;
import io.mambapkd.distill.ClassWeights;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Precision;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Everything that decides the result of a run; {@code config.yaml} of the run folder is this record.
 *
 * @param dataset {@code mnist}, {@code cifar10:DIR}, {@code folder:DIR}, ...: see {@code Datasets}
 * @param seed of every random draw
 * @param validationImages how many of the training images every choice but that of a certified exit is made on, as a number or a percentage; 0 for a tenth of them, at most 10,000, and MNIST's usual 10,000
 * @param calibrationImages how many of the other training images early exits are certified on, as a number or a percentage of all training images, drawn from each class in proportion; 0 for none
 * @param split which of the training images are for validation
 * @param orientation of the images in the files
 * @param images how those of a folder are read
 * @param testImages number of test images evaluated, from the start; 0 for all
 * @param classWeights whether images of rare classes count more in the losses of all models
 * @param augmentation of training images
 * @param teacher the teacher and its training
 * @param student what all students have in common
 * @param students small to large
 * @param earlyExit when a chain stops
 */
public record RunSpec(
        String dataset,
        long seed,
        Amount validationImages,
        @Default("0") Amount calibrationImages,
        @Default("last") SplitKind split,
        @Default("normal") Orientation orientation,
        @Default("") ImageOptions images,
        int testImages,
        @Default("none") ClassWeights classWeights,
        AugmentationSettings augmentation,
        TeacherSettings teacher,
        GroupSettings student,
        List<StudentSettings> students,
        EarlyExitSettings earlyExit) {

    static final int MOST_EPOCHS = 10_000;
    static final int LARGEST_BATCH = 8192;
    static final String EPOCHS_OR_0 = "from 1 to " + MOST_EPOCHS + ", or 0 for those of all students";
    static final String BATCH_OR_0 = "from 1 to " + LARGEST_BATCH + ", or 0 for that of all students";

    /**
     * When a chain stops: as soon as the largest probability of the current ensemble reaches the threshold.
     *
     * @param maximumAccuracyLoss the chosen threshold is the cheapest one whose validation accuracy is at most this far below the whole group's
     */
    public record EarlyExitSettings(double maximumAccuracyLoss) {
        public EarlyExitSettings {
            require(
                    "earlyExit.",
                    "maximumAccuracyLoss",
                    maximumAccuracyLoss >= 0 && maximumAccuracyLoss < 1,
                    "in [0, 1)",
                    maximumAccuracyLoss);
        }
    }

    public RunSpec {
        students = List.copyOf(students);
        requirePart("validationImages", validationImages);
        requirePart("calibrationImages", calibrationImages);
        require("", "testImages", testImages >= 0, "at least 0", testImages);
        if (students.isEmpty()) {
            throw new InputException(new Problem("students", "students must list at least one student", ""));
        }
        long names = students.stream().map(StudentSettings::name).distinct().count();
        if (names != students.size()) {
            throw new InputException(new Problem(
                    "students",
                    "students must have different names, got "
                            + students.stream().map(StudentSettings::name).toList(),
                    ""));
        }
    }

    /** The models of the students, in order. */
    public List<StudentSpec> models() {
        return IntStream.range(0, students.size())
                .mapToObj(i -> students.get(i).spec(student, i))
                .toList();
    }

    /** What the data are, and how they are split. */
    public DatasetRequest data() {
        return new DatasetRequest(dataset, validationImages, calibrationImages, split, orientation, images);
    }

    /** The same run with the teacher and the students in another precision. */
    public RunSpec withPrecision(Precision precision) {
        String value = precision.name().toLowerCase(Locale.ROOT);
        return RunSpecYaml.changed(
                this,
                List.of(
                        Setting.plain("precision", "teacher.precision", value),
                        Setting.plain("precision", "student.precision", value)));
    }

    private static void requirePart(String key, Amount images) {
        if (!images.isPart()) {
            throw new InputException(
                    Problem.ofValue("", key, "at least 0, or a percentage above 0 and below 100", images));
        }
    }

    static void requireTraining(String where, double epochs, int images, int batch, double warmup, double weightDecay) {
        require(where, "epochs", epochs >= 1 && epochs <= MOST_EPOCHS, "from 1 to " + MOST_EPOCHS, epochs);
        require(where, "images", images >= 0, "at least 0", images);
        require(where, "batch", batch >= 1 && batch <= LARGEST_BATCH, "from 1 to " + LARGEST_BATCH, batch);
        require(where, "warmup", warmup >= 0 && warmup < 1, "in [0, 1)", warmup);
        require(where, "weightDecay", weightDecay >= 0 && weightDecay <= 10, "from 0 to 10", weightDecay);
    }

    static void require(String where, String key, boolean holds, String expected, double got) {
        if (!holds) {
            String value =
                    got == Math.rint(got) && Math.abs(got) < 1e15 ? Long.toString((long) got) : Double.toString(got);
            throw new InputException(Problem.ofValue(where, key, expected, value));
        }
    }
}
