package io.mambapkd.results;

import java.util.List;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * What is in a data set, as {@code data info} says it.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param name of the data set
 * @param dataset its descriptor, with the folder named from the root
 * @param where its files are
 * @param height of each image, in pixels
 * @param width of each image, in pixels
 * @param channels values of a pixel
 * @param trainingImages number of images that models learn from
 * @param calibrationImages number of images that early exits are certified on
 * @param validationImages number of images that every other choice is made on
 * @param testImages number of images of the test set
 * @param bytes of all images in memory
 * @param split how the validation images were chosen: last or stratified
 * @param mean of the pixels over 255, subtracted before a model sees them: a number for each channel, or one for all
 * @param standardDeviation of the pixels over 255, divided by: as many
 * @param duplicates images that there are more than once
 * @param classes in the order of the labels
 * @param notes what is unusual, each a sentence with its remedy
 */
public record DataInfo(
        int formatVersion,
        String name,
        String dataset,
        String where,
        int height,
        int width,
        int channels,
        int trainingImages,
        int calibrationImages,
        int validationImages,
        int testImages,
        long bytes,
        String split,
        List<Float> mean,
        List<Float> standardDeviation,
        Copies duplicates,
        List<OfClass> classes,
        List<String> notes) {
    public static final int FORMAT_VERSION = 2;

    private static final DefaultPrettyPrinter PRINTER =
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

    /**
     * Images of one class.
     *
     * @param name of the class
     */
    public record OfClass(String name, int training, int calibration, int validation, int test) {}

    /**
     * Images whose pixels are those of another, byte for byte.
     *
     * @param training training images that are copies of an earlier training image
     * @param calibration calibration images that are copies of an earlier calibration image
     * @param validation validation images that are copies of an earlier validation image
     * @param test test images that are copies of an earlier test image
     * @param calibrationInTraining calibration images that are among the training images, too
     * @param validationInTraining validation images that are among the training images, too
     * @param testInTraining test images that are among the training images, too
     */
    public record Copies(
            long training,
            long calibration,
            long validation,
            long test,
            long calibrationInTraining,
            long validationInTraining,
            long testInTraining) {}

    public DataInfo {
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        classes = List.copyOf(classes);
        notes = List.copyOf(notes);
    }

    /** This record as indented JSON in UTF-8; keys are the names of the components, in their order. */
    public byte[] json() {
        String text = StrictJson.MAPPER.writer().with(PRINTER).writeValueAsString(this);
        return StrictJson.bytes(text);
    }
}
