package io.mambapkd.train.feed;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The images of cached copies, a batch at a time: a copy is drawn anew whenever it is gathered, from pixels of its own where images go through affine maps. */
final class ResidentCopyImages implements AutoCloseable {
    private final Backend backend;
    private final ResidentImages images;
    private final ImageShape shape;
    private final AugmentationSpec augmentation;
    private final long seed;
    private final Normalisation normalisation;
    private final @Nullable Arena arena;
    private final @Nullable Tensor placements;

    /**
     * @param images with the pixels of one copy, or of all; stays the caller's
     * @param shape of an image
     * @param seed of the draws
     * @param batch B
     */
    ResidentCopyImages(
            Backend backend,
            ResidentImages images,
            ImageShape shape,
            AugmentationSpec augmentation,
            long seed,
            Normalisation normalisation,
            int batch) {
        this.backend = backend;
        this.images = images;
        this.shape = shape;
        this.augmentation = augmentation;
        this.seed = seed;
        this.normalisation = normalisation;
        if (augmentation.places()) {
            arena = backend.newArena("placements");
            placements = arena.allocate("placements", DType.I32, Shape.of(batch, ImagePipelineOps.PLACEMENT));
            arena.seal();
        } else {
            arena = null;
            placements = null;
        }
    }

    /**
     * @param copies (B) I32, or null for copy 0
     * @param samples (B) I32
     * @param target (B, H, W, C), overwritten
     */
    void gather(@Nullable Tensor copies, Tensor samples, Tensor target) {
        ImagePipelineOps pipeline = backend.imagePipeline();
        Tensor drawn = copies == null ? null : placements;
        if (copies != null && drawn != null) {
            pipeline.placements(augmentation, shape, seed, Purpose.CACHED_COPY, copies, samples, drawn);
        }
        Tensor stored = images.copies() == 1 ? null : copies;
        pipeline.images(normalisation, images.pixels(), stored, samples, drawn, target);
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
