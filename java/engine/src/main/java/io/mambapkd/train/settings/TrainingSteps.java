package io.mambapkd.train.settings;

import io.mambapkd.Problem;
import java.util.Optional;

/**
 * How many steps a training takes.
 *
 * @param section of the settings: {@code teacher}, {@code student} for a student like all, or {@code students[i]} for one with settings of its own
 * @param images that batches are drawn from
 * @param batch images of a step
 * @param passes over the images; the last may be a part of one
 */
public record TrainingSteps(String section, int images, int batch, double passes) {
    /** Most steps of a training: what is planned for each of them takes up to 20 bytes. */
    public static final int MOST = 20_000_000;

    /** With fewer batches in an epoch a training would see much the same gradient in every step. */
    private static final int GOOD_BATCHES = 8;

    private static final int SMALL_BATCH = 16;

    /** @param available number of training images */
    public static TrainingSteps teacher(RunSpec spec, int available) {
        TeacherSettings teacher = spec.teacher();
        return new TrainingSteps(
                "teacher",
                used(teacher.images(), available),
                teacher.batch(),
                teacher.epochs().doubleValue());
    }

    /**
     * @param index of the student, from 0
     * @param available number of training images
     */
    public static TrainingSteps student(RunSpec spec, int index, int available) {
        GroupSettings common = spec.student();
        StudentSettings student = spec.students().get(index);
        boolean own = student.epochs() != 0 || student.batch() != 0;
        return new TrainingSteps(
                own ? "students[" + index + "]" : "student",
                studentImages(spec, available),
                student.batch(common),
                student.epochs(common));
    }

    /** Training images that students learn from, of those that there are. */
    public static int studentImages(RunSpec spec, int available) {
        return used(spec.student().images(), available);
    }

    private static int used(int asked, int available) {
        return asked == 0 ? available : Math.min(asked, available);
    }

    /** Full batches of an epoch; 0 where there are fewer images than a batch. */
    public int perEpoch() {
        return images / batch;
    }

    /** Steps of all epochs. */
    public long total() {
        return total(perEpoch(), passes);
    }

    /**
     * Steps of all epochs: those of a part of one are rounded up.
     *
     * @param perEpoch steps of a whole one
     * @param passes number of epochs
     */
    public static long total(int perEpoch, double passes) {
        // What a product like 9.9 * 50 is above the whole number that is meant is no step.
        return (long) Math.ceil(perEpoch * passes - 1e-6);
    }

    /** Epochs, with one that is a part. */
    public int epochs() {
        return (int) Math.ceil(passes);
    }

    /** Why there can be no such training, or nothing. The remedy is a setting, {@code KEY=VALUE}. */
    public Optional<Problem> problem() {
        if (batch > images) {
            return Optional.of(new Problem(
                    section + ".batch is " + batch + " but only " + images + " training "
                            + (images == 1 ? "image is" : "images are") + " used",
                    section + ".batch=" + Integer.highestOneBit(Math.max(1, images / 2))));
        }
        if (total() > MOST) {
            return Optional.of(new Problem(
                    section + ".epochs is " + shown() + ", which makes " + total() + " steps of " + batch
                            + " images, more than " + MOST,
                    section + ".epochs=" + MOST / perEpoch()));
        }
        return Optional.empty();
    }

    /** The number of epochs as settings write it. */
    public String shown() {
        return shown(passes);
    }

    /** A number of epochs as settings write it. */
    public static String shown(double passes) {
        return passes == Math.rint(passes) ? Long.toString((long) passes) : Double.toString(passes);
    }

    /** The epochs that make at least so many steps. */
    public int epochsFor(int steps) {
        return (steps + perEpoch() - 1) / perEpoch();
    }

    /** The same images in other batches. */
    public TrainingSteps withBatch(int other) {
        return new TrainingSteps(section, images, other, passes);
    }

    /** A batch that gives an epoch several steps: a power of two of 16 at least, or the same where that is none smaller. */
    public int smallerBatch() {
        return Math.min(batch, Math.max(SMALL_BATCH, Integer.highestOneBit(Math.max(1, images / GOOD_BATCHES))));
    }
}
