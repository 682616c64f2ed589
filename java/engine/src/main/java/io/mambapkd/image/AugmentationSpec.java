package io.mambapkd.image;

import io.mambapkd.InputException;
import io.mambapkd.Problem;

/**
 * Random changes of training images, in this order: an affine map, a crop, a flip, a cutout.
 *
 * @param rotationDegrees largest rotation either way
 * @param scale largest relative change of size, drawn for each axis
 * @param shear largest shear either way
 * @param shiftPixels largest shift either way, for each axis; what comes in is black
 * @param crop pixels by which images are continued over each border, by reflection, before a part of their own size is cut out of them; 0 for none
 * @param flip when images are mirrored, left for right
 * @param cutout side, in pixels, of a square around a pixel of the image that is emptied: it gets the mean of the training images; 0 for none
 */
public record AugmentationSpec(
        double rotationDegrees, double scale, double shear, double shiftPixels, int crop, Flip flip, int cutout) {
    /** No change at all. */
    public static final AugmentationSpec NONE = new AugmentationSpec(0, 0, 0, 0);

    private static final int LARGEST_PIXELS = 4096;

    public AugmentationSpec {
        require("rotationDegrees", rotationDegrees, 180);
        require("scale", scale, 0.9);
        require("shear", shear, 2);
        require("shiftPixels", shiftPixels, 64);
        require("crop", crop);
        require("cutout", cutout);
    }

    /** Affine maps alone. */
    public AugmentationSpec(double rotationDegrees, double scale, double shear, double shiftPixels) {
        this(rotationDegrees, scale, shear, shiftPixels, 0, Flip.NONE, 0);
    }

    /** Whether images go through an {@link AffineMap}. */
    public boolean maps() {
        return rotationDegrees > 0 || scale > 0 || shear > 0 || shiftPixels > 0;
    }

    /** Whether images get a {@link Placement}. */
    public boolean places() {
        return crop > 0 || flip != Flip.NONE || cutout > 0;
    }

    private static void require(String key, double value, double limit) {
        if (!(value >= 0 && value <= limit)) {
            throw new InputException(Problem.ofValue("augmentation.", key, "from 0 to " + limit, value));
        }
    }

    private static void require(String key, int value) {
        if (value < 0 || value > LARGEST_PIXELS) {
            throw new InputException(Problem.ofValue("augmentation.", key, "from 0 to " + LARGEST_PIXELS, value));
        }
    }
}
