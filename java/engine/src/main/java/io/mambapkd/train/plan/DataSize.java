package io.mambapkd.train.plan;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.tensor.ImageShape;

/**
 * How much data there is.
 *
 * @param training number of training images
 * @param calibration number of calibration images
 * @param validation number of validation images
 * @param test number of test images
 * @param image extents of each
 * @param classes K
 */
public record DataSize(int training, int calibration, int validation, int test, ImageShape image, int classes) {
    public static DataSize of(Dataset dataset) {
        ImageSet training = dataset.training();
        return new DataSize(
                training.size(),
                dataset.calibrationImages(),
                dataset.validation().size(),
                dataset.test().size(),
                training.shape(),
                training.classes());
    }

    /** Bytes of the images and labels in the host's memory. */
    long bytes() {
        return ((long) training + calibration + validation + test) * (image.elements() + 1L);
    }

    /** Test images that a run evaluates, where 0 asks for all. */
    public int evaluated(int testImages) {
        return testImages == 0 ? test : Math.min(testImages, test);
    }
}
