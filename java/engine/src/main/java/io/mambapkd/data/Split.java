package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Amount;
import io.mambapkd.random.Purpose;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Which training images are for validation.
 *
 * @param kind last or stratified
 * @param validation their positions in the training file
 */
record Split(SplitKind kind, BitSet validation) {
    private static final int MOST_BY_DEFAULT = 10_000;

    private static final int SHARE_BY_DEFAULT = 10;

    private static final String REMEDY = "set it with --set validationImages=N or --validation N";

    /**
     * @param labels (n) of the training file, in 0..classes-1
     * @param wanted 0 for the usual number
     * @param kind last or stratified
     * @param where the training images are, for messages
     * @throws InputException if no training image would be left, or no validation image
     */
    static Split of(byte[] labels, int classes, Amount wanted, SplitKind kind, String where) {
        int kept = kind == SplitKind.STRATIFIED ? LabelMap.occurring(labels).cardinality() : 1;
        int most = labels.length - kept;
        if (most < 1) {
            throw new InputException(new Problem(
                    "expected more training images than " + (kept == 1 ? "one" : "the " + kept + " classes")
                            + ", so that some are left for validation, got " + labels.length + ", at " + where,
                    "add training images"));
        }
        int number = wanted.isZero()
                ? Math.min(most, Math.max(1, Math.min(labels.length / SHARE_BY_DEFAULT, MOST_BY_DEFAULT)))
                : wanted.ofTotal(labels.length);
        if (number < 1 || number > most) {
            String got = wanted.isPercentage() ? wanted + ", which is " + number + "," : wanted + ",";
            throw new InputException(new Problem(
                    "expected validationImages from 1 to " + most + ", got " + got + " for the " + labels.length
                            + " training images at " + where + ", of which "
                            + (kept == 1 ? "one" : "one of each of the " + kept + " classes")
                            + " must be left to train on",
                    REMEDY));
        }
        if (kind != SplitKind.LAST) {
            return new Split(kind, StratifiedDraw.of(labels, classes, number, Purpose.VALIDATION_SPLIT));
        }
        BitSet last = new BitSet(labels.length);
        last.set(labels.length - number, labels.length);
        return new Split(kind, last);
    }

    /**
     * Makes a dataset of images that are read: brings them upright, takes the validation images and the calibration images out of the training images, and computes the statistics of those that are left.
     *
     * @param read the training images, with those for validation and calibration; not to be used afterwards
     * @param readTest the test images; not to be used afterwards
     * @param published mean and standard deviation, where they are known
     * @param where the training images are, for messages
     */
    static Dataset dataset(
            String name,
            DatasetRequest request,
            ImageSet read,
            ImageSet readTest,
            List<String> classNames,
            Optional<Statistics> published,
            String where,
            List<String> notes) {
        ImageSet all = read.upright(request.orientation());
        ImageSet test = readTest.upright(request.orientation());
        Split split = of(all.labelBytes(), classNames.size(), request.validationImages(), request.split(), where);
        ImageSet validation = all.chosen(split.validation());
        int images = all.size();
        CalibrationSplit rest = CalibrationSplit.of(
                all.left(split.validation(), validation),
                images,
                classNames.size(),
                request.calibrationImages(),
                where);
        Statistics statistics = published.orElseGet(() -> Statistics.of(rest.training(), where));
        return new Dataset(
                name,
                rest.training(),
                rest.calibration(),
                validation,
                test,
                statistics.mean(),
                statistics.standardDeviation(),
                classNames,
                split.kind(),
                notes);
    }

    /** What was done where nobody asked for it. */
    static String note(Dataset dataset) {
        int size = dataset.validation().size();
        int images = dataset.training().size() + dataset.calibrationImages() + size;
        String which = dataset.split() == SplitKind.LAST
                ? "the last " + size + " of the " + images + " training images" + are(size) + "used for validation"
                : size + " of the " + images + " training images" + are(size)
                        + "drawn for validation, in proportion to the classes";
        return which + "; set it with --set validationImages=N or --validation 10%";
    }

    private static String are(int images) {
        return images == 1 ? " is " : " are ";
    }
}
