package io.mambapkd.ops;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A batch from a dataset that is resident on the device: gathered, augmented, normalised. What is drawn at random is a function of seed, epoch and
 * sample, and the epoch comes from a tensor, so that nothing changes by value from step to step.
 *
 * <p>{@code V} copies of {@code S} samples lie behind one another, as (V, S, ...); row {@code b} of a batch is sample {@code samples[b]}. A sample or
 * copy that is not there is an exception on the CPU; elsewhere its image becomes NaN.
 */
public interface ImagePipelineOps {
    /**
     * Which samples of a data set, and which copies of them, the steps of a training see.
     *
     * @param copies V, number of copies to choose from
     * @param seed of both draws
     * @param firstEpoch epoch, for the random draws, that step 0 belongs to
     */
    record Draw(int copies, long seed, int firstEpoch) {}

    /**
     * What belongs to the samples of a data set beside their images.
     *
     * @param labels (S) U8
     * @param teacher (V, S, K), logits that a teacher gave to the copies; null for none
     * @param ensemble (V, S, K), those of a group; null for none
     * @param weights (S); null for none
     */
    record Tables(
            Tensor labels,
            @Nullable Tensor teacher,
            @Nullable Tensor ensemble,
            @Nullable Tensor weights) {}

    /**
     * A batch beside its images. What {@link Tables} has not is null here too.
     *
     * @param samples (B) I32
     * @param copies (B) I32; null for copy 0, where there is one copy
     * @param epoch (1) I32: {@code firstEpoch + step / (S / B)}
     * @param labels (B) I32
     * @param teacher (B, K)
     * @param ensemble (B, K)
     * @param weights (B)
     */
    record Batch(
            Tensor samples,
            @Nullable Tensor copies,
            Tensor epoch,
            Tensor labels,
            @Nullable Tensor teacher,
            @Nullable Tensor ensemble,
            @Nullable Tensor weights) {}

    /** Number of values of an {@link io.mambapkd.image.AffineMap}, in the order of its components. */
    int MAP = 6;

    /** Number of values of a {@link io.mambapkd.image.Placement}, in the order of its components. */
    int PLACEMENT = 6;

    /**
     * The samples of a training step and what belongs to them. The samples are those of {@link io.mambapkd.data.SampleOrder}, another order every epoch, what is left
     * over skipped; the copy of a sample is {@code CounterRandom(seed, COPY_CHOICE).below(epoch, sample, 0, V)}. The same bits on every backend.
     *
     * @param step (1) I32, from 0
     * @param batch of at most S rows; all of it is overwritten
     */
    void drawBatch(Draw draw, Tensor step, Tables tables, Batch batch);

    /**
     * The random affine map of every row: that of {@link io.mambapkd.image.Augmentation}, whose double precision a backend may follow to one unit in
     * the last place of the float.
     *
     * @param purpose of the draws, see {@link io.mambapkd.image.Augmentation}
     * @param stream (1) I32: the epoch or copy that the draws belong to
     * @param samples (B) I32
     * @param maps (B, {@link #MAP}), overwritten
     */
    void affineMaps(
            AugmentationSpec spec,
            ImageShape shape,
            long seed,
            Purpose purpose,
            Tensor stream,
            Tensor samples,
            Tensor maps);

    /**
     * Where every row is put: the {@link io.mambapkd.image.Augmentation#placement}. The same on every backend.
     *
     * @param spec one that places images
     * @param purpose of the draws, see {@link io.mambapkd.image.Augmentation}
     * @param streams (1) or (B) I32: the epoch, or the copy of each row, that the draws belong to
     * @param samples (B) I32
     * @param placements (B, {@link #PLACEMENT}) I32, overwritten
     */
    void placements(
            AugmentationSpec spec,
            ImageShape shape,
            long seed,
            Purpose purpose,
            Tensor streams,
            Tensor samples,
            Tensor placements);

    /**
     * Images as they are stored, put in their places and normalised. The same bits on every backend.
     *
     * @param normalisation for one channel, or for C, at most 3
     * @param source (V, S, H, W, C) U8
     * @param copies (B) I32, or null for copy 0
     * @param samples (B) I32
     * @param placements (B, {@link #PLACEMENT}) I32, whose shifts are less than the extents of the image; null for images as they are
     * @param images (B, H, W, C), overwritten
     */
    void images(
            Normalisation normalisation,
            Tensor source,
            @Nullable Tensor copies,
            Tensor samples,
            @Nullable Tensor placements,
            Tensor images);

    /** {@link #images} without placements. */
    default void images(
            Normalisation normalisation, Tensor source, @Nullable Tensor copies, Tensor samples, Tensor images) {
        images(normalisation, source, copies, samples, null, images);
    }

    /**
     * Images drawn through an affine map, as by {@link io.mambapkd.image.AffineSampler}, then put in their places and normalised. For one map the same bits on
     * every backend.
     *
     * @param normalisation for one channel, or for C, at most 3
     * @param source (S, H, W, C) U8
     * @param samples (B) I32
     * @param maps (B, {@link #MAP})
     * @param placements as in {@link #images}
     * @param images (B, H, W, C), overwritten
     */
    void augmentedImages(
            Normalisation normalisation,
            Tensor source,
            Tensor samples,
            Tensor maps,
            @Nullable Tensor placements,
            Tensor images);

    /** {@link #augmentedImages} without placements. */
    default void augmentedImages(
            Normalisation normalisation, Tensor source, Tensor samples, Tensor maps, Tensor images) {
        augmentedImages(normalisation, source, samples, maps, null, images);
    }

    /**
     * Images drawn through an affine map and rounded to bytes: what {@link io.mambapkd.data.AugmentedCopies} keeps. For one map the same bits on every
     * backend.
     *
     * @param source (S, H, W, C) U8
     * @param samples (B) I32
     * @param maps (B, {@link #MAP})
     * @param pixels (B, H, W, C) U8, overwritten; a sample that is not there is an exception on the CPU and 0 elsewhere
     */
    void augmentedPixels(Tensor source, Tensor samples, Tensor maps, Tensor pixels);

    /**
     * {@code target[copies[b], samples[b]] = keep target[copies[b], samples[b]] + weight rows[b]}: a model's logits join those of a group. Each product and
     * the sum is rounded to a float by itself: the same bits on every backend.
     *
     * @param rows (B, K)
     * @param copies (B) I32, or null for copy 0
     * @param samples (B) I32, no two rows of the same copy and sample
     * @param target (V, S, K), updated in place; a sample or copy that is not there is an exception on the CPU and left out elsewhere
     */
    void mixRows(Tensor rows, float keep, float weight, @Nullable Tensor copies, Tensor samples, Tensor target);
}
