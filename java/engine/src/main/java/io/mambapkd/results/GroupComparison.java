package io.mambapkd.results;

/**
 * The whole group beside a control, on the same test images. Images that both answer correctly, or both wrongly, say nothing about the difference.
 *
 * @param testImages n
 * @param onlyGroup number of images that only the group answers correctly
 * @param onlyControl number of images that only the control answers correctly
 * @param difference accuracy of the group less that of the control
 * @param standardError of the difference if neither were better: {@code sqrt(onlyGroup + onlyControl) / n}, as in McNemar's test
 * @param flopsSaved share of the group's FLOPs that the control does without, in 0..1; below 0 where it takes more
 */
public record GroupComparison(
        int testImages, int onlyGroup, int onlyControl, double difference, double standardError, double flopsSaved) {
    /** From the counts; arguments as those of the record. */
    public static GroupComparison of(int testImages, int onlyGroup, int onlyControl, double flopsSaved) {
        return new GroupComparison(
                testImages,
                onlyGroup,
                onlyControl,
                (double) (onlyGroup - onlyControl) / testImages,
                Math.sqrt((double) onlyGroup + onlyControl) / testImages,
                flopsSaved);
    }
}
