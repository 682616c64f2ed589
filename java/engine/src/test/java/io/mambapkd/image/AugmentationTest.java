package io.mambapkd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import org.junit.jupiter.api.Test;

public class AugmentationTest {
    private static final ImageShape SHAPE = new ImageShape(5, 7, 3);
    private static final AugmentationSpec SPEC = new AugmentationSpec(10, 0.1, 0.1, 2);

    @Test
    void noAugmentationGivesTheSamePixels() {
        byte[] image = randomPixels(SHAPE.elements());
        AffineMap map = new Augmentation(AugmentationSpec.NONE, 1, Purpose.AUGMENTATION).map(SHAPE, 3, 4);
        assertThat(sample(image, map)).containsExactly(floats(image));
    }

    @Test
    void aShiftOfWholePixelsMovesTheImageAndFillsWithZeros() {
        byte[] image = randomPixels(SHAPE.elements());
        float[] moved = sample(image, new AffineMap(1, 0, 2, 0, 1, -1));
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                for (int c = 0; c < 3; c++) {
                    assertThat(moved[(y * 7 + x) * 3 + c]).isEqualTo(at(image, x + 2, y - 1, c));
                }
            }
        }
    }

    @Test
    void everyMapIsSampledLikeTheFormulaSays() {
        byte[] image = randomPixels(SHAPE.elements());
        Augmentation augmentation = new Augmentation(new AugmentationSpec(180, 0.9, 2, 6), 5, Purpose.AUGMENTATION);
        for (int index = 0; index < 50; index++) {
            AffineMap map = augmentation.map(SHAPE, 0, index);
            float[] drawn = sample(image, map);
            for (int y = 0; y < 5; y++) {
                for (int x = 0; x < 7; x++) {
                    double sourceX = (double) map.xx() * x + (double) map.xy() * y + map.x0();
                    double sourceY = (double) map.yx() * x + (double) map.yy() * y + map.y0();
                    for (int c = 0; c < 3; c++) {
                        // 255 levels x an error of position of a few units of 2^-22.
                        assertThat((double) drawn[(y * 7 + x) * 3 + c])
                                .isCloseTo(bilinear(image, sourceX, sourceY, c), within(2e-3));
                    }
                }
            }
        }
    }

    @Test
    void mapsStayWithinTheLimitsAndReachThem() {
        Augmentation augmentation = new Augmentation(SPEC, 2, Purpose.AUGMENTATION);
        double largestAngle = 0;
        double largestScaleX = 0;
        double smallestScaleX = 2;
        double largestScaleY = 0;
        double largestShear = 0;
        double largestShiftX = 0;
        double largestShiftY = 0;
        double productOfShifts = 0;
        double productOfScales = 0;
        for (int index = 0; index < 2000; index++) {
            AffineMap map = augmentation.map(SHAPE, 1, index);
            // M = rotation x shear x scale, taken apart again.
            double scaleX = Math.hypot(map.xx(), map.yx());
            double determinant = (double) map.xx() * map.yy() - (double) map.xy() * map.yx();
            double scaleY = determinant / scaleX;
            double shear = ((double) map.xx() * map.xy() + (double) map.yx() * map.yy()) / (scaleX * scaleY);
            largestAngle = Math.max(largestAngle, Math.abs(Math.toDegrees(Math.atan2(map.yx(), map.xx()))));
            largestScaleX = Math.max(largestScaleX, scaleX);
            smallestScaleX = Math.min(smallestScaleX, scaleX);
            largestScaleY = Math.max(largestScaleY, scaleY);
            largestShear = Math.max(largestShear, Math.abs(shear));
            // The centre of the 7x5 image is (3, 2); where it goes is the shift.
            double shiftX = map.xx() * 3 + map.xy() * 2 + map.x0() - 3;
            double shiftY = map.yx() * 3 + map.yy() * 2 + map.y0() - 2;
            largestShiftX = Math.max(largestShiftX, Math.abs(shiftX));
            largestShiftY = Math.max(largestShiftY, Math.abs(shiftY));
            productOfShifts += shiftX * shiftY / 2000;
            productOfScales += (scaleX - 1) * (scaleY - 1) / 2000;
        }
        assertThat(largestAngle).isBetween(9.9, 10.0 + 1e-4);
        assertThat(largestScaleX).isBetween(1.099, 1.1 + 1e-5);
        assertThat(smallestScaleX).isBetween(0.9 - 1e-5, 0.901);
        assertThat(largestScaleY).isBetween(1.099, 1.1 + 1e-5);
        assertThat(largestShear).isBetween(0.099, 0.1 + 1e-5);
        assertThat(largestShiftX).isBetween(1.98, 2 + 1e-5);
        assertThat(largestShiftY).isBetween(1.98, 2 + 1e-5);
        // Independent axes: a product of two uniform draws has mean 0 and deviation limit^2 / 3; five standard errors.
        assertThat(productOfShifts).isCloseTo(0, within(5 * 4 / 3.0 / Math.sqrt(2000)));
        assertThat(productOfScales).isCloseTo(0, within(5 * 0.01 / 3 / Math.sqrt(2000)));
    }

    @Test
    void samplesEpochsAndPurposesGetDifferentMaps() {
        AffineMap map = new Augmentation(SPEC, 2, Purpose.AUGMENTATION).map(SHAPE, 1, 1);
        assertThat(new Augmentation(SPEC, 2, Purpose.AUGMENTATION).map(SHAPE, 1, 1))
                .isEqualTo(map);
        assertThat(new Augmentation(SPEC, 2, Purpose.AUGMENTATION).map(SHAPE, 1, 2))
                .isNotEqualTo(map);
        assertThat(new Augmentation(SPEC, 2, Purpose.AUGMENTATION).map(SHAPE, 2, 1))
                .isNotEqualTo(map);
        assertThat(new Augmentation(SPEC, 2, Purpose.CACHED_COPY).map(SHAPE, 1, 1))
                .isNotEqualTo(map);
        assertThat(new Augmentation(SPEC, 3, Purpose.AUGMENTATION).map(SHAPE, 1, 1))
                .isNotEqualTo(map);
    }

    public static byte[] randomPixels(int length) {
        CounterRandom random = new CounterRandom(1, Purpose.TEST_INPUT);
        byte[] pixels = new byte[length];
        for (int i = 0; i < length; i++) {
            pixels[i] = (byte) random.below(0, i, 0, 256);
        }
        return pixels;
    }

    private static float[] sample(byte[] image, AffineMap map) {
        byte[] padded = new byte[image.length + 2];
        System.arraycopy(image, 0, padded, 1, image.length);
        float[] target = new float[image.length];
        new AffineSampler(SHAPE).sample(padded, 1, map, target, 0);
        return target;
    }

    private static float[] floats(byte[] image) {
        float[] values = new float[image.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = image[i] & 0xff;
        }
        return values;
    }

    private static float at(byte[] image, int x, int y, int c) {
        return x < 0 || x >= 7 || y < 0 || y >= 5 ? 0 : image[(y * 7 + x) * 3 + c] & 0xff;
    }

    private static double bilinear(byte[] image, double x, double y, int c) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        double value = 0;
        for (int dy = 0; dy < 2; dy++) {
            for (int dx = 0; dx < 2; dx++) {
                double weight = (1 - Math.abs(x - left - dx)) * (1 - Math.abs(y - top - dy));
                value += weight * at(image, left + dx, top + dy, c);
            }
        }
        return value;
    }
}
