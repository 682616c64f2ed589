package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Amount;
import io.mambapkd.random.Purpose;
import java.util.BitSet;
import java.util.Optional;

/**
 * The images that are left without those for validation, parted into training and calibration images. Both keep their order.
 *
 * @param training what models learn from
 * @param calibration drawn from each class in proportion; empty where none are asked for
 */
record CalibrationSplit(ImageSet training, Optional<ImageSet> calibration) {
    /**
     * @param rest the training images without those for validation; not to be used afterwards
     * @param all number of training images with those for validation, which a percentage is a part of
     * @param wanted 0 for none
     * @param where the training images are, for messages
     * @throws InputException if a class that occurs would be left without a training image, or a percentage is less than an image
     */
    static CalibrationSplit of(ImageSet rest, int all, int classes, Amount wanted, String where) {
        if (wanted.isZero()) {
            return new CalibrationSplit(rest, Optional.empty());
        }
        byte[] labels = rest.labelBytes();
        int kept = LabelMap.occurring(labels).cardinality();
        int most = labels.length - kept;
        int number = wanted.ofTotal(all);
        if (number < 1 || number > most) {
            String got = wanted.isPercentage() ? wanted + ", which is " + number + "," : wanted.toString();
            throw new InputException(new Problem(
                    "expected calibrationImages " + (most == 0 ? "0" : "from 1 to " + most + ", or 0 for none")
                            + ", got "
                            + got + " for the " + labels.length + " training images at " + where
                            + " that are not for validation, of which "
                            + (kept == 1 ? "one" : "one of each of the " + kept + " classes")
                            + " must be left to train on",
                    "set it with --set calibrationImages=N or --calibration N"));
        }
        BitSet drawn = StratifiedDraw.of(labels, classes, number, Purpose.CALIBRATION_SPLIT);
        ImageSet calibration = rest.chosen(drawn);
        return new CalibrationSplit(rest.left(drawn, calibration), Optional.of(calibration));
    }
}
