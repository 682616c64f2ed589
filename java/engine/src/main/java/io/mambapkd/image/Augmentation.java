package io.mambapkd.image;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;

/**
 * Random affine maps: which one an image gets is a pure function of (seed, purpose, stream, sample).
 *
 * <p>Output pixel p takes its value from the source at {@code c + M (p - c) + t}, with c the image's centre, t the shift, and M = rotation
 * x shear x scale; all of them uniform within the limits of the {@link AugmentationSpec}.
 */
public final class Augmentation {
    private final AugmentationSpec spec;
    private final CounterRandom random;

    /**
     * @param purpose {@link Purpose#AUGMENTATION}, where the stream is the epoch, or {@link Purpose#CACHED_COPY}, where it is the copy
     */
    public Augmentation(AugmentationSpec spec, long seed, Purpose purpose) {
        this.spec = spec;
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

    /** Uniform in [-limit, limit). */
    private double draw(int stream, int sample, int number, double limit) {
        return limit * (2.0 * random.uniform(stream, sample, number) - 1.0);
    }
}
