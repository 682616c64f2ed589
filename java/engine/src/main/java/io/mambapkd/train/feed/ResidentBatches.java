package io.mambapkd.train.feed;

import io.mambapkd.ops.ImagePipelineOps;
import org.jspecify.annotations.Nullable;

/** What all sources of batches have in common whose data lie on the device: nothing has to come from the host. */
public abstract class ResidentBatches implements BatchSource {
    /** Enough that the host, which launches them together, is not waited for; few enough that a run stops when it is told to. */
    public static final int STEPS_PER_LAUNCH = 8;

    private final ResidentOrder order;
    private @Nullable BatchInputs inputs;

    ResidentBatches(ResidentOrder order) {
        this.order = order;
    }

    final ResidentOrder order() {
        return order;
    }

    @Override
    public final int stepsPerEpoch() {
        return order.stepsPerEpoch();
    }

    @Override
    public final int stepsPerLaunch() {
        return Math.min(STEPS_PER_LAUNCH, order.stepsPerEpoch());
    }

    @Override
    public final void bind(BatchInputs target, long firstStep, long totalSteps) {
        inputs = target;
    }

    @Override
    public final void prepare(long step) {
        // All is there.
    }

    @Override
    public final void gather() {
        BatchInputs to = inputs;
        if (to == null) {
            throw new IllegalStateException("a batch was gathered before its inputs were bound");
        }
        order.draw(tables(), to);
        gather(to);
    }

    /** What a batch has beside images, for all samples. */
    abstract ImagePipelineOps.Tables tables();

    /** Fills the images from the samples of {@link #order}. */
    abstract void gather(BatchInputs to);
}
