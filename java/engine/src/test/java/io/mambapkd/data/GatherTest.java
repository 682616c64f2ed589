package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.AugmentationTest;
import io.mambapkd.image.Flip;
import io.mambapkd.image.Normalisation;
import io.mambapkd.image.Placement;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatherTest {
    private static final ImageShape SHAPE = new ImageShape(4, 3, 2);
    private static final int[] SAMPLES = {4, 0, 2, 4};
    private final ImageSet source =
            new ImageSet(SHAPE, 6, AugmentationTest.randomPixels(5 * 24), new byte[] {5, 4, 3, 2, 1});
    private final Gather gather = new Gather(SHAPE, Normalisation.of(0.4f, 0.2f));

    @Test
    void rowsAreTheNormalisedImagesOfTheSamples() {
        float[] batch = new float[4 * 24];
        gather.images(source, SAMPLES, 0, 4, batch);
        for (int row = 0; row < 4; row++) {
            for (int i = 0; i < 24; i++) {
                int value = source.pixels()[SAMPLES[row] * 24 + i] & 0xff;
                assertThat((double) batch[row * 24 + i]).isCloseTo((value / 255.0 - 0.4f) / 0.2f, within(1e-6));
            }
        }
    }

    @Test
    void onlyTheRowsAskedForAreWritten() {
        float[] batch = new float[4 * 24];
        gather.images(source, SAMPLES, 1, 2, batch);
        for (int i = 0; i < batch.length; i++) {
            assertThat(batch[i] != 0).isEqualTo(i / 24 == 1);
        }
    }

    @Test
    void labelsAreThoseOfTheSamples() {
        int[] labels = new int[4];
        gather.labels(source, SAMPLES, 0, 4, labels);
        assertThat(labels).containsExactly(1, 5, 3, 1);
    }

    @Test
    void noAugmentationOnTheFlyGivesTheSameBitsAsPlainGathering() {
        float[] plain = new float[4 * 24];
        float[] augmented = new float[4 * 24];
        gather.images(source, SAMPLES, 0, 4, plain);
        Augmentation none = new Augmentation(AugmentationSpec.NONE, 1, Purpose.AUGMENTATION);
        gather.images(source, none, 0, SAMPLES, 0, 4, augmented);
        assertThat(augmented).containsExactly(plain);
    }

    @Test
    void augmentationOnTheFlyDoesNotDependOnTheRow() {
        Augmentation augmentation = new Augmentation(new AugmentationSpec(10, 0.1, 0.1, 2), 1, Purpose.AUGMENTATION);
        float[] whole = new float[4 * 24];
        gather.images(source, augmentation, 7, SAMPLES, 0, 4, whole);
        float[] pieces = new float[4 * 24];
        gather.images(source, augmentation, 7, SAMPLES, 2, 4, pieces);
        gather.images(source, augmentation, 7, SAMPLES, 0, 2, pieces);
        assertThat(pieces).containsExactly(whole);
        // Rows 0 and 3 are the same sample.
        for (int i = 0; i < 24; i++) {
            assertThat(whole[i]).isEqualTo(whole[3 * 24 + i]);
        }
        float[] nextEpoch = new float[4 * 24];
        gather.images(source, augmentation, 8, SAMPLES, 0, 4, nextEpoch);
        assertThat(nextEpoch).isNotEqualTo(whole);
    }

    @Test
    void copiesAreChosenByRow() {
        AugmentedCopies copies = new AugmentedCopies(source, 5, 3, new AugmentationSpec(10, 0.1, 0.1, 2), 1);
        copies.fill(1, 0, 5);
        copies.fill(2, 0, 5);
        float[] batch = new float[4 * 24];
        int[] ids = {0, 2, 1, 1};
        gather.images(copies, ids, SAMPLES, 0, 4, batch);
        for (int row = 0; row < 4; row++) {
            ImageSet copy = new ImageSet(SHAPE, 6, copies.pixels(ids[row]), new byte[5]);
            float[] expected = new float[4 * 24];
            gather.images(copy, SAMPLES, row, row + 1, expected);
            for (int i = row * 24; i < (row + 1) * 24; i++) {
                assertThat(batch[i]).isEqualTo(expected[i]);
            }
        }
    }

    @Test
    void everyChannelIsNormalisedWithItsOwnNumbers() {
        float[] mean = {0.4f, 0.1f};
        float[] deviation = {0.2f, 0.5f};
        Gather own = new Gather(SHAPE, Normalisation.of(List.of(0.4f, 0.1f), List.of(0.2f, 0.5f)));
        float[] plain = new float[4 * 24];
        own.images(source, SAMPLES, 0, 4, plain);
        for (int i = 0; i < plain.length; i++) {
            int value = source.pixels()[SAMPLES[i / 24] * 24 + i % 24] & 0xff;
            double expected = (value / 255.0 - mean[i % 2]) / deviation[i % 2];
            assertThat((double) plain[i]).isCloseTo(expected, within(1e-6));
        }
        // An angle that changes no position by as much as a float can tell.
        Augmentation still = new Augmentation(new AugmentationSpec(1e-12, 0, 0, 0), 1, Purpose.AUGMENTATION);
        float[] mapped = new float[4 * 24];
        own.images(source, still, 0, SAMPLES, 0, 4, mapped);
        for (int i = 0; i < plain.length; i++) {
            assertThat(mapped[i]).isCloseTo(plain[i], within(1e-4f));
        }
    }

    /** The affine map comes first: a crop of the mapped image, not a map of the crop. */
    @Test
    void mappedImagesAreThenPlaced() {
        AugmentationSpec both = new AugmentationSpec(30, 0.2, 0.1, 1, 2, Flip.RANDOM, 2);
        AugmentationSpec affine = new AugmentationSpec(30, 0.2, 0.1, 1);
        Augmentation augmentation = new Augmentation(both, 1, Purpose.AUGMENTATION);
        float[] batch = new float[4 * 24];
        gather.images(source, augmentation, 7, SAMPLES, 0, 4, batch);
        float[] mapped = new float[4 * 24];
        gather.images(source, new Augmentation(affine, 1, Purpose.AUGMENTATION), 7, SAMPLES, 0, 4, mapped);
        int cut = 0;
        for (int row = 0; row < 4; row++) {
            Placement p = augmentation.placement(SHAPE, 7, SAMPLES[row]);
            for (int i = 0; i < 24; i++) {
                int x = i / 2 % 3;
                int y = i / 6;
                boolean empty = x >= p.cutLeft() && x < p.cutLeft() + 2 && y >= p.cutTop() && y < p.cutTop() + 2;
                int column = Placement.reflect((p.flipped() ? 2 - x : x) + p.shiftX(), 3);
                int from = (Placement.reflect(y + p.shiftY(), 4) * 3 + column) * 2 + i % 2;
                assertThat(batch[row * 24 + i]).isEqualTo(empty ? 0 : mapped[row * 24 + from]);
                cut += empty ? 1 : 0;
            }
        }
        assertThat(cut).isBetween(1, 4 * 8);
    }

    @Test
    void copiesOfPlacedImagesAreDrawnWhenTheyAreGathered() {
        AugmentationSpec spec = new AugmentationSpec(0, 0, 0, 0, 2, Flip.RANDOM, 0);
        AugmentedCopies copies = new AugmentedCopies(source, 5, 3, spec, 1);
        assertThat(copies.pixels(2)).isSameAs(source.pixels());
        int[] ids = {0, 2, 1, 1};
        float[] batch = new float[4 * 24];
        gather.images(copies, ids, SAMPLES, 0, 4, batch);
        Augmentation augmentation = new Augmentation(spec, 1, Purpose.CACHED_COPY);
        for (int row = 0; row < 4; row++) {
            float[] expected = new float[4 * 24];
            gather.images(source, augmentation, ids[row], SAMPLES, row, row + 1, expected);
            for (int i = row * 24; i < (row + 1) * 24; i++) {
                assertThat(batch[i]).isEqualTo(expected[i]);
            }
        }
    }
}
