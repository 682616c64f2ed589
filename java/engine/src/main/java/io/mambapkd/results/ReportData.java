package io.mambapkd.results;

import io.mambapkd.tensor.ImageShape;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that report.html shows.
 *
 * @param summary the run; without students for a run that only trained a teacher
 * @param epochs metrics.jsonl, in the order it was written
 * @param configYaml the resolved configuration
 * @param samples some test images, in the order to be shown
 * @param classNames K names
 * @param version of this program
 * @param created when the run ended
 */
public record ReportData(
        RunSummary summary,
        List<EpochRecord> epochs,
        String configYaml,
        List<Sample> samples,
        List<String> classNames,
        String version,
        Instant created) {
    private static final int LONGEST_NAME = 40;

    public ReportData {
        epochs = List.copyOf(epochs);
        samples = List.copyOf(samples);
        classNames = List.copyOf(classNames);
    }

    /** The name of a class, or its number where it has none. */
    public String className(int label) {
        return label < classNames.size() ? classNames.get(label) : Integer.toString(label);
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
}
