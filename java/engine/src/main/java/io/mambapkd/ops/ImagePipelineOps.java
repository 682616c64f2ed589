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
 * copy that is not there is an exception on the CPU; elsewhere its row becomes NaN, or its label -1.
 */
public interface ImagePipelineOps {
    /** Number of values of an {@link io.mambapkd.image.AffineMap}, in the order of its components. */
    int MAP = 6;

    /**
     * The samples of a training step: those of {@link io.mambapkd.data.SampleOrder}, another order every epoch, what is left over skipped.
     *
     * @param count number of samples to order, at least B
     * @param firstEpoch epoch, for the random draws, that step 0 belongs to
     * @param step (1) I32, from 0
     * @param samples (B) I32, overwritten
     * @param epoch (1) I32, overwritten with {@code firstEpoch + step / (count / B)}
     */
    void sampleOrder(int count, long seed, int firstEpoch, Tensor step, Tensor samples, Tensor epoch);

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
     * The copy that an epoch sees of every row: {@code CounterRandom(seed, COPY_CHOICE).below(epoch, sample, 0, count)}.
     *
     * @param count number of copies to choose from
     * @param epoch (1) I32
     * @param samples (B) I32
     * @param copies (B) I32, overwritten
     */
    void chooseCopies(int count, long seed, Tensor epoch, Tensor samples, Tensor copies);

    /**
     * Images as they are stored, normalised. The same bits on every backend.
     *
     * @param source (V, S, H, W, C) U8
     * @param copies (B) I32, or null for copy 0
     * @param samples (B) I32
     * @param images (B, H, W, C), overwritten
     */
    void images(Normalisation normalisation, Tensor source, @Nullable Tensor copies, Tensor samples, Tensor images);

    /**
     * Images drawn through an affine map, as by {@link io.mambapkd.image.AffineSampler}, and normalised. For one map the same bits on every backend.
     *
     * @param source (S, H, W, C) U8
     * @param samples (B) I32
     * @param maps (B, {@link #MAP})
     * @param images (B, H, W, C), overwritten
     */
    void augmentedImages(Normalisation normalisation, Tensor source, Tensor samples, Tensor maps, Tensor images);

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
     * {@code labels[b] = source[samples[b]]}.
     *
     * @param source (S) U8
     * @param samples (B) I32
     * @param labels (B) I32, overwritten
     */
    void labels(Tensor source, Tensor samples, Tensor labels);

    /**
     * {@code rows[b] = source[copies[b], samples[b]]}: logits that a teacher or group gave to cached copies, or weights of samples.
     *
     * @param source (V, S, K)
     * @param copies (B) I32, or null for copy 0
     * @param samples (B) I32
     * @param rows (B, K), overwritten
     */
    void rows(Tensor source, @Nullable Tensor copies, Tensor samples, Tensor rows);

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
