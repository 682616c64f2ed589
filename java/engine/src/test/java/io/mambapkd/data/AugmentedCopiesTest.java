package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.AugmentationTest;
import io.mambapkd.image.Normalisation;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AugmentedCopiesTest {
    private static final ImageShape SHAPE = new ImageShape(6, 5, 1);
    private static final AugmentationSpec SPEC = new AugmentationSpec(10, 0.1, 0.1, 2);
    private final ImageSet source = new ImageSet(SHAPE, 2, AugmentationTest.randomPixels(8 * 30), new byte[8]);

    @Test
    void theFirstCopyIsClean() {
        AugmentedCopies copies = new AugmentedCopies(source, 8, 2, SPEC, 1);
        copies.fill(0, 0, 8);
        assertThat(copies.pixels(0)).containsExactly(AugmentationTest.randomPixels(8 * 30));
    }

    @Test
    void theOtherCopiesAreTheRoundedAugmentedImages() {
        AugmentedCopies copies = new AugmentedCopies(source, 8, 3, SPEC, 1);
        copies.fill(2, 0, 8);
        Gather unscaled = new Gather(SHAPE, Normalisation.of(0, 1 / 255f));
        float[] expected = new float[8 * 30];
        Augmentation augmentation = new Augmentation(SPEC, 1, Purpose.CACHED_COPY);
        unscaled.images(source, augmentation, 2, new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 0, 8, expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) (copies.pixels(2)[i] & 0xff)).isCloseTo(expected[i], within(0.5001));
        }
        assertThat(copies.pixels(2)).isNotEqualTo(source.pixels());
    }

    @Test
    void piecesOfAnySizeInAnyOrderGiveTheSameCopies() {
        AugmentedCopies whole = new AugmentedCopies(source, 8, 2, SPEC, 1);
        whole.fill(1, 0, 8);
        AugmentedCopies pieces = new AugmentedCopies(source, 8, 2, SPEC, 1);
        pieces.fill(1, 5, 8);
        pieces.fill(1, 0, 1);
        pieces.fill(1, 1, 5);
        assertThat(pieces.pixels(1)).containsExactly(whole.pixels(1));
    }

    @Test
    void withoutAugmentationEveryCopyIsClean() {
        AugmentedCopies copies = new AugmentedCopies(source, 8, 2, AugmentationSpec.NONE, 1);
        copies.fill(1, 0, 8);
        assertThat(copies.pixels(1)).containsExactly(source.pixels());
    }

    @Test
    void onlyTheFirstImagesAreCopied() {
        AugmentedCopies copies = new AugmentedCopies(source, 3, 2, SPEC, 1);
        assertThat(copies.pixels(1)).hasSize(90);
        assertThatThrownBy(() -> copies.fill(0, 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> copies.fill(1, 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new AugmentedCopies(source, 9, 2, SPEC, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyEpochSeesEachCopyEquallyOften() {
        AugmentedCopies copies = new AugmentedCopies(source, 8, 4, SPEC, 1);
        int[] counts = new int[4];
        int repeated = 0;
        for (int sample = 0; sample < 40_000; sample++) {
            counts[copies.copyFor(1, sample)]++;
            repeated += copies.copyFor(1, sample) == copies.copyFor(2, sample) ? 1 : 0;
        }
        // 10,000 expected each, standard deviation 87.
        assertThat(Arrays.stream(counts).min().getAsInt()).isGreaterThan(9_550);
        assertThat(Arrays.stream(counts).max().getAsInt()).isLessThan(10_450);
        assertThat(repeated).isBetween(9_550, 10_450);
    }
}
