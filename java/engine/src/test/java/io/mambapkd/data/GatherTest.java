package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.AugmentationTest;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import org.junit.jupiter.api.Test;

class GatherTest {
    private static final ImageShape SHAPE = new ImageShape(4, 3, 2);
    private static final int[] SAMPLES = {4, 0, 2, 4};
    private final ImageSet source =
            new ImageSet(SHAPE, 6, AugmentationTest.randomPixels(5 * 24), new byte[] {5, 4, 3, 2, 1});
    private final Gather gather = new Gather(SHAPE, 0.4f, 0.2f);

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
}
