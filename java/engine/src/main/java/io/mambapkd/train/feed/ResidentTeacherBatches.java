package io.mambapkd.train.feed;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;

/** The training images in a new order every epoch, each augmented on the fly: {@link TeacherData}, on the device. */
final class ResidentTeacherBatches extends ResidentBatches {
    private final Backend backend;
    private final ResidentImages images;
    private final ImageShape shape;
    private final AugmentationSpec augmentation;
    private final long seed;
    private final Normalisation normalisation;
    private final Arena arena;
    private final Tensor maps;

    /**
     * Takes the images and the order over: closes them.
     *
     * @param seed of the augmentation's draws
     */
    ResidentTeacherBatches(
            Backend backend,
            ResidentImages images,
            ImageShape shape,
            ResidentOrder order,
            AugmentationSpec augmentation,
            long seed,
            Normalisation normalisation) {
        super(order);
        this.backend = backend;
        this.images = images;
        this.shape = shape;
        this.augmentation = augmentation;
        this.seed = seed;
        this.normalisation = normalisation;
        arena = backend.newArena("augmentation");
        maps = arena.allocate("maps", order.batch(), ImagePipelineOps.MAP);
        arena.seal();
    }

    @Override
    public boolean has(TrainingData.Extra extra) {
        return false;
    }

    @Override
    void gather(BatchInputs to) {
        ImagePipelineOps pipeline = backend.imagePipeline();
        Tensor samples = order().samples();
        pipeline.affineMaps(augmentation, shape, seed, Purpose.AUGMENTATION, order().epoch(), samples, maps);
        pipeline.augmentedImages(normalisation, images.copy(0), samples, maps, to.images());
        pipeline.labels(images.labels(), samples, to.labels());
    }

    @Override
    public void close() {
        arena.close();
        order().close();
        images.close();
    }
}
