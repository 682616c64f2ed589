package io.mambapkd.train.settings;

import io.mambapkd.config.Default;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Flip;

/**
 * How training images are changed at random; components as in {@link AugmentationSpec}.
 *
 * @param rotationDegrees as there
 * @param scale as there
 * @param shear as there
 * @param shiftPixels as there
 * @param crop as there
 * @param flip as there
 * @param cutout as there
 */
public record AugmentationSettings(
        double rotationDegrees,
        double scale,
        double shear,
        double shiftPixels,
        @Default("0") int crop,
        @Default("none") Flip flip,
        @Default("0") int cutout) {
    public AugmentationSettings {
        spec(rotationDegrees, scale, shear, shiftPixels, crop, flip, cutout);
    }

    /** What the images go through. */
    public AugmentationSpec spec() {
        return spec(rotationDegrees, scale, shear, shiftPixels, crop, flip, cutout);
    }

    private static AugmentationSpec spec(
            double rotationDegrees, double scale, double shear, double shiftPixels, int crop, Flip flip, int cutout) {
        return new AugmentationSpec(rotationDegrees, scale, shear, shiftPixels, crop, flip, cutout);
    }
}
