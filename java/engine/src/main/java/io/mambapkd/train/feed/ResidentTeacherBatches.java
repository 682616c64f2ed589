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

/** The training images in a new order every epoch, each augmented on the fly: {@link TeacherData}, on the device. */
final class ResidentTeacherBatches extends ResidentBatches {
    private final Backend backend;
    private final ResidentImages images;
    private final ImageShape shape;
    private final AugmentationSpec augmentation;
    private final long seed;
    private final Normalisation normalisation;
    private final Arena arena;
    private final @Nullable Tensor maps;
    private final @Nullable Tensor placements;
    private final @Nullable Tensor weights;

    /**
     * Takes the images and the order over: closes them.
     *
     * @param seed of the augmentation's draws
     * @param sampleWeights of the samples, or null for 1
     */
    ResidentTeacherBatches(
            Backend backend,
            ResidentImages images,
            ImageShape shape,
            ResidentOrder order,
            AugmentationSpec augmentation,
            long seed,
            Normalisation normalisation,
            float @Nullable [] sampleWeights) {
        super(order);
        this.backend = backend;
        this.images = images;
        this.shape = shape;
        this.augmentation = augmentation;
        this.seed = seed;
        this.normalisation = normalisation;
        int batch = order.batch();
        arena = backend.newArena("augmentation");
        maps = augmentation.maps() ? arena.allocate("maps", batch, ImagePipelineOps.MAP) : null;
        placements = augmentation.places()
                ? arena.allocate("placements", DType.I32, Shape.of(batch, ImagePipelineOps.PLACEMENT))
                : null;
        weights = sampleWeights == null ? null : arena.allocate("weights", DType.F32, Shape.of(sampleWeights.length));
        arena.seal();
        if (sampleWeights != null && weights != null) {
            backend.upload(sampleWeights, weights);
        }
    }

    @Override
    public boolean has(TrainingData.Extra extra) {
        return extra == TrainingData.Extra.WEIGHTS && weights != null;
    }

    @Override
    ImagePipelineOps.Tables tables() {
        return new ImagePipelineOps.Tables(images.labels(), null, null, weights);
    }

    @Override
    void gather(BatchInputs to) {
        ImagePipelineOps pipeline = backend.imagePipeline();
        Tensor samples = order().samples();
        if (placements != null) {
            pipeline.placements(augmentation, shape, seed, Purpose.AUGMENTATION, order().epoch(), samples, placements);
        }
        if (maps == null) {
            pipeline.images(normalisation, images.pixels(), null, samples, placements, to.images());
            return;
        }
        pipeline.affineMaps(augmentation, shape, seed, Purpose.AUGMENTATION, order().epoch(), samples, maps);
        pipeline.augmentedImages(normalisation, images.copy(0), samples, maps, placements, to.images());
    }

    @Override
    public void close() {
        arena.close();
        order().close();
        images.close();
    }
}
