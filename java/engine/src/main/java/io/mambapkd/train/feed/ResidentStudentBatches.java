package io.mambapkd.train.feed;

import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Set;

/** Cached copies with the logits of the teacher and of the frozen group: {@link CachedData}, on the device. */
final class ResidentStudentBatches extends ResidentBatches {
    private final Backend backend;
    private final ResidentCopies copies;
    private final Set<TrainingData.Extra> extras;
    private final long seed;
    private final Normalisation normalisation;
    private final Arena arena;
    private final Tensor chosen;

    /**
     * Takes the order over: closes it.
     *
     * @param extras what a batch has beside images and labels
     * @param seed of the choice of copies
     */
    ResidentStudentBatches(
            Backend backend,
            ResidentCopies copies,
            ResidentOrder order,
            Set<TrainingData.Extra> extras,
            long seed,
            Normalisation normalisation) {
        super(order);
        this.backend = backend;
        this.copies = copies;
        this.extras = Set.copyOf(extras);
        this.seed = seed;
        this.normalisation = normalisation;
        arena = backend.newArena("choice of copies");
        chosen = arena.allocate("copies", DType.I32, Shape.of(order.batch()));
        arena.seal();
    }

    @Override
    public boolean has(TrainingData.Extra extra) {
        return extras.contains(extra);
    }

    @Override
    void gather(BatchInputs to) {
        ImagePipelineOps pipeline = backend.imagePipeline();
        Tensor samples = order().samples();
        ResidentImages images = copies.images();
        pipeline.chooseCopies(images.copies(), seed, order().epoch(), samples, chosen);
        pipeline.images(normalisation, images.pixels(), chosen, samples, to.images());
        pipeline.labels(images.labels(), samples, to.labels());
        if (to.teacher() != null) {
            pipeline.rows(copies.teacher(), chosen, samples, to.teacher());
        }
        if (to.ensemble() != null) {
            pipeline.rows(copies.group(), chosen, samples, to.ensemble());
        }
        if (to.weights() != null) {
            pipeline.rows(copies.weights(), null, samples, to.weights().reshape(order().batch(), 1));
        }
    }

    @Override
    public void close() {
        arena.close();
        order().close();
    }
}
