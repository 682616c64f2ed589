package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation and the activation after it. Parameters {@code weight} (C), 1 at the start, and {@code bias} (C), 0; buffers {@code
 * running_mean} (C) and {@code running_var} (C). Where the scale is fixed, {@code weight} is a buffer. In the backward pass {@code dx} may be {@code dy}.
 */
public final class BatchNorm2d extends Layer {
    /** Whether {@code weight} is learned or stays 1. */
    public enum Scale {
        LEARNED,
        FIXED
    }

    private final BatchNormOps.Options options;
    private final Scale scale;
    private @Nullable BatchNormOps ops;
    private @Nullable Parameter weight;
    private @Nullable Parameter bias;
    private @Nullable Parameter runningMean;
    private @Nullable Parameter runningVariance;
    private @Nullable Tensor batchMean;
    private @Nullable Tensor batchVariance;
    private int rows;

    public BatchNorm2d(BatchNormOps.Options options) {
        this(options, Scale.LEARNED);
    }

    /** With a scale that is learned or not; the bias behind a fixed one is of the group {@link Decay#NORM_BIAS}. */
    public BatchNorm2d(BatchNormOps.Options options, Scale scale) {
        this.options = options;
        this.scale = scale;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        ops = plan.backend().batchNorm();
        int channels = inputShape.last();
        rows = inputShape.rows();
        Initializer one = Initializer.constant(1);
        boolean learned = scale == Scale.LEARNED;
        weight = learned ? plan.parameter("weight", Decay.NO, one, channels) : plan.buffer("weight", one, channels);
        bias = plan.parameter("bias", learned ? Decay.NO : Decay.NORM_BIAS, Initializer.constant(0), channels);
        runningMean = plan.buffer("running_mean", Initializer.constant(0), channels);
        runningVariance = plan.buffer("running_var", Initializer.constant(1), channels);
        batchMean = plan.tensor("batch_mean", channels);
        batchVariance = plan.tensor("batch_var", channels);
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        switch (mode) {
            case TRAINING ->
                requireNonNull(ops)
                        .forwardTraining(
                                options, x, channels(), requireNonNull(batchMean), requireNonNull(batchVariance), y);
            case INFERENCE -> requireNonNull(ops).forwardInference(options, x, channels(), y);
        }
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        requireNonNull(ops)
                .backwardTraining(
                        options,
                        x,
                        y,
                        channels(),
                        requireNonNull(batchMean),
                        requireNonNull(batchVariance),
                        dy,
                        // Somebody always needs it: a convolution comes before.
                        requireNonNull(dx, "batch normalisation needs a place for the gradient of its input"),
                        scale == Scale.LEARNED ? requireNonNull(weight).gradient() : null,
                        requireNonNull(bias).gradient());
    }

    @Override
    public boolean differentiatesInPlace() {
        return true;
    }

    /** Values of a channel in a batch. */
    public int rows() {
        return rows;
    }

    /** Mean (C) of the batch of the last forward pass in {@link Mode#TRAINING}. */
    public Tensor batchMean() {
        return requireNonNull(batchMean);
    }

    /** Biased variance (C) of that batch. */
    public Tensor batchVariance() {
        return requireNonNull(batchVariance);
    }

    /** Mean (C) that {@link Mode#INFERENCE} normalises with. */
    public Tensor runningMean() {
        return requireNonNull(runningMean).value();
    }

    /** Unbiased variance (C) that {@link Mode#INFERENCE} normalises with. */
    public Tensor runningVariance() {
        return requireNonNull(runningVariance).value();
    }

    private BatchNormOps.Channels channels() {
        return new BatchNormOps.Channels(
                requireNonNull(weight).value(),
                requireNonNull(bias).value(),
                requireNonNull(runningMean).value(),
                requireNonNull(runningVariance).value());
    }
}
