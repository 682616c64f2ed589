package io.mambapkd.distill;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Logits of a group on one image set, student by student: what every prefix and every early exit is evaluated from.
 */
public final class GroupPredictions {
    private final int samples;
    private final int classes;
    private final int[] labels;
    private final List<float[]> own = new ArrayList<>();
    private final List<float[]> prefix = new ArrayList<>();

    /**
     * @param labels (n), not copied
     */
    public GroupPredictions(int[] labels, int classes) {
        this.samples = labels.length;
        this.classes = classes;
        this.labels = labels;
    }

    /**
     * Adds the next student.
     *
     * @param logits (n, K) of the student alone
     * @param keep weight of the group before
     * @param weight weight of the student
     */
    public void join(float[] logits, double keep, double weight) {
        own.add(logits);
        prefix.add(blend(logits, keep, weight));
    }

    /** Accuracy that the group would have if a student joined with these logits. */
    public double accuracyWith(float[] logits, double keep, double weight) {
        return accuracy(blend(logits, keep, weight), labels, classes);
    }

    private float[] blend(float[] logits, double keep, double weight) {
        float[] group = new float[logits.length];
        float[] before = prefix.isEmpty() ? group : prefix.get(prefix.size() - 1);
        for (int i = 0; i < group.length; i++) {
            group[i] = (float) (keep * before[i] + weight * logits[i]);
        }
        return group;
    }

    /** Logits (n, K) of the group so far, not copied; null before the first student. */
    public float @Nullable [] group() {
        return prefix.isEmpty() ? null : prefix.get(prefix.size() - 1);
    }

    /** Logits (n, K) of student {@code k} alone, from 0; not copied. */
    public float[] own(int k) {
        return own.get(k);
    }

    /** Logits (n, K) of the first {@code k + 1} students; not copied. */
    public float[] prefix(int k) {
        return prefix.get(k);
    }

    /** The predictions on some of the samples, in the order that is given. */
    public GroupPredictions chosen(int[] chosen) {
        GroupPredictions some =
                new GroupPredictions(Arrays.stream(chosen).map(this::label).toArray(), classes);
        own.forEach(logits -> some.own.add(rows(logits, chosen)));
        prefix.forEach(logits -> some.prefix.add(rows(logits, chosen)));
        return some;
    }

    private float[] rows(float[] logits, int[] chosen) {
        float[] rows = new float[chosen.length * classes];
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(logits, chosen[i] * classes, rows, i * classes, classes);
        }
        return rows;
    }

    public int students() {
        return own.size();
    }

    /** K. */
    public int classes() {
        return classes;
    }

    public int samples() {
        return samples;
    }

    /** Accuracy of student {@code k} alone, from 0. */
    public double ownAccuracy(int k) {
        return accuracy(own.get(k), labels, classes);
    }

    /** Accuracy of the group of the first {@code k + 1} students. */
    public double prefixAccuracy(int k) {
        return accuracy(prefix.get(k), labels, classes);
    }

    /** Answer of the first {@code k + 1} students to a sample. */
    public int prediction(int k, int sample) {
        return Probabilities.argmax(prefix.get(k), sample * classes, classes);
    }

    /** Answer of the whole group to a sample. */
    public int answer(int sample) {
        return prediction(students() - 1, sample);
    }

    /** Largest probability of the first {@code k + 1} students for a sample. */
    public double confidence(int k, int sample) {
        return Probabilities.largest(prefix.get(k), sample * classes, classes);
    }

    /** Probability that the first {@code k + 1} students give the true class of a sample. */
    public double probabilityOfLabel(int k, int sample) {
        double[] probabilities = new double[classes];
        Probabilities.softmax(prefix.get(k), sample * classes, classes, probabilities);
        return probabilities[labels[sample]];
    }

    /** Whether the first {@code k + 1} students answer a sample correctly. */
    public boolean isRight(int k, int sample) {
        return prediction(k, sample) == labels[sample];
    }

    public int label(int sample) {
        return labels[sample];
    }

    /** Counts (K, K) of the whole group; row = label, column = answer. */
    public List<List<Integer>> confusion() {
        return confusion(labels, classes, this::answer);
    }

    /** Counts (K, K) of the chain that stops at a threshold; row = label, column = answer. */
    public List<List<Integer>> confusion(double threshold) {
        return confusion(labels, classes, sample -> prediction(EarlyExit.exit(this, threshold, sample), sample));
    }

    /** Counts (K, K) of a model with logits (n, K); row = label, column = answer. */
    public static List<List<Integer>> confusion(float[] logits, int[] labels, int classes) {
        return confusion(labels, classes, sample -> answer(logits, sample, classes));
    }

    private static List<List<Integer>> confusion(int[] labels, int classes, IntUnaryOperator answer) {
        int[][] counts = new int[classes][classes];
        for (int i = 0; i < labels.length; i++) {
            counts[labels[i]][answer.applyAsInt(i)]++;
        }
        return Arrays.stream(counts)
                .map(row -> Arrays.stream(row).boxed().toList())
                .toList();
    }

    /** Class with the largest of the logits (n, K) of a sample. */
    public static int answer(float[] logits, int sample, int classes) {
        return Probabilities.argmax(logits, sample * classes, classes);
    }

    /** Share of rows whose first largest logit is the label's. */
    public static double accuracy(float[] logits, int[] labels, int classes) {
        int correct = 0;
        for (int i = 0; i < labels.length; i++) {
            if (answer(logits, i, classes) == labels[i]) {
                correct++;
            }
        }
        return (double) correct / labels.length;
    }
}
