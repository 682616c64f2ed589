package io.mambapkd.results;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a classifier answers the test images of each class.
 *
 * @param balancedAccuracy mean of {@code accuracy} over the classes that have test images, in 0..1
 * @param accuracy (K) share of a class's test images that are answered correctly, also called recall, in 0..1; null for a class without test images
 * @param precision (K) share of the answers of a class that are correct, in 0..1; null for a class that is never the answer
 */
public record ClassNumbers(double balancedAccuracy, List<@Nullable Double> accuracy, List<@Nullable Double> precision) {
    public ClassNumbers {
        // List.copyOf takes no null.
        accuracy = Collections.unmodifiableList(new ArrayList<>(accuracy));
        precision = Collections.unmodifiableList(new ArrayList<>(precision));
    }

    /**
     * The numbers of a confusion matrix.
     *
     * @param confusion (K, K) counts, row = label, column = answer
     * @return null where nothing was counted
     */
    public static @Nullable ClassNumbers of(List<List<Integer>> confusion) {
        List<@Nullable Double> accuracy = new ArrayList<>();
        List<@Nullable Double> precision = new ArrayList<>();
        for (int k = 0; k < confusion.size(); k++) {
            int column = k;
            int right = confusion.get(k).get(k);
            long images = total(confusion.get(k));
            long answers = confusion.stream().mapToLong(row -> row.get(column)).sum();
            accuracy.add(images == 0 ? null : (double) right / images);
            precision.add(answers == 0 ? null : (double) right / answers);
        }
        double[] occurring = accuracy.stream()
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .toArray();
        if (occurring.length == 0) {
            return null;
        }
        double sum = 0;
        for (double share : occurring) {
            sum += share;
        }
        return new ClassNumbers(sum / occurring.length, accuracy, precision);
    }

    /** (K) number of images of each class, of a confusion matrix. */
    static List<Integer> images(List<List<Integer>> confusion) {
        return confusion.stream().map(row -> Math.toIntExact(total(row))).toList();
    }

    private static long total(List<Integer> row) {
        return row.stream().mapToLong(Integer::longValue).sum();
    }

    /** Accuracy of a class; null without test images, and for a class that this does not know. */
    public @Nullable Double accuracyOf(int label) {
        return label < accuracy.size() ? accuracy.get(label) : null;
    }

    /** Precision of a class; null where it is never the answer, and for a class that this does not know. */
    public @Nullable Double precisionOf(int label) {
        return label < precision.size() ? precision.get(label) : null;
    }
}
