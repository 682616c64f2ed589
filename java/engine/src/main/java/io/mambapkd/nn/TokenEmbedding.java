package io.mambapkd.nn;

import io.mambapkd.ops.EmbeddingOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Tokens as vectors with a place: {@code embed}, a linear map with bias, and {@code pos_embed}. One pass over memory where the backend has a part for it. */
public final class TokenEmbedding {
    private final Linear embed;
    private final PositionEmbedding positions;
    private final EmbeddingOps.@Nullable Embedding fused;

    /**
     * Declares the parameters.
     *
     * @param kind of the positions, for a grid of {@code rows} x {@code columns} tokens
     * @param tokens shape (B, L, P)
     * @param width M, of the vectors
     * @param differentiatesTokens whether {@link #backward} is to give the gradient of the tokens
     */
    public TokenEmbedding(
            LayerPlan plan,
            PositionEmbedding.Kind kind,
            int rows,
            int columns,
            Shape tokens,
            int width,
            boolean differentiatesTokens) {
        embed = new Linear(width, Linear.Bias.YES);
        embed.allocate(plan.child("embed"), tokens);
        positions = new PositionEmbedding(plan, kind, rows, columns, width);
        fused = differentiatesTokens
                ? null
                : plan.backend()
                        .embedding()
                        .embedding(tokens.last(), rows * columns, width)
                        .orElse(null);
    }

    /** Overwrites {@code y} (B, L, M). */
    public void forward(Tensor tokens, Tensor y, Mode mode) {
        if (fused != null) {
            fused.forward(tokens, embed.weight().value(), embed.bias().value(), positions.vectors(), y);
            return;
        }
        embed.forward(tokens, y, mode);
        positions.add(y);
    }

    /**
     * Adds the gradients of the parameters.
     *
     * @param dTokens overwritten; null where they are not to be differentiated
     */
    public void backward(Tensor tokens, Tensor y, Tensor dy, @Nullable Tensor dTokens) {
        if (fused != null) {
            fused.backward(tokens, dy, embed.weight().gradient(), embed.bias().gradient(), positions.beginGradient());
            positions.endGradient();
            return;
        }
        positions.backward(dy);
        embed.backward(tokens, y, dy, dTokens);
    }
}
