package io.mambapkd.runtime;

import io.mambapkd.runtime.compute.Student;
import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A trained chain of Mamba students, which classifies images one by one. The more students are evaluated, the better the answer.
 *
 * <p>It never changes and may be used by any number of threads at once; there is nothing to close. After the first calls a call allocates nothing but its {@link Answer}.
 *
 * <pre>{@code
 * AnytimeClassifier classifier = AnytimeClassifier.load(Path.of("runs/mnist-demo"));
 * byte[] pixels = ...;                                // H*W*C bytes, row by row, the channels of a pixel together
 * Answer answer = classifier.classify(pixels);        // until the certified exit
 * System.out.println(answer.className() + " " + answer.confidence());
 * }</pre>
 */
public final class AnytimeClassifier implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ChainDescription description;
    private final Student[] students;
    /** What each byte becomes in each channel, (C, 256). */
    private final float[] table;

    private final long[] flops;
    private final Budget usual;
    private transient Workspaces workspaces;

    private AnytimeClassifier(ChainDescription description, List<Student> students) {
        this.description = description;
        this.students = students.toArray(new Student[0]);
        table = table(description);
        flops = new long[this.students.length];
        long sum = 0;
        for (int k = 0; k < flops.length; k++) {
            sum += description.students().get(k).flops();
            flops[k] = sum;
        }
        usual = usual(description.certificates());
        workspaces = new Workspaces();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        workspaces = new Workspaces();
    }

    /**
     * Loads the chain of a run folder: its {@code model.json} and the checkpoints of the students.
     *
     * @throws InvalidModelException if a file is damaged, of another run, or of a kind that this version does not know
     * @throws IOException if a file is missing or cannot be read
     */
    public static AnytimeClassifier load(Path runFolder) throws IOException {
        ModelFolder folder = ModelFolder.open(runFolder);
        ChainDescription description = folder.description();
        int[] shape = {description.height(), description.width(), description.channels()};
        List<Student> students = new ArrayList<>();
        for (ChainDescription.Member member : description.students()) {
            students.add(new Student(
                    member.architecture(),
                    folder.tensors(member),
                    shape,
                    description.classNames().size()));
        }
        return new AnytimeClassifier(description, students);
    }

    private static Budget usual(List<Certificate> certificates) {
        Budget usual = Budget.threshold();
        double smallest = Double.POSITIVE_INFINITY;
        for (Certificate certificate : certificates) {
            if (certificate.maximumAccuracyDrop() < smallest) {
                smallest = certificate.maximumAccuracyDrop();
                usual = Budget.accuracyDrop(smallest);
            }
        }
        return usual;
    }

    private static float[] table(ChainDescription description) {
        float[] table = new float[description.channels() * 256];
        for (int c = 0; c < description.channels(); c++) {
            double deviation = description.standardDeviation().get(c);
            float scale = (float) (1 / (255.0 * deviation));
            float offset = (float) (-(double) description.mean().get(c) / deviation);
            for (int value = 0; value < 256; value++) {
                table[c * 256 + value] = value * scale + offset;
            }
        }
        return table;
    }

    /** H of the images that are given; of a model of transposed images, that of the images as they are in files. */
    public int height() {
        return isTransposed() ? description.width() : description.height();
    }

    /** W of the images that are given. */
    public int width() {
        return isTransposed() ? description.height() : description.width();
    }

    /** Whether the model exchanges rows and columns of what it is given, as training did with the images of its files. */
    public boolean isTransposed() {
        return description.orientation() == ChainDescription.Orientation.TRANSPOSED;
    }

    /** C: 1 for grey, 3 for red, green, blue. */
    public int channels() {
        return description.channels();
    }

    /** The names of the classes, in the order of their labels. */
    public List<String> classNames() {
        return description.classNames();
    }

    /** Number of students. */
    public int students() {
        return students.length;
    }

    /** FLOPs of the first {@code count} students together, for one image. */
    public long flops(int count) {
        return count == 0 ? 0 : flops[count - 1];
    }

    /** FLOPs of the teacher, for one image. */
    public long teacherFlops() {
        return description.teacherFlops();
    }

    /** The accuracy drops that this chain is certified for; none if the run was not calibrated. */
    public List<Certificate> certificates() {
        return description.certificates();
    }

    /** The budget of {@link #classify(byte[])}: the smallest certified accuracy drop, or the threshold of the run where nothing is certified. */
    public Budget usualBudget() {
        return usual;
    }

    /** Classifies an image with the usual budget. */
    public Answer classify(byte[] pixels) {
        return classify(pixels, usual);
    }

    /**
     * Classifies an image.
     *
     * @param pixels (H, W, C), one unsigned byte a value
     * @param budget how much may be computed
     * @throws IllegalArgumentException if the number of pixels is another, or the model has no certificate for the budget
     */
    public Answer classify(byte[] pixels, Budget budget) {
        requirePixels(pixels);
        ExitRule rule = rule(budget);
        Steps free = workspaces.take();
        Steps steps = free != null ? free : newSteps();
        try {
            steps.start(pixels);
            return steps.run(budget, rule);
        } finally {
            workspaces.giveBack(steps);
        }
    }

    /**
     * Begins an image, whose students are then evaluated one by one as long as the caller wants. The result is for one thread.
     *
     * @param pixels (H, W, C), one unsigned byte a value; copied
     */
    public Steps start(byte[] pixels) {
        requirePixels(pixels);
        Steps steps = newSteps();
        steps.start(pixels);
        return steps;
    }

    private Steps newSteps() {
        return new Steps(description, students, table, flops);
    }

    private void requirePixels(byte[] pixels) {
        int expected = description.height() * description.width() * description.channels();
        if (pixels.length != expected) {
            throw new IllegalArgumentException("expected " + expected + " bytes for an image of "
                    + height() + "x" + width() + "x" + description.channels() + ", got "
                    + pixels.length);
        }
    }

    private ExitRule rule(Budget budget) {
        return switch (budget.exit()) {
            case NONE -> ExitRule.NEVER;
            case THRESHOLD -> description.thresholdRule();
            case CERTIFIED -> certified(budget.maximumAccuracyDrop());
        };
    }

    private ExitRule certified(double drop) {
        List<Certificate> certificates = description.certificates();
        for (int i = 0; i < certificates.size(); i++) {
            if (certificates.get(i).maximumAccuracyDrop() == drop) {
                return certificates.get(i).rule();
            }
        }
        throw new IllegalArgumentException("expected an accuracy drop that the model is certified for ("
                + (certificates.isEmpty()
                        ? "none: calibrate the run"
                        : String.join(
                                ", ",
                                certificates.stream()
                                        .map(certificate -> Double.toString(certificate.maximumAccuracyDrop()))
                                        .toList()))
                + "), got " + drop);
    }
}
