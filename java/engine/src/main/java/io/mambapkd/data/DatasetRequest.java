package io.mambapkd.data;

import io.mambapkd.config.Amount;

/**
 * Which data to open, and how.
 *
 * @param descriptor as in {@link Datasets}
 * @param validationImages how many of the training images are for validation; 0 for a tenth of them, at most 10,000, and MNIST's usual 10,000
 * @param split which of them
 * @param orientation of the images in the files
 * @param images how those of a folder are read
 */
public record DatasetRequest(
        String descriptor, Amount validationImages, SplitKind split, Orientation orientation, ImageOptions images) {
    /** Without a wish for images in folders. */
    public DatasetRequest(String descriptor, Amount validationImages, SplitKind split, Orientation orientation) {
        this(descriptor, validationImages, split, orientation, ImageOptions.NONE);
    }

    /** With a number where none is asked for. */
    DatasetRequest withUsual(Amount number) {
        return validationImages.isZero() ? new DatasetRequest(descriptor, number, split, orientation, images) : this;
    }

    /** With {@code usual} in place of {@link SplitKind#AUTO}. */
    DatasetRequest resolved(SplitKind usual) {
        return new DatasetRequest(
                descriptor, validationImages, split == SplitKind.AUTO ? usual : split, orientation, images);
    }
}
