package io.mambapkd.validate;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.EmbeddingOps.Embedding;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The operations that {@link Embedding} stands for, one by one: its specification.
 *
 * @param backend that they run on
 */
public record SeparateEmbedding(Backend backend) implements Embedding {
    @Override
    public void forward(Tensor tokens, Tensor weight, Tensor bias, @Nullable Tensor positions, Tensor y) {
        backend.gemm().multiply(tokens, Transpose.NO, weight, Transpose.YES, Write.OVERWRITE, y);
        backend.pointwise().addBias(y, bias);
        if (positions != null) {
            backend.patch().addPosition(y, positions);
        }
    }

    @Override
    public void backward(Tensor tokens, Tensor dy, Tensor dWeight, Tensor dBias, @Nullable Tensor dPositions) {
        backend.gemm().multiply(dy, Transpose.YES, tokens, Transpose.NO, Write.ADD, dWeight);
        backend.pointwise().biasGradient(dy, dBias);
        if (dPositions != null) {
            backend.patch().positionGradient(dy, dPositions);
        }
    }
}
