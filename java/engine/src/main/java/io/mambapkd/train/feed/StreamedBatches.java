package io.mambapkd.train.feed;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Batches that the host gathers, on a thread of its own while the step before runs, and brings to the device one by one. */
public final class StreamedBatches implements BatchSource {
    private final Backend backend;
    private final TrainingData data;
    private @Nullable BatchInputs inputs;
    private @Nullable BatchFeeder feeder;
    private @Nullable HostBatch other;
    private long next;

    public StreamedBatches(Backend backend, TrainingData data) {
        this.backend = backend;
        this.data = data;
    }

    @Override
    public int stepsPerEpoch() {
        return data.stepsPerEpoch();
    }

    @Override
    public boolean has(TrainingData.Extra extra) {
        return data.has(extra);
    }

    @Override
    public int stepsPerLaunch() {
        return 1;
    }

    @Override
    public void bind(BatchInputs target, long firstStep, long totalSteps) {
        inputs = target;
        next = firstStep;
        feeder = new BatchFeeder(data, firstStep, totalSteps, () -> batch(target));
    }

    private static HostBatch batch(BatchInputs inputs) {
        long elements = inputs.images().shape().elements() / inputs.batch();
        Tensor logits = inputs.teacher() == null ? inputs.ensemble() : inputs.teacher();
        int classes = logits == null ? 0 : logits.shape().last();
        return new HostBatch(inputs.batch(), Math.toIntExact(elements), classes);
    }

    @Override
    public void prepare(long step) {
        BatchInputs to = inputs;
        BatchFeeder batches = feeder;
        if (to == null || batches == null) {
            throw new IllegalStateException("a step was prepared before its inputs were bound");
        }
        HostBatch batch = step == next ? batches.next() : again(step, to, batches);
        next = step == next ? next + 1 : next;
        backend.upload(batch.images, to.images());
        backend.upload(batch.labels, to.labels());
        if (to.teacher() != null) {
            backend.upload(batch.teacher, to.teacher());
        }
        if (to.ensemble() != null) {
            backend.upload(batch.ensemble, to.ensemble());
        }
        if (to.weights() != null) {
            backend.upload(batch.weights, to.weights());
        }
    }

    /** A step out of order: rare, so nothing is prepared ahead. */
    private HostBatch again(long step, BatchInputs to, BatchFeeder batches) {
        batches.finish();
        HostBatch batch = other == null ? batch(to) : other;
        other = batch;
        data.fill(step, batch);
        return batch;
    }

    @Override
    public void gather() {
        // Everything came from the host.
    }

    @Override
    public void close() {
        if (feeder != null) {
            feeder.close();
        }
    }
}
