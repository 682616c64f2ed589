package io.mambapkd.train.run;

import java.util.List;

/**
 * What is to be promised of early exits, and by which images.
 *
 * @param from the images that calibrate
 * @param drops of the accuracy, in points: 0.2 means 99.0 % in place of 99.2 %; above 0, at most 100, ascending
 * @param confidence of each promise, between 0 and 1
 */
public record CalibrationRequest(Source from, List<Double> drops, double confidence) {
    /** Which images calibrate. */
    public enum Source {
        /** Those that the run has set aside for it: nothing else was chosen on them. */
        CALIBRATION,
        /** Those that the run has chosen by. */
        VALIDATION,
        /** A random half of the test images; figures are those of the other half. */
        TEST
    }

    /** What a run promises where nobody asks for anything else. */
    public static final CalibrationRequest USUAL =
            new CalibrationRequest(Source.CALIBRATION, List.of(0.2, 0.5, 1.0), 0.95);

    public CalibrationRequest {
        drops = List.copyOf(drops);
        boolean inRange = drops.stream().allMatch(drop -> drop > 0 && drop <= 100);
        if (!inRange || drops.isEmpty() || !(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException(
                    "expected drops in (0, 100] and a confidence in (0, 1), got " + drops + " and " + confidence);
        }
    }
}
