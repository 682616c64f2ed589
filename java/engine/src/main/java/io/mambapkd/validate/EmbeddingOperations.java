package io.mambapkd.validate;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.EmbeddingOps.Embedding;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** Tokens as vectors: by one kernel where the backend has it, else by the operations that it stands for. */
final class EmbeddingOperations {
    private EmbeddingOperations() {}

    static List<Operation> all() {
        return List.of(new Operation("embedding", EmbeddingOperations::embedding));
    }

    private static void embedding(Trial t) {
        int batch = t.extent("B", 1, 2, 5, 133, 140);
        int length = t.extent("L", 1, 7, 14, 28, 31);
        int elements = t.extent("P", 4, 16, 28, 48, 56, 112);
        int width = t.extent("M", 4, 12, 16, 48);
        boolean placed = t.choose("positions", "no positions").equals("positions");
        Backend backend = t.backend();
        Embedding embedding =
                backend.embedding().embedding(elements, length, width).orElseGet(() -> new SeparateEmbedding(backend));
        Tensor tokens = t.uniform(-1, 1, batch, length, elements);
        Tensor weight = t.uniform(-1, 1, width, elements);
        Tensor bias = t.uniform(-1, 1, width);
        Tensor y = t.unwritten(batch, length, width);
        embedding.forward(tokens, weight, bias, placed ? t.uniform(-1, 1, length, width) : null, y);
        t.result("y", y, elements + 2L);
        Tensor dy = t.uniform(-1, 1, batch, length, width);
        Tensor dWeight = t.uniform(-1, 1, width, elements);
        Tensor dBias = t.uniform(-1, 1, width);
        Optional<Tensor> dPositions = placed ? Optional.of(t.uniform(-1, 1, length, width)) : Optional.empty();
        embedding.backward(tokens, dy, dWeight, dBias, dPositions.orElse(null));
        t.sum("dWeight", dWeight, (long) batch * length);
        t.sum("dBias", dBias, (long) batch * length);
        dPositions.ifPresent(gradient -> t.sum("dPositions", gradient, batch));
    }
}
