package io.mambapkd.results;

import io.mambapkd.tensor.ImageShape;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that report.html shows.
 *
 * @param summary the run; without students for a run that only trained a teacher
 * @param epochs metrics.jsonl, in the order it was written
 * @param configYaml the resolved configuration
 * @param samples some test images, in the order to be shown
 * @param examples test images of the group's errors and of what its later students correct
 * @param classNames K names
 * @param version of this program
 * @param created when the run ended
 * @param calibration what its certified early exits come to; empty where it has none
 */
public record ReportData(
        RunSummary summary,
        List<EpochRecord> epochs,
        String configYaml,
        List<Sample> samples,
        Examples examples,
        List<String> classNames,
        String version,
        Instant created,
        Optional<CalibrationRecord> calibration) {
    private static final int LONGEST_NAME = 40;

    public ReportData {
        epochs = List.copyOf(epochs);
        samples = List.copyOf(samples);
        classNames = List.copyOf(classNames);
    }

    /** Without examples. */
    public ReportData(
            RunSummary summary,
            List<EpochRecord> epochs,
            String configYaml,
            List<Sample> samples,
            List<String> classNames,
            String version,
            Instant created) {
        this(summary, epochs, configYaml, samples, Examples.NONE, classNames, version, created, Optional.empty());
    }

    /** Of a run that is not calibrated. */
    public ReportData(
            RunSummary summary,
            List<EpochRecord> epochs,
            String configYaml,
            List<Sample> samples,
            Examples examples,
            List<String> classNames,
            String version,
            Instant created) {
        this(summary, epochs, configYaml, samples, examples, classNames, version, created, Optional.empty());
    }

    /** The same run with certified early exits. */
    public ReportData with(CalibrationRecord exits) {
        return new ReportData(
                summary, epochs, configYaml, samples, examples, classNames, version, created, Optional.of(exits));
    }

    /** The name of a class, or its number where it has none or a blank one. */
    public String className(int label) {
        return RunSummary.className(classNames, label);
    }

    /** The name of a class in the midst of other text: the middle of a long one is left out. */
    public String shortClassName(int label) {
        return Format.shortened(className(label), LONGEST_NAME);
    }

    /**
     * One test image and what was said about it.
     *
     * @param index its position in the test set
     * @param pixels (H, W, C) unsigned bytes; not copied
     * @param shape of the image; three channels are shown in colour, of others the first one
     * @param label what it is
     * @param teacherPrediction what the teacher says
     * @param chain what the students say; null for a run without students
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; a list of 784 boxed bytes would serve nobody.
    public record Sample(
            int index,
            byte[] pixels,
            ImageShape shape,
            int label,
            int teacherPrediction,
            @Nullable Chain chain) {
        public Sample {
            if (pixels.length != shape.elements()) {
                throw new IllegalArgumentException(pixels.length + " pixel values are not one image of " + shape);
            }
        }
    }

    /**
     * What the students say.
     *
     * @param groupPrediction of the whole group
     * @param prediction of the chain, where it stopped
     * @param stop the student it stopped at, from 1
     * @param confidence the largest probability there, in 0..1
     */
    public record Chain(int groupPrediction, int prediction, int stop, double confidence) {}

    /**
     * Test images that were chosen for what the group answers.
     *
     * @param confused some of its most frequent confusions, ascending within each
     * @param corrected some that the first student answers wrongly and the whole group correctly, ascending
     */
    public record Examples(List<Example> confused, List<Example> corrected) {
        /** None at all. */
        public static final Examples NONE = new Examples(List.of(), List.of());

        public Examples {
            confused = List.copyOf(confused);
            corrected = List.copyOf(corrected);
        }
    }

    /**
     * One test image and what every prefix of the group says about it.
     *
     * @param index its position in the test set
     * @param pixels (H, W, C) unsigned bytes, as in the file; not copied
     * @param shape of the image
     * @param label what it is
     * @param answers of the first student, of the first two, and so on; the last is the whole group's
     * @param confidence probability that the whole group gives its answer, in 0..1
     * @param teacherPrediction what the teacher says
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Example(
            int index,
            byte[] pixels,
            ImageShape shape,
            int label,
            List<Integer> answers,
            double confidence,
            int teacherPrediction) {
        public Example {
            answers = List.copyOf(answers);
            if (pixels.length != shape.elements()) {
                throw new IllegalArgumentException(pixels.length + " pixel values are not one image of " + shape);
            }
        }

        /** Answer of the whole group. */
        public int groupAnswer() {
            return answers.get(answers.size() - 1);
        }
    }
}
