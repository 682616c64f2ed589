package io.mambapkd.train.plan;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.Dataset;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.Tokenizer;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.AugmentationSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import io.mambapkd.train.settings.TeacherSettings;
import io.mambapkd.train.settings.TrainingSteps;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The settings of a run held against its data, before anything is trained or made. Whatever does not fit is told in one sentence, with every setting that
 * is to be changed.
 */
public final class Preflight {
    /** Steps below which a training is said to be short. */
    private static final int FEW_STEPS = 100;

    /** Steps that a short training is advised to take. */
    private static final int GOOD_STEPS = 300;

    /** What a run calls its stages in metrics and on the terminal; a student of that name could not be told from it. */
    private static final Set<String> STAGES = Set.of("teacher", "caching", "evaluation");

    private final RunSpec spec;
    private final ImageShape image;
    private final int available;
    private final Extent extent;
    private final List<Problem> problems = new ArrayList<>();

    private Preflight(RunSpec spec, Dataset dataset, Extent extent) {
        this.spec = spec;
        this.image = dataset.training().shape();
        this.available = dataset.training().size();
        this.extent = extent;
    }

    /**
     * Checks a run that trains.
     *
     * @param extent how far it goes; what a run of the teacher alone does not need is not looked at
     * @return notes for the user, each a sentence
     * @throws InputException if the settings do not fit the data
     */
    public static List<String> training(RunSpec spec, Dataset dataset, Extent extent) {
        Preflight checks = new Preflight(spec, dataset, extent);
        checks.models();
        checks.steps(TrainingSteps.teacher(spec, checks.available));
        if (checks.trainsStudents()) {
            checks.names();
            for (TrainingSteps steps : checks.ofStudents()) {
                checks.steps(steps);
            }
        }
        checks.augmentation();
        checks.refuse();
        return checks.notes();
    }

    /**
     * Checks a run that is evaluated again; it may have been trained on other data.
     *
     * @param extent how far it went
     * @throws InputException if the models do not fit the data
     */
    public static void evaluation(RunSpec spec, Dataset dataset, Extent extent) {
        Preflight checks = new Preflight(spec, dataset, extent);
        checks.models();
        checks.refuse();
    }

    private boolean trainsStudents() {
        return extent != Extent.TEACHER_ONLY;
    }

    private void models() {
        spec.teacher().spec().misfit(image).ifPresent(problems::add);
        if (spec.teacher().views() == 6 && Math.min(image.height(), image.width()) < 2) {
            problems.add(new Problem(
                    "teacher.views is 6, which moves images by a pixel, but those of " + image + " have no other",
                    "teacher.views=2"));
        }
        if (trainsStudents()) {
            tokens();
        }
    }

    private void tokens() {
        for (int i = 0; i < spec.students().size(); i++) {
            StudentSpec student = spec.models().get(i);
            Tokenizer tokenizer = student.tokenizer();
            int largest = tokenizer.largestSize(image);
            if (tokenizer.size() > largest) {
                problems.add(new Problem(
                        "student " + student.name() + ": tokens of " + tokenizer.size() + " "
                                + tokenizer.cut().name().toLowerCase(Locale.ROOT)
                                + " are larger than what they cut, " + tokenizer.features(image),
                        "students[" + i + "].tokenSize=" + largest));
            }
        }
    }

    /** Of all students that are trained alike once. */
    private List<TrainingSteps> ofStudents() {
        return IntStream.range(0, spec.students().size())
                .mapToObj(i -> TrainingSteps.student(spec, i, available))
                .distinct()
                .toList();
    }

    private void names() {
        for (int i = 0; i < spec.students().size(); i++) {
            StudentSettings student = spec.students().get(i);
            if (STAGES.contains(student.name())) {
                problems.add(new Problem(
                        "a student is called " + student.name() + ", which is the name of another stage of the run",
                        "students[" + i + "].name=" + student.name() + "-student"));
            }
        }
    }

    private void steps(TrainingSteps steps) {
        steps.problem().ifPresent(problems::add);
    }

    private void augmentation() {
        AugmentationSettings augmentation = spec.augmentation();
        int side = Math.min(image.height(), image.width());
        if (augmentation.shiftPixels() >= side) {
            problems.add(new Problem(
                    "augmentation.shiftPixels is " + plain(augmentation.shiftPixels()) + ", which moves images of "
                            + image + " out of the picture",
                    "augmentation.shiftPixels=" + side / 8));
        }
        if (augmentation.crop() >= side) {
            problems.add(new Problem(
                    "augmentation.crop is " + augmentation.crop() + ", but images of " + image
                            + " can be continued by reflection over at most " + (side - 1) + " pixels",
                    "augmentation.crop=" + side / 8));
        }
        if (augmentation.cutout() >= side) {
            problems.add(new Problem(
                    "augmentation.cutout is " + augmentation.cutout()
                            + ", a square that can cover the whole of images of " + image,
                    "augmentation.cutout=" + side / 4));
        }
    }

    private void refuse() {
        if (problems.isEmpty()) {
            return;
        }
        String text = problems.stream().map(Problem::text).collect(Collectors.joining(", and "));
        String settings = problems.stream()
                .map(problem -> Problem.option(problem.remedy()))
                .distinct()
                .collect(Collectors.joining(" "));
        throw new InputException(new Problem(text, "use " + settings));
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        fewSteps(TrainingSteps.teacher(spec, available), "the teacher", notes);
        if (trainsStudents()) {
            for (TrainingSteps steps : ofStudents()) {
                fewSteps(steps, steps.section().equals("student") ? "each student" : steps.section(), notes);
            }
            padding(notes);
        }
        unused(notes);
        blurred(notes);
        int side = Math.min(image.height(), image.width());
        if (spec.augmentation().shiftPixels() > side / 4.0) {
            notes.add("augmentation.shiftPixels is " + plain(spec.augmentation().shiftPixels())
                    + ", more than a quarter of images of " + image
                    + ", so that parts of what they show may be lost; less with --set augmentation.shiftPixels="
                    + Math.max(1, side / 14));
        }
        return notes;
    }

    /** Tokens that show more than the image. */
    private void padding(List<String> notes) {
        for (StudentSpec student : spec.models()) {
            Tokenizer tokenizer = student.tokenizer();
            tokenizer
                    .padded(image)
                    .ifPresent(padded -> notes.add("student " + student.name() + ": what it cuts into tokens of "
                            + tokenizer.size() + ", " + tokenizer.features(image) + ", is continued with zeros to "
                            + padded
                            + "; they count in its FLOPs"));
        }
    }

    /** Settings of the teacher that were changed, and that nothing uses. */
    private void unused(List<String> notes) {
        TeacherSettings teacher = spec.teacher();
        List<String> unused = teacher.unused();
        if (!unused.isEmpty()) {
            boolean sgd = teacher.optimizer() == TeacherSettings.OptimizerKind.SGD;
            notes.add("a teacher of model " + teacher.model().word() + " with optimizer " + (sgd ? "sgd" : "adamw")
                    + " does not use " + String.join(", ", unused) + ", so "
                    + (unused.size() == 1 ? "it changes" : "they change") + " nothing");
        }
    }

    /** The kernels that whiten are longest for what varies least from pixel to pixel, which is what interpolation takes away. */
    private void blurred(List<String> notes) {
        AugmentationSettings augmentation = spec.augmentation();
        boolean interpolates =
                augmentation.rotationDegrees() > 0 || augmentation.scale() > 0 || augmentation.shear() > 0;
        if (spec.teacher().model() == TeacherSettings.Model.AIRBENCH && interpolates) {
            notes.add("augmentation that rotates, scales or shears blurs the images that the teacher is trained on, and"
                    + " the first layer of airbench is made for images as they are; without with"
                    + " --set augmentation.rotationDegrees=0 --set augmentation.scale=0 --set augmentation.shear=0");
        }
    }

    private static void fewSteps(TrainingSteps steps, String model, List<String> notes) {
        if (steps.total() >= FEW_STEPS) {
            return;
        }
        StringBuilder note = new StringBuilder();
        note.append(steps.images()).append(" training images in batches of ").append(steps.batch());
        note.append(" give ").append(model).append(' ').append(count(steps.total(), "step"));
        note.append(" in ")
                .append(steps.shown() + (steps.passes() == 1 ? " epoch" : " epochs"))
                .append(", which is few; more with ");
        note.append(withEpochs(steps));
        TrainingSteps smaller = steps.withBatch(steps.smallerBatch());
        if (smaller.batch() < steps.batch()) {
            note.append(", or, sooner, with ").append(Problem.option(steps.section() + ".batch=" + smaller.batch()));
            note.append(' ').append(withEpochs(smaller));
        }
        notes.add(note.toString());
    }

    private static String withEpochs(TrainingSteps steps) {
        int epochs = steps.epochsFor(GOOD_STEPS);
        return Problem.option(steps.section() + ".epochs=" + epochs) + " (" + (long) epochs * steps.perEpoch()
                + " steps)";
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
