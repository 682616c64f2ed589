package io.mambapkd.distill;

import java.util.ArrayList;
import java.util.List;

/**
 * A chain that stops as soon as it is sure: students are evaluated in order, and the first prefix whose largest probability reaches the threshold
 * gives the answer; the last student always does.
 */
public final class EarlyExit {
    /** Thresholds that are evaluated, ascending. */
    public static final List<Double> THRESHOLDS = List.of(
            0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.84, 0.86, 0.88, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97,
            0.98, 0.99, 0.995, 0.999);

    /**
     * What a threshold comes to on one image set.
     *
     * @param threshold in (0, 1]
     * @param averageFlops per image, of the students that were evaluated
     * @param accuracy in 0..1
     * @param exits share of the images that stopped at each student
     */
    public record Result(double threshold, double averageFlops, double accuracy, List<Double> exits) {}

    private EarlyExit() {}

    /** Index of the student at which a sample stops. */
    public static int exit(GroupPredictions predictions, double threshold, int sample) {
        int last = predictions.students() - 1;
        for (int k = 0; k < last; k++) {
            if (predictions.confidence(k, sample) >= threshold) {
                return k;
            }
        }
        return last;
    }

    /**
     * Evaluates every threshold of {@link #THRESHOLDS}.
     *
     * @param flops per image of each student
     */
    public static List<Result> evaluate(GroupPredictions predictions, List<Long> flops) {
        int students = predictions.students();
        double[] confidence = new double[predictions.samples() * students];
        for (int i = 0; i < predictions.samples(); i++) {
            for (int k = 0; k < students; k++) {
                confidence[i * students + k] = predictions.confidence(k, i);
            }
        }
        return THRESHOLDS.stream()
                .map(threshold -> evaluate(predictions, flops, threshold, confidence))
                .toList();
    }

    private static Result evaluate(
            GroupPredictions predictions, List<Long> flops, double threshold, double[] confidence) {
        int students = predictions.students();
        int[] exits = new int[students];
        int correct = 0;
        for (int i = 0; i < predictions.samples(); i++) {
            int k = 0;
            while (k < students - 1 && confidence[i * students + k] < threshold) {
                k++;
            }
            exits[k]++;
            if (predictions.prediction(k, i) == predictions.label(i)) {
                correct++;
            }
        }
        double samples = predictions.samples();
        long cumulative = 0;
        double total = 0;
        List<Double> shares = new ArrayList<>();
        for (int k = 0; k < students; k++) {
            cumulative += flops.get(k);
            total += (double) cumulative * exits[k];
            shares.add(exits[k] / samples);
        }
        return new Result(threshold, total / samples, correct / samples, List.copyOf(shares));
    }

    /**
     * The cheapest threshold whose accuracy is at most {@code maximumLoss} below that of the whole group, on the validation images; the highest
     * threshold if none is.
     *
     * @param results of {@link #evaluate} on the validation images
     */
    public static double choose(List<Result> results, double groupAccuracy, double maximumLoss) {
        return results.stream()
                .filter(result -> result.accuracy() >= groupAccuracy - maximumLoss)
                .mapToDouble(Result::threshold)
                .min()
                .orElse(THRESHOLDS.get(THRESHOLDS.size() - 1));
    }
}
