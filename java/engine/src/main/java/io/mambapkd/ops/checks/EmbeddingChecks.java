package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What an {@link io.mambapkd.ops.EmbeddingOps.Embedding} refuses. */
public final class EmbeddingChecks {
    private EmbeddingChecks() {}

    /** Refuses tensors of other extents than P, L and M, and {@code dy} or {@code y} of another batch than the tokens. */
    public static void embedding(
            String name,
            int elements,
            int length,
            int width,
            Tensor tokens,
            String vectorsRole,
            Tensor vectors,
            Tensor weight,
            Tensor bias,
            @Nullable Tensor positions) {
        Checks.that(tokens.shape().rank() == 3, name, "tokens must have 3 axes (B, L, P) but are " + tokens);
        int batch = tokens.shape().extent(0);
        Checks.shape(name, "tokens", tokens, batch, length, elements);
        Checks.shape(name, vectorsRole, vectors, batch, length, width);
        Checks.shape(name, "weight", weight, width, elements);
        Checks.shape(name, "bias", bias, width);
        if (positions != null) {
            Checks.shape(name, "positions", positions, length, width);
        }
    }
}
