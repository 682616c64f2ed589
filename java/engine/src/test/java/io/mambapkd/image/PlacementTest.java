package io.mambapkd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementTest {
    private static final ImageShape SHAPE = new ImageShape(8, 6, 1);

    private static AugmentationSpec spec(int crop, Flip flip, int cutout) {
        return new AugmentationSpec(0, 0, 0, 0, crop, flip, cutout);
    }

    private static List<Placement> drawn(AugmentationSpec spec, Purpose purpose, int stream, int samples) {
        Augmentation augmentation = new Augmentation(spec, 3, purpose);
        List<Placement> placements = new ArrayList<>();
        for (int sample = 0; sample < samples; sample++) {
            placements.add(augmentation.placement(SHAPE, stream, sample));
        }
        return placements;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 0, false, 0, 0, 0",
        "3, 3, -2, false, 0, 0, 0",
        "3, -5, 7, true, 0, 0, 0",
        "1, 5, -7, true, -1, 6, 4",
        "3, 0, 0, true, 2, 1, 3",
        "2, 1, 1, false, 4, -3, 4",
    })
    void aPlacedImageIsWhatItsDefinitionSays(
            int channels, int shiftX, int shiftY, boolean flipped, int cutLeft, int cutTop, int cutSide) {
        ImageShape shape = new ImageShape(8, 6, channels);
        byte[] pixels = new byte[10 + shape.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * 41 + 7);
        }
        Placement placement = new Placement(shiftX, shiftY, flipped, cutLeft, cutTop, cutSide);
        List<Float> means = new ArrayList<>();
        List<Float> deviations = new ArrayList<>();
        for (int c = 1; c <= channels; c++) {
            means.add(0.2f * c);
            deviations.add(0.3f);
        }
        Placer placer = new Placer(shape, Normalisation.of(means, deviations));
        float[] placed = new float[5 + shape.elements()];
        placer.place(pixels, 10, placement, placed, 5);
        byte[] image = Arrays.copyOfRange(pixels, 10, pixels.length);
        float[] expected = PlacedReference.image(image, shape, placement, means, deviations);
        float[] floats = new float[image.length];
        for (int i = 0; i < image.length; i++) {
            floats[i] = image[i] & 0xff;
        }
        float[] ofFloats = new float[placed.length];
        placer.place(floats, 0, placement, ofFloats, 5);
        assertThat(ofFloats).containsExactly(placed);
        for (int i = 0; i < expected.length; i++) {
            assertThat(placed[5 + i]).as("value %d", i).isCloseTo(expected[i], within(1e-6f));
        }
    }

    @Test
    void cropsAreUniformWithinTheirPixels() {
        Map<Integer, Integer> across = new HashMap<>();
        Set<Integer> down = new HashSet<>();
        for (Placement placement : drawn(spec(2, Flip.NONE, 0), Purpose.AUGMENTATION, 1, 5000)) {
            across.merge(placement.shiftX(), 1, Integer::sum);
            down.add(placement.shiftY());
            assertThat(placement.flipped()).isFalse();
            assertThat(placement.cutSide()).isZero();
        }
        assertThat(across.keySet()).containsExactlyInAnyOrder(-2, -1, 0, 1, 2);
        assertThat(down).containsExactlyInAnyOrder(-2, -1, 0, 1, 2);
        // Five standard deviations of a binomial count of 5000 with p = 1/5 are 141.
        assertThat(across.values()).allMatch(count -> Math.abs(count - 1000) < 141);
    }

    @Test
    void cutoutsLieAroundAnyPixel() {
        Set<Integer> columns = new HashSet<>();
        Set<Integer> rows = new HashSet<>();
        for (Placement placement : drawn(spec(0, Flip.NONE, 3), Purpose.AUGMENTATION, 1, 500)) {
            columns.add(placement.cutLeft() + 1);
            rows.add(placement.cutTop() + 1);
            assertThat(placement.cutSide()).isEqualTo(3);
        }
        assertThat(columns).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
        assertThat(rows).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void randomFlipsHaveNothingToDoWithTheEpochBefore() {
        List<Placement> first = drawn(spec(0, Flip.RANDOM, 0), Purpose.AUGMENTATION, 0, 4000);
        List<Placement> second = drawn(spec(0, Flip.RANDOM, 0), Purpose.AUGMENTATION, 1, 4000);
        int flipped = 0;
        int same = 0;
        for (int i = 0; i < first.size(); i++) {
            flipped += first.get(i).flipped() ? 1 : 0;
            same += first.get(i).flipped() == second.get(i).flipped() ? 1 : 0;
        }
        // Five standard deviations are 158.
        assertThat(flipped).isBetween(1842, 2158);
        assertThat(same).isBetween(1842, 2158);
    }

    @Test
    void alternatingFlipsAreThoseThatTheEpochBeforeHadNot() {
        List<Placement> first = drawn(spec(0, Flip.ALTERNATING, 0), Purpose.AUGMENTATION, 0, 4000);
        assertThat(first.stream().filter(Placement::flipped).count()).isBetween(1842L, 2158L);
        for (int epoch = 1; epoch < 4; epoch++) {
            List<Placement> later = drawn(spec(0, Flip.ALTERNATING, 0), Purpose.AUGMENTATION, epoch, 4000);
            for (int i = 0; i < later.size(); i++) {
                assertThat(later.get(i).flipped()).isEqualTo(first.get(i).flipped() == (epoch % 2 == 0));
            }
        }
    }

    @Test
    void copyZeroIsTheImageAsItIsAndAlternatingCopiesAreMirroredInTurn() {
        AugmentationSpec all = spec(2, Flip.RANDOM, 2);
        assertThat(drawn(all, Purpose.CACHED_COPY, 0, 50)).containsOnly(Placement.NONE);
        assertThat(drawn(all, Purpose.CACHED_COPY, 1, 50)).doesNotContain(Placement.NONE);
        for (int copy = 1; copy < 4; copy++) {
            boolean odd = copy % 2 == 1;
            assertThat(drawn(spec(0, Flip.ALTERNATING, 0), Purpose.CACHED_COPY, copy, 50))
                    .allMatch(placement -> placement.flipped() == odd);
        }
    }

    @Test
    void withoutCropFlipAndCutoutNothingIsPlaced() {
        AugmentationSpec affine = new AugmentationSpec(10, 0.1, 0.1, 2);
        assertThat(affine.places()).isFalse();
        assertThat(affine.maps()).isTrue();
        assertThat(spec(1, Flip.NONE, 0).maps()).isFalse();
        assertThat(drawn(affine, Purpose.AUGMENTATION, 2, 20)).containsOnly(Placement.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1 | 0 | augmentation.crop must be from 0 to 4096, got -1",
                "0 | -2 | augmentation.cutout must be from 0 to 4096, got -2"
            })
    void negativePixelsAreRefused(int crop, int cutout, String message) {
        assertThatThrownBy(() -> spec(crop, Flip.NONE, cutout))
                .isInstanceOf(InputException.class)
                .hasMessage(message);
    }
}
