package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import java.util.Optional;

/**
 * The end of a student in a training step, in one pass over memory; as in {@link BlockOps}, the operations that it stands for are its specification: {@link NormOps#rmsNorm}, a product
 * with a bias, {@link DistillationLossOps}, and the gradients of the first two. All tensors are F32.
 */
public interface HeadOps {
    /** Of a backend without kernels for it. */
    HeadOps NONE = new HeadOps() {};

    /**
     * @param tokens L
     * @param width M
     * @param classes K
     */
    default Optional<Head> head(int tokens, int width, int classes) {
        return Optional.empty();
    }

    /**
     * Learned tensors of the head, or their gradients.
     *
     * @param scale (M), of the norm
     * @param weight (K, L M)
     * @param bias (K)
     */
    record Weights(Tensor scale, Tensor weight, Tensor bias) {}

    /** {@code logits = weight (scale x / rms(x)) + bias}, of all tokens of a sample; their loss; and the gradients of both. */
    interface Head {
        /**
         * @param x (B, L, M), as dx at a multiple of 16 bytes
         * @param epsilon above 0
         * @param inputs of the loss, whose {@code student} (B, K) is overwritten with the logits
         * @param dx (B, L, M), overwritten
         * @param gradients added to
         * @param statistics overwritten, as in {@link DistillationLossOps#lossAndGradient}
         */
        void lossAndGradients(
                Tensor x,
                Weights weights,
                float epsilon,
                DistillationLossOps.Options loss,
                DistillationLossOps.Inputs inputs,
                Tensor dx,
                Weights gradients,
                Tensor statistics);
    }
}
