package io.mambapkd.train.feed;

import io.mambapkd.ops.ImagePipelineOps;
import java.util.Set;

/** Cached copies with the logits of the teacher and of the frozen group: {@link CachedData}, on the device. */
final class ResidentStudentBatches extends ResidentBatches {
    private final ResidentCopies copies;
    private final Set<TrainingData.Extra> extras;
    private final ResidentCopyImages images;

    /**
     * Takes the images and the order over: closes them.
     *
     * @param extras what a batch has beside images and labels
     */
    ResidentStudentBatches(
            ResidentCopies copies, ResidentOrder order, Set<TrainingData.Extra> extras, ResidentCopyImages images) {
        super(order);
        this.copies = copies;
        this.extras = Set.copyOf(extras);
        this.images = images;
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
        images.gather(order().copies(), order().samples(), to.images());
    }

    @Override
    public void close() {
        images.close();
        order().close();
    }
}
