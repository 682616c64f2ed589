package io.mambapkd.image;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;

/**
 * Random affine maps and placements: which ones an image gets is a pure function of (seed, purpose, stream, sample).
 *
 * <p>Output pixel p takes its value from the source at {@code c + M (p - c) + t}, with c the image's centre, t the shift, and M = rotation
 * x shear x scale; all of them uniform within the limits of the {@link AugmentationSpec}.
 *
 * <p>The alternating flip is that of K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU" (arXiv 2404.00498). The cutout is that of T. DeVries and
 * G. Taylor, "Improved regularization of convolutional neural networks with cutout" (arXiv 1708.04552): its centre is any pixel, so that some of it may
 * lie outside.
 */
public final class Augmentation {
    /** Numbers of the draws; an affine map takes those from 0 to 5. */
    private static final int CROP_X = 8;

    private static final int CROP_Y = 9;
    private static final int CUTOUT_X = 10;
    private static final int CUTOUT_Y = 11;
    private static final int FLIP = 12;

    private final AugmentationSpec spec;
    private final Purpose purpose;
    private final CounterRandom random;

    /**
     * @param purpose {@link Purpose#AUGMENTATION}, where the stream is the epoch, or {@link Purpose#CACHED_COPY}, where it is the copy
     */
    public Augmentation(AugmentationSpec spec, long seed, Purpose purpose) {
        this.spec = spec;
        this.purpose = purpose;
        this.random = new CounterRandom(seed, purpose);
    }

    /** The map of one image. */
    public AffineMap map(ImageShape shape, int stream, int sample) {
        double angle = StrictMath.toRadians(draw(stream, sample, 0, spec.rotationDegrees()));
        double scaleX = 1 + draw(stream, sample, 1, spec.scale());
        double scaleY = 1 + draw(stream, sample, 2, spec.scale());
        double shear = draw(stream, sample, 3, spec.shear());
        double shiftX = draw(stream, sample, 4, spec.shiftPixels());
        double shiftY = draw(stream, sample, 5, spec.shiftPixels());
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        double xx = cos * scaleX;
        double xy = (cos * shear - sin) * scaleY;
        double yx = sin * scaleX;
        double yy = (sin * shear + cos) * scaleY;
        double centreX = (shape.width() - 1) / 2.0;
        double centreY = (shape.height() - 1) / 2.0;
        return new AffineMap(
                (float) xx,
                (float) xy,
                (float) (centreX - xx * centreX - xy * centreY + shiftX),
                (float) yx,
                (float) yy,
                (float) (centreY - yx * centreX - yy * centreY + shiftY));
    }

    public AugmentationSpec spec() {
        return spec;
    }

    /** The placement of one image. Copy 0 of the cached copies is the image as it is. */
    public Placement placement(ImageShape shape, int stream, int sample) {
        if (!spec.places() || purpose == Purpose.CACHED_COPY && stream == 0) {
            return Placement.NONE;
        }
        int positions = 2 * spec.crop() + 1;
        return new Placement(
                random.below(stream, sample, CROP_X, positions) - spec.crop(),
                random.below(stream, sample, CROP_Y, positions) - spec.crop(),
                flipped(stream, sample),
                random.below(stream, sample, CUTOUT_X, shape.width()) - spec.cutout() / 2,
                random.below(stream, sample, CUTOUT_Y, shape.height()) - spec.cutout() / 2,
                spec.cutout());
    }

    /** Every second cached copy is mirrored where flips alternate: the draw of the copy already is at random. */
    private boolean flipped(int stream, int sample) {
        return switch (spec.flip()) {
            case NONE -> false;
            case RANDOM -> random.below(stream, sample, FLIP, 2) == 1;
            case ALTERNATING -> {
                int first = purpose == Purpose.CACHED_COPY ? 0 : random.below(0, sample, FLIP, 2);
                yield (first + stream) % 2 == 1;
            }
        };
    }

    /** Uniform in [-limit, limit). */
    private double draw(int stream, int sample, int number, double limit) {
        return limit * (2.0 * random.uniform(stream, sample, number) - 1.0);
    }
}
