package io.mambapkd.distill.calibration;

import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;
import java.util.ArrayList;
import java.util.List;

/**
 * What an exit rule comes to on images that had no part in choosing it.
 *
 * @param accuracy in 0..1
 * @param averageFlops per image, of the students that were evaluated
 * @param exits share of the images that stop at each student
 * @param broken share of the images that are wrong where they stop and right at the end of the chain
 */
public record RuleFigures(double accuracy, double averageFlops, List<Double> exits, double broken) {
    public RuleFigures {
        exits = List.copyOf(exits);
    }

    /** @param flops of each student, for one image */
    public static RuleFigures of(ExitScores scores, double threshold, List<Long> flops) {
        GroupPredictions predictions = scores.predictions();
        int[] exits = new int[predictions.students()];
        int right = 0;
        for (int sample = 0; sample < predictions.samples(); sample++) {
            int exit = scores.exit(sample, threshold);
            exits[exit]++;
            right += predictions.isRight(exit, sample) ? 1 : 0;
        }
        double samples = predictions.samples();
        long cumulative = 0;
        double total = 0;
        List<Double> shares = new ArrayList<>();
        for (int k = 0; k < exits.length; k++) {
            cumulative += flops.get(k);
            total += (double) cumulative * exits[k];
            shares.add(exits[k] / samples);
        }
        return new RuleFigures(right / samples, total / samples, shares, scores.broken(threshold) / samples);
    }

    /**
     * How often the accuracy is more than {@code drop} below the whole chain's on random halves of the images.
     *
     * @param drop as a share: 0.002 for 0.2 points
     * @param splits number of halves, each drawn anew
     * @param seed of the draws
     */
    public static int promisesBroken(ExitScores scores, double threshold, double drop, int splits, long seed) {
        GroupPredictions predictions = scores.predictions();
        int last = predictions.students() - 1;
        int[] lost = new int[predictions.samples()];
        for (int sample = 0; sample < lost.length; sample++) {
            boolean stopped = predictions.isRight(scores.exit(sample, threshold), sample);
            lost[sample] = (predictions.isRight(last, sample) ? 1 : 0) - (stopped ? 1 : 0);
        }
        int half = (lost.length + 1) / 2;
        int broken = 0;
        for (int split = 0; split < splits; split++) {
            Permutation order = new Permutation(seed, Purpose.PROMISE_CHECK, split, lost.length);
            int sum = 0;
            for (int i = 0; i < half; i++) {
                sum += lost[order.at(i)];
            }
            broken += sum > drop * half ? 1 : 0;
        }
        return broken;
    }
}
