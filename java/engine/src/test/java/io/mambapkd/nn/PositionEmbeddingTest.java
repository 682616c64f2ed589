package io.mambapkd.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class PositionEmbeddingTest {
    private static final int ROWS = 2;
    private static final int COLUMNS = 3;

    /** Of one value each: 10 and 20 for the rows, 1, 2 and 3 for the columns. */
    @Test
    void aTokenOfAGridGetsTheSumOfItsRowAndItsColumn() {
        try (Backend backend = new CpuBackend(1);
                Parameters parameters = new Parameters(backend, "grid");
                Arena activations = backend.newArena("activations")) {
            LayerPlan plan = new LayerPlan(backend, parameters, activations, "");
            PositionEmbedding positions = new PositionEmbedding(plan, PositionEmbedding.Kind.GRID, ROWS, COLUMNS, 1);
            Tensor x = plan.tensor("x", 2, ROWS * COLUMNS, 1);
            parameters.seal();
            activations.seal();
            Parameter learned = parameters.all().get(0);
            backend.upload(new float[] {10, 20, 1, 2, 3}, learned.value());

            backend.upload(new float[] {0, 0, 0, 0, 0, 0, 100, 100, 100, 100, 100, 100}, x);
            positions.add(x);
            assertThat(backend.download(x)).containsExactly(11, 12, 13, 21, 22, 23, 111, 112, 113, 121, 122, 123);

            // Gradients of both images are added: 2, 4, .., 12 for the six tokens.
            backend.upload(new float[] {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}, x);
            backend.zero(learned.gradient());
            positions.backward(x);
            assertThat(backend.download(learned.gradient())).containsExactly(12, 30, 10, 14, 18);
        }
    }
}
