package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as the vectors that blocks take, in one pass over memory; as in {@link BlockOps}, the operations that it stands for are its specification: a product with a bias and
 * {@link PatchOps#addPosition}. All tensors are F32.
 */
public interface EmbeddingOps {
    /** Of a backend without kernels for it. */
    EmbeddingOps NONE = new EmbeddingOps() {};

    /**
     * @param elements P, values of a token
     * @param tokens L
     * @param width M
     */
    default Optional<Embedding> embedding(int elements, int tokens, int width) {
        return Optional.empty();
    }

    /** {@code y[b, l] = weight tokens[b, l] + bias + positions[l]}. */
    interface Embedding {
        /**
         * @param tokens (B, L, P)
         * @param weight (M, P)
         * @param bias (M)
         * @param positions (L, M), or null
         * @param y (B, L, M), overwritten
         */
        void forward(Tensor tokens, Tensor weight, Tensor bias, @Nullable Tensor positions, Tensor y);

        /**
         * Adds the gradients of the weights.
         *
         * @param dy (B, L, M)
         * @param dPositions (L, M), or null
         */
        void backward(Tensor tokens, Tensor dy, Tensor dWeight, Tensor dBias, @Nullable Tensor dPositions);
    }
}
