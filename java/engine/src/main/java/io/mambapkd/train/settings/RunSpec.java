package io.mambapkd.train.settings;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Amount;
import io.mambapkd.config.Default;
import io.mambapkd.config.Setting;
import io.mambapkd.data.DatasetRequest;
import io.mambapkd.data.ImageOptions;
import io.mambapkd.data.Orientation;
import io.mambapkd.data.SplitKind;
import io.mambapkd.distill.ClassWeights;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.nn.MixerSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.PatchOps.Cut;
import java.util.List;
import java.util.Locale;

/**
 * Everything that decides the result of a run; {@code config.yaml} of the run folder is this record.
 *
 * @param dataset {@code mnist}, {@code cifar10:DIR}, {@code folder:DIR}, ...: see {@code Datasets}
 * @param seed of every random draw
 * @param validationImages how many of the training images every choice is made on, as a number or a percentage; 0 for a tenth of them, at most 10,000, and MNIST's usual 10,000
 * @param split which of the training images those are
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

    /**
     * What all students have in common.
     *
     * @param scheme how a student joins the group
     * @param blend g of {@link Scheme#BLEND}, in (0, 1]
     * @param alpha weight of the hard term, in [0, 1]
     * @param temperature T, above 0
     * @param readOut as in {@link StudentSpec}
     * @param mixer as in {@link StudentSpec}
     * @param direction as in {@link StudentSpec}
     * @param precision as in {@link StudentSpec}
     * @param epochs passes over the training images
     * @param images number of training images used, from the start; 0 for all
     * @param copies cached copies of them: one clean, the others augmented
     * @param batch images per step
     * @param warmup share of the steps before the peak of the one-cycle schedule
     * @param weightDecay AdamW's, on tensors of 2 or more axes
     * @param clip largest global norm of the gradient
     */
    public record GroupSettings(
            Scheme scheme,
            double blend,
            double alpha,
            double temperature,
            ReadOut readOut,
            MixerSpec.Kind mixer,
            MixerSpec.Direction direction,
            @Default("f32") Precision precision,
            int epochs,
            int images,
            int copies,
            int batch,
            double warmup,
            double weightDecay,
            double clip) {
        public GroupSettings {
            require("student.", "blend", blend > 0 && blend <= 1, "in (0, 1]", blend);
            require("student.", "alpha", alpha >= 0 && alpha <= 1, "in [0, 1]", alpha);
            require(
                    "student.",
                    "temperature",
                    temperature > 0 && temperature <= 100,
                    "above 0, at most 100",
                    temperature);
            requireTraining("student.", epochs, images, batch, warmup, weightDecay);
            require("student.", "copies", copies >= 1 && copies <= 255, "from 1 to 255", copies);
            require("student.", "clip", clip > 0, "above 0", clip);
        }
    }

    /**
     * One student.
     *
     * @param name shown in reports and used in file names
     * @param cut how an image becomes tokens
     * @param tokenSize rows, columns, or side of a patch
     * @param modelWidth M
     * @param blocks number of Mamba blocks
     * @param stateSize N
     * @param learningRate peak of the one-cycle schedule
     */
    public record StudentSettings(
            String name, Cut cut, int tokenSize, int modelWidth, int blocks, int stateSize, double learningRate) {
        public StudentSettings {
            // The options that all students share fit every student; what is checked here is the student's own.
            model(
                    name,
                    cut,
                    tokenSize,
                    modelWidth,
                    blocks,
                    stateSize,
                    ReadOut.FLAT,
                    MixerSpec.Kind.SCAN,
                    MixerSpec.Direction.FORWARD,
                    Precision.F32);
            require(
                    "student " + name + ": ",
                    "learningRate",
                    learningRate > 0 && learningRate <= 10,
                    "above 0, at most 10",
                    learningRate);
        }

        /** The model, with what all students have in common. */
        public StudentSpec spec(GroupSettings common) {
            return model(
                    name,
                    cut,
                    tokenSize,
                    modelWidth,
                    blocks,
                    stateSize,
                    common.readOut(),
                    common.mixer(),
                    common.direction(),
                    common.precision());
        }

        private static StudentSpec model(
                String name,
                Cut cut,
                int tokenSize,
                int modelWidth,
                int blocks,
                int stateSize,
                ReadOut readOut,
                MixerSpec.Kind mixer,
                MixerSpec.Direction direction,
                Precision precision) {
            return new StudentSpec(
                    name, cut, tokenSize, modelWidth, blocks, stateSize, 4, 2, readOut, mixer, direction, precision);
        }
    }

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
        if (!validationImages.isPart()) {
            throw new InputException(Problem.ofValue(
                    "", "validationImages", "at least 0, or a percentage above 0 and below 100", validationImages));
        }
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

    /** What the data are, and how they are split. */
    public DatasetRequest data() {
        return new DatasetRequest(dataset, validationImages, split, orientation, images);
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

    static void requireTraining(String where, double epochs, int images, int batch, double warmup, double weightDecay) {
        require(where, "epochs", epochs >= 1 && epochs <= 10_000, "from 1 to 10000", epochs);
        require(where, "images", images >= 0, "at least 0", images);
        require(where, "batch", batch >= 1 && batch <= 8192, "from 1 to 8192", batch);
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
