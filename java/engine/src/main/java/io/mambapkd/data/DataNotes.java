package io.mambapkd.data;

import io.mambapkd.PlainText;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Looks through a dataset for what is likely to be a mistake, or makes its accuracies mean something else. Each note names a remedy. */
final class DataNotes {
    /** Means of training and test images that are further apart than this many standard deviations are worth a note; MNIST's are 0.01 apart. */
    private static final double MEANS_APART = 0.5;

    /** Standard deviations that differ by more than this factor are worth a note. */
    private static final double DEVIATIONS_APART = 2;

    /** A class with more images than the smallest one times this is worth a note. */
    private static final int IMBALANCE = 20;

    private final Dataset dataset;
    private final List<String> notes = new ArrayList<>();

    private DataNotes(Dataset dataset) {
        this.dataset = dataset;
    }

    /** Of a dataset whose files are known to be right: only how it was split. */
    static List<String> ofSplit(Dataset dataset) {
        DataNotes found = new DataNotes(dataset);
        found.classes();
        return found.notes;
    }

    static List<String> of(Dataset dataset) {
        DataNotes found = new DataNotes(dataset);
        found.classes();
        found.balance();
        found.duplicates();
        found.constant();
        found.brightness();
        return found.notes;
    }

    private void classes() {
        BitSet training = occurring(dataset.training());
        BitSet validation = occurring(dataset.validation());
        BitSet test = occurring(dataset.test());
        BitSet all = new BitSet();
        all.set(0, dataset.training().classes());
        BitSet nowhere = without(without(without(all, training), validation), test);
        if (!nowhere.isEmpty()) {
            notes.add(names(nowhere) + " in any file, though the model has " + all.cardinality()
                    + " classes; use the files of one dataset");
        }
        BitSet testOnly = without(without(test, training), validation);
        if (!testOnly.isEmpty()) {
            notes.add(names(testOnly) + " in the training images, only in the test images, so "
                    + (testOnly.cardinality() == 1
                            ? "it cannot be learnt; add training images of it, or remove its test images"
                            : "they cannot be learnt; add training images of them, or remove their test images"));
        }
        BitSet unlearnt = without(validation, training);
        if (!unlearnt.isEmpty()) {
            notes.add(names(unlearnt) + " in the images that are left to train on, only in the validation images;"
                    + " draw those from each class with --set split=stratified");
        }
        BitSet unseen = without(training, validation);
        if (dataset.split() == SplitKind.LAST && !unseen.isEmpty()) {
            notes.add(names(unseen) + " in the validation images, which are the last of the training file;"
                    + " draw them from each class with --set split=stratified");
        }
        BitSet untested = without(training, test);
        if (!untested.isEmpty()) {
            notes.add(names(untested) + " in the test images, so the test accuracy does not tell of "
                    + (untested.cardinality() == 1 ? "it; add test images of it" : "them; add test images of them"));
        }
    }

    private static BitSet occurring(ImageSet set) {
        return LabelMap.occurring(set.labelBytes());
    }

    private static BitSet without(BitSet set, BitSet others) {
        BitSet rest = (BitSet) set.clone();
        rest.andNot(others);
        return rest;
    }

    /** {@code class 3 does not occur}, {@code classes 3, 5 do not occur}. */
    private String names(BitSet classes) {
        String names = classes.stream().limit(5).mapToObj(this::name).collect(Collectors.joining(", "));
        return classes.cardinality() == 1
                ? "class " + names + " does not occur"
                : "classes " + names + (classes.cardinality() > 5 ? ", ..." : "") + " do not occur";
    }

    private String name(int label) {
        return PlainText.name(dataset.classNames().get(label));
    }

    private void balance() {
        int[] counts = new int[dataset.training().classes()];
        count(dataset.training(), counts);
        dataset.calibration().ifPresent(set -> count(set, counts));
        count(dataset.validation(), counts);
        int[] byCount = IntStream.range(0, counts.length)
                .filter(c -> counts[c] > 0)
                .boxed()
                .sorted((a, b) -> Integer.compare(counts[a], counts[b]))
                .mapToInt(c -> c)
                .toArray();
        int least = byCount[0];
        int most = byCount[byCount.length - 1];
        if (counts[most] > (long) IMBALANCE * counts[least]) {
            notes.add("class " + name(most) + " has " + counts[most] + " training images, class "
                    + name(least) + " has " + counts[least]
                    + "; a model may neglect the rare classes: give all the same weight with --class-weights balanced");
        }
    }

    private static void count(ImageSet set, int[] counts) {
        for (byte label : set.labelBytes()) {
            counts[label & 0xff]++;
        }
    }

    private void duplicates() {
        Duplicates training = new Duplicates(dataset.training());
        Duplicates validation = new Duplicates(dataset.validation());
        Optional<ImageSet> calibration = dataset.calibration();
        Optional<Duplicates> calibrated = calibration.map(Duplicates::new);
        ImageSet test = dataset.test();
        long inTest = IntStream.range(0, test.size())
                .filter(i -> training.contains(test, i)
                        || validation.contains(test, i)
                        || calibrated.filter(images -> images.contains(test, i)).isPresent())
                .count();
        if (inTest > 0) {
            notes.add(share(inTest, test, "test") + " among the training images, too, pixel for pixel, so the test"
                    + " accuracy is too high; remove them from one of the two");
        }
        long inValidation = IntStream.range(0, dataset.validation().size())
                .filter(i -> training.contains(dataset.validation(), i))
                .count();
        if (inValidation > 0) {
            notes.add(share(inValidation, dataset.validation(), "validation")
                    + " among the images that are left to train on, too, pixel for pixel, so the validation accuracy is"
                    + " too high; keep one of each");
        }
        calibration.ifPresent(images -> calibrationDuplicates(images, training, validation));
    }

    private void calibrationDuplicates(ImageSet calibration, Duplicates training, Duplicates validation) {
        long seen = IntStream.range(0, calibration.size())
                .filter(i -> training.contains(calibration, i) || validation.contains(calibration, i))
                .count();
        if (seen > 0) {
            notes.add(share(seen, calibration, "calibration")
                    + " among the images for training or validation, too, pixel for pixel, so what is certified on them"
                    + " promises too much; keep one of each");
        }
    }

    private static String share(long count, ImageSet set, String name) {
        return count + " of the " + set.size() + " " + name + " images " + (count == 1 ? "is" : "are");
    }

    private void constant() {
        note(
                constant(dataset.training())
                        + dataset.calibration().map(DataNotes::constant).orElse(0)
                        + constant(dataset.validation()),
                dataset.training().size()
                        + dataset.calibrationImages()
                        + dataset.validation().size(),
                "training");
        note(constant(dataset.test()), dataset.test().size(), "test");
    }

    private void note(int constant, int images, String name) {
        if (constant > 0) {
            notes.add(constant + " of the " + images + " " + name + " images " + (constant == 1 ? "has" : "have")
                    + " the same value in every pixel, so there is nothing to see;"
                    + " remove them, or check how the images were converted");
        }
    }

    /** Inverted images, or those of another scale, in one of the two files. */
    private void brightness() {
        // Measured, as those of fashion-mnist are the published ones.
        Statistics training = Statistics.of(dataset.training().sums().together());
        Statistics test = Statistics.of(dataset.test().sums().together());
        float mean = training.mean().get(0);
        float deviation = training.standardDeviation().get(0);
        double apart = Math.abs(test.mean().get(0) - mean);
        double factor = test.standardDeviation().get(0) / deviation;
        if (apart > MEANS_APART * deviation || factor > DEVIATIONS_APART || factor < 1 / DEVIATIONS_APART) {
            notes.add(String.format(
                    Locale.ROOT,
                    "the test images have pixels of %.1f on average, standard deviation %.1f, the training images of %.1f,"
                            + " standard deviation %.1f; check that both were converted alike",
                    255 * test.mean().get(0),
                    255 * test.standardDeviation().get(0),
                    255 * mean,
                    255 * deviation));
        }
    }

    /** Number of images whose pixels are all equal. */
    private static int constant(ImageSet set) {
        int elements = set.shape().elements();
        byte[] pixels = set.pixels();
        int count = 0;
        for (int image = 0; image < set.size(); image++) {
            int from = image * elements;
            int i = from + 1;
            while (i < from + elements && pixels[i] == pixels[from]) {
                i++;
            }
            if (i == from + elements) {
                count++;
            }
        }
        return count;
    }
}
