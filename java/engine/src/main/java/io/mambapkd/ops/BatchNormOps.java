package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation over all but the last axis, Ioffe and Szegedy (arXiv 1502.03167), algorithm 1, fused with the activation
 * that follows it: {@code y = f(weight (x - mean) / sqrt(variance + epsilon) + bias)}. Input, output and their gradients are all F32 or all BF16; what there
 * is one of for each channel is F32, and so is the arithmetic.
 */
public interface BatchNormOps {
    /**
     * @param epsilon added to the variance
     * @param momentum share of the batch in the running statistics: new = (1 - momentum) old + momentum batch
     * @param activation {@link Activation#IDENTITY}, {@link Activation#RELU}, {@link Activation#GELU} or {@link Activation#SILU}
     */
    record Options(float epsilon, float momentum, Activation activation) {
        public Options {
            Checks.that(
                    activation != Activation.SOFTPLUS && activation != Activation.GELU_TANH,
                    "batch_norm",
                    "the activation must be IDENTITY, RELU, GELU or SILU, got " + activation);
        }
    }

    /** Per-channel parameters and statistics, each (C). Running variance is the unbiased one. */
    record Channels(Tensor weight, Tensor bias, Tensor runningMean, Tensor runningVariance) {}

    /**
     * With the statistics of the batch (variance biased), which are kept for the backward pass; updates the running ones.
     *
     * @param x (..., C)
     * @param batchMean (C), overwritten
     * @param batchVariance (C), biased, overwritten
     * @param y shape of {@code x}, overwritten
     */
    void forwardTraining(
            Options options, Tensor x, Channels channels, Tensor batchMean, Tensor batchVariance, Tensor y);

    /** With the running statistics, which stay as they are. */
    void forwardInference(Options options, Tensor x, Channels channels, Tensor y);

    /**
     * Gradient of {@link #forwardTraining}.
     *
     * @param x the input
     * @param y the output (only its sign is read, and only for RELU)
     * @param dx shape of {@code x}, overwritten; may be {@code dy} itself
     * @param dWeight (C), added to; null where the weight is not learned
     * @param dBias (C), added to; null where the bias is not learned
     */
    void backwardTraining(
            Options options,
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor batchMean,
            Tensor batchVariance,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias);

    /** Gradient of {@link #forwardInference}: the statistics are constants. Arguments as in {@link #backwardTraining}. */
    void backwardInference(
            Options options,
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias);
}
