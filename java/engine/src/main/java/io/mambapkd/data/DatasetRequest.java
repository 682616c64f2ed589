package io.mambapkd.data;

import io.mambapkd.config.Amount;
import io.mambapkd.data.folder.ImageOptions;

/**
 * Which data to open, and how.
 *
 * @param descriptor as in {@link Datasets}
 * @param validationImages how many of the training images are for validation; 0 for a tenth of them, at most 10,000, and MNIST's usual 10,000
 * @param calibrationImages how many of the others early exits are certified on, drawn from each class in proportion; 0 for none
 * @param split which of the training images are for validation
 * @param orientation of the images in the files
 * @param images how those of a folder are read
 */
public record DatasetRequest(
        String descriptor,
        Amount validationImages,
        Amount calibrationImages,
        SplitKind split,
        Orientation orientation,
        ImageOptions images) {
    /** Without calibration images, and without a wish for images in folders. */
    public DatasetRequest(String descriptor, Amount validationImages, SplitKind split, Orientation orientation) {
        this(descriptor, validationImages, Amount.of(0), split, orientation, ImageOptions.NONE);
    }

    /** With a number where none is asked for. */
    DatasetRequest withUsual(Amount number) {
        return validationImages.isZero()
                ? new DatasetRequest(descriptor, number, calibrationImages, split, orientation, images)
                : this;
    }

    /** With {@code usual} in place of {@link SplitKind#AUTO}. */
    DatasetRequest resolved(SplitKind usual) {
        return new DatasetRequest(
                descriptor,
                validationImages,
                calibrationImages,
                split == SplitKind.AUTO ? usual : split,
                orientation,
                images);
    }
}
