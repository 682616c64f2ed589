package io.mambapkd.results;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Feature;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.mambapkd.PlainText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * The data of a run: what its models expect of an image, and which images they have seen. In summary.json and in every checkpoint.
 *
 * @param dataset name: {@code mnist}, {@code fashion-mnist}, or that of the folder
 * @param imageShape {@code HxWxC}, in pixels
 * @param classNames K names, in the order of the logits
 * @param mean of the pixels over 255, subtracted: a number for each channel, or one for all, which JSON has without brackets
 * @param standardDeviation of the pixels over 255, divided by: as many
 * @param trainingImages number of images that models learn from
 * @param calibrationImages number of images that early exits are certified on; JSON leaves it out where there are none
 * @param validationImages number of images that every other choice is made on
 * @param testImages number of images of the test set
 * @param trainingSha256 of the training images and their labels: see {@code DataFingerprint}
 * @param calibrationSha256 of the calibration images and their labels; empty, and left out of JSON, where there are none
 * @param validationSha256 of the validation images and their labels
 * @param testSha256 of the test images and their labels
 */
public record DataRecord(
        String dataset,
        String imageShape,
        List<String> classNames,

        @JsonFormat(with = {Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY, Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED})
        List<Float> mean,

        @JsonFormat(with = {Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY, Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED})
        List<Float> standardDeviation,

        int trainingImages,

        @JsonInclude(Include.NON_DEFAULT) int calibrationImages,

        int validationImages,
        int testImages,
        String trainingSha256,

        @JsonInclude(Include.NON_EMPTY) String calibrationSha256,

        String validationSha256,
        String testSha256) {
    public DataRecord {
        classNames = List.copyOf(classNames);
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
    }

    /**
     * Adds to the JSON of a record what it leaves out where there are no calibration images, as that of older versions does.
     *
     * @return whether anything was left out
     */
    static boolean fillUp(ObjectNode record) {
        if (record.has("calibrationImages") || record.has("calibrationSha256")) {
            return false;
        }
        record.put("calibrationImages", 0).put("calibrationSha256", "");
        return true;
    }

    /**
     * In what these data differ from others as data for the same models: image size and classes.
     *
     * @return a clause each: {@code images of 32x32x1 instead of 28x28x1}
     */
    public List<String> otherKind(DataRecord expected) {
        List<String> differences = new ArrayList<>();
        if (!imageShape.equals(expected.imageShape)) {
            differences.add("images of " + imageShape + " instead of " + expected.imageShape);
        }
        if (!classNames.equals(expected.classNames)) {
            differences.add(otherClasses(expected));
        }
        return differences;
    }

    private String otherClasses(DataRecord expected) {
        int count = classNames.size();
        int expectedCount = expected.classNames.size();
        String counts = count == expectedCount ? "other classes" : count + " classes instead of " + expectedCount;
        List<String> unknown = classNames.stream()
                .filter(name -> !expected.classNames.contains(name))
                .toList();
        if (unknown.isEmpty()) {
            return count == expectedCount ? "the classes in another order" : counts;
        }
        return counts + " (" + some(unknown) + " not among " + some(expected.classNames) + ")";
    }

    /** At most three names. */
    private static String some(List<String> names) {
        String first = names.stream().limit(3).map(PlainText::name).collect(Collectors.joining(", "));
        return names.size() > 3 ? first + ", ..." : first;
    }

    /** In what these data differ from others at all; a clause each. */
    public List<String> differences(DataRecord expected) {
        List<String> differences = otherKind(expected);
        images(
                differences,
                "training",
                trainingImages,
                trainingSha256,
                expected.trainingImages,
                expected.trainingSha256);
        images(
                differences,
                "calibration",
                calibrationImages,
                calibrationSha256,
                expected.calibrationImages,
                expected.calibrationSha256);
        images(
                differences,
                "validation",
                validationImages,
                validationSha256,
                expected.validationImages,
                expected.validationSha256);
        images(differences, "test", testImages, testSha256, expected.testImages, expected.testSha256);
        // Versions before had one number for images of several channels, too.
        boolean comparable = mean.size() == expected.mean.size();
        if (comparable && !(mean.equals(expected.mean) && standardDeviation.equals(expected.standardDeviation))) {
            differences.add("a mean of " + text(mean) + " and a standard deviation of " + text(standardDeviation)
                    + " instead of " + text(expected.mean) + " and " + text(expected.standardDeviation));
        }
        return differences;
    }

    private static String text(List<Float> values) {
        return values.size() == 1 ? values.get(0).toString() : values.toString();
    }

    private static void images(
            List<String> differences, String kind, int count, String hash, int expectedCount, String expectedHash) {
        if (count != expectedCount) {
            differences.add(count + " " + kind + " images instead of " + expectedCount);
        } else if (!hash.equals(expectedHash)) {
            differences.add("other " + kind + " images");
        }
    }
}
