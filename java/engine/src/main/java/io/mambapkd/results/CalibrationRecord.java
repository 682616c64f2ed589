package io.mambapkd.results;

import java.util.List;
import java.util.Optional;

/**
 * What calibration.json of a run folder holds: the certified exits of a chain and what they come to. Accuracies and other shares are in 0..1, accuracy drops in points: 0.2 means 99.0 % in
 * place of 99.2 %. FLOPs are shares of the teacher's.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param from which images calibrated: {@code calibration}, {@code validation} or {@code test}
 * @param students names, in the order of the chain
 * @param studentsSha256 hashes of their checkpoints, in hexadecimal digits
 * @param regret coefficients of the predictor of the regret at each exit but the last: the intercept, then one for each feature
 * @param fitImages number of images that the predictors of the regret were fitted on
 * @param certifyingImages number of other images that the thresholds were tested on
 * @param testImages number of images that had no part in either, on which the figures are
 * @param confidence of each promise, between 0 and 1
 * @param testAccuracy of the whole chain
 * @param flopsRatio of the whole chain
 * @param drops ascending
 * @param monotony of the chain
 * @param splits number of random halves of the test images on which each promise was checked
 * @param notes what limits the promises, each a sentence without its full stop
 */
public record CalibrationRecord(
        int formatVersion,
        String from,
        List<String> students,
        List<String> studentsSha256,
        List<List<Double>> regret,
        int fitImages,
        int certifyingImages,
        int testImages,
        double confidence,
        double testAccuracy,
        double flopsRatio,
        List<Drop> drops,
        Monotony monotony,
        int splits,
        List<String> notes) {
    /** Version of the file. */
    public static final int FORMAT_VERSION = 1;

    public CalibrationRecord {
        students = List.copyOf(students);
        studentsSha256 = List.copyOf(studentsSha256);
        regret = regret.stream().map(List::copyOf).toList();
        drops = List.copyOf(drops);
        notes = List.copyOf(notes);
    }

    /**
     * A drop of the accuracy that is to be promised.
     *
     * @param maximumAccuracyDrop in points
     * @param imagesNeeded the fewest certifying images with which the promise can be made
     * @param regret the certified rule; empty where none is
     * @param largestProbability the threshold of the largest probability, certified in the same way; empty where none is
     */
    public record Drop(
            double maximumAccuracyDrop, int imagesNeeded, Optional<Rule> regret, Optional<Rule> largestProbability) {}

    /**
     * A certified rule.
     *
     * @param threshold of the predicted regret, or of the largest probability
     * @param failures number of certifying images that are wrong where they stop and right at the end of the chain
     * @param pValue how probable so few are where their share is larger than promised
     * @param testAccuracy of the chain that stops by the rule
     * @param averageFlopsRatio of it
     * @param exits share of the test images that stop at each student
     * @param broken share of the test images that are wrong where they stop and right at the end of the chain
     * @param promisesBroken number of random halves of the test images on which the accuracy drops by more than promised
     */
    public record Rule(
            double threshold,
            int failures,
            double pValue,
            double testAccuracy,
            double averageFlopsRatio,
            List<Double> exits,
            double broken,
            int promisesBroken) {
        public Rule {
            exits = List.copyOf(exits);
        }
    }

    /**
     * Whether answers only become better along the chain.
     *
     * @param fall what counts as a fall of a probability
     * @param falling share of the test images for which some student lowers the probability of the true class by more than that
     * @param lost share of the test images that are right at some student and wrong at the end
     */
    public record Monotony(double fall, double falling, double lost) {}
}
