package io.mambapkd.train.feed;

import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ImagePipelineOps;
import java.util.Set;

/** Cached copies with the logits of the teacher and of the frozen group: {@link CachedData}, on the device. */
final class ResidentStudentBatches extends ResidentBatches {
    private final Backend backend;
    private final ResidentCopies copies;
    private final Set<TrainingData.Extra> extras;
    private final Normalisation normalisation;

    /**
     * Takes the order over: closes it.
     *
     * @param extras what a batch has beside images and labels
     */
    ResidentStudentBatches(
            Backend backend,
            ResidentCopies copies,
            ResidentOrder order,
            Set<TrainingData.Extra> extras,
            Normalisation normalisation) {
        super(order);
        this.backend = backend;
        this.copies = copies;
        this.extras = Set.copyOf(extras);
        this.normalisation = normalisation;
    }

    @Override
    public boolean has(TrainingData.Extra extra) {
        return extras.contains(extra);
    }

    @Override
    ImagePipelineOps.Tables tables() {
        return new ImagePipelineOps.Tables(
                copies.images().labels(),
                has(TrainingData.Extra.TEACHER) ? copies.teacher() : null,
                has(TrainingData.Extra.ENSEMBLE) ? copies.group() : null,
                has(TrainingData.Extra.WEIGHTS) ? copies.weights() : null);
    }

    @Override
    void gather(BatchInputs to) {
        backend.imagePipeline()
                .images(normalisation, copies.images().pixels(), order().copies(), order().samples(), to.images());
    }

    @Override
    public void close() {
        order().close();
    }
}
