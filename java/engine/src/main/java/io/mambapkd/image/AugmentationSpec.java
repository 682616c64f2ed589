package io.mambapkd.image;

import io.mambapkd.InputException;
import io.mambapkd.Problem;

/**
 * Random affine maps of training images.
 *
 * @param rotationDegrees largest rotation either way
 * @param scale largest relative change of size, drawn for each axis
 * @param shear largest shear either way
 * @param shiftPixels largest shift either way, for each axis
 */
public record AugmentationSpec(double rotationDegrees, double scale, double shear, double shiftPixels) {
    /** No change at all. */
    public static final AugmentationSpec NONE = new AugmentationSpec(0, 0, 0, 0);

    public AugmentationSpec {
        require("rotationDegrees", rotationDegrees, 180);
        require("scale", scale, 0.9);
        require("shear", shear, 2);
        require("shiftPixels", shiftPixels, 64);
    }

    private static void require(String key, double value, double limit) {
        if (!(value >= 0 && value <= limit)) {
            throw new InputException(Problem.ofValue("augmentation.", key, "from 0 to " + limit, value));
        }
    }
}
