package io.mambapkd.ops.checks;

import io.mambapkd.ops.BatchNormOps.Channels;
import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Argument checks of {@link io.mambapkd.ops.BatchNormOps}, shared by all backends. */
public final class BatchNormChecks {
    private static final String NAME = "batch_norm";

    private BatchNormChecks() {}

    public static void forwardTraining(Tensor x, Channels channels, Tensor batchMean, Tensor batchVariance, Tensor y) {
        forwardInference(x, channels, y);
        batch(x, batchMean, batchVariance);
    }

    public static void forwardInference(Tensor x, Channels channels, Tensor y) {
        DType dtype = Checks.activationType(NAME, "input", x);
        int[] shape = x.shape().toArray();
        int width = x.shape().last();
        Checks.shape(NAME, "input", x, dtype, shape);
        Checks.shape(NAME, "output", y, dtype, shape);
        Checks.shape(NAME, "weight", channels.weight(), width);
        Checks.shape(NAME, "bias", channels.bias(), width);
        Checks.shape(NAME, "running mean", channels.runningMean(), width);
        Checks.shape(NAME, "running variance", channels.runningVariance(), width);
    }

    public static void backwardTraining(
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor batchMean,
            Tensor batchVariance,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias) {
        backwardInference(x, y, channels, dy, dx, dWeight, dBias);
        batch(x, batchMean, batchVariance);
    }

    public static void backwardInference(
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias) {
        forwardInference(x, channels, y);
        Checks.shape(NAME, "output gradient", dy, x.dtype(), x.shape().toArray());
        Checks.shape(NAME, "input gradient", dx, x.dtype(), x.shape().toArray());
        if (dWeight != null) {
            Checks.shape(NAME, "weight gradient", dWeight, x.shape().last());
        }
        if (dBias != null) {
            Checks.shape(NAME, "bias gradient", dBias, x.shape().last());
        }
    }

    private static void batch(Tensor x, Tensor batchMean, Tensor batchVariance) {
        Checks.shape(NAME, "batch mean", batchMean, x.shape().last());
        Checks.shape(NAME, "batch variance", batchVariance, x.shape().last());
    }
}
