package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DropoutOpsContractTest {
    private static final int ELEMENTS = 5000;

    private static float[] apply(float rate, long seed, int layer, int steps, int threads) {
        try (Backend backend = new CpuBackend(threads);
                Arena arena = backend.newArena("dropout")) {
            Tensor step = arena.allocate("step", DType.I32, Shape.of(1));
            Tensor x = arena.allocate("x", 50, 100);
            arena.seal();
            backend.upload(new int[] {steps}, step);
            float[] ones = new float[ELEMENTS];
            Arrays.fill(ones, 1f);
            backend.upload(ones, x);
            backend.dropout().apply(rate, seed, layer, step, x, x);
            return backend.download(x);
        }
    }

    @Test
    void dropsExactlyWhereTheContractsDrawSays() {
        CounterRandom random = new CounterRandom(5, Purpose.DROPOUT);
        float[] y = apply(0.2f, 5, 3, 17, 2);
        for (int i = 0; i < ELEMENTS; i++) {
            assertThat(y[i]).as("element %d", i).isEqualTo(random.uniform(17, i, 3) < 0.2f ? 0f : 1.25f);
        }
    }

    @Test
    void keepsTheMean() {
        double sum = 0;
        for (float y : apply(0.3f, 1, 0, 0, 1)) {
            sum += y;
        }
        // The mean of 5000 values has a standard deviation of sqrt(0.3 / 0.7 / 5000) = 0.009.
        assertThat(sum / ELEMENTS).isCloseTo(1, within(0.04));
    }

    @Test
    void seedLayerAndStepEachChangeTheMask() {
        float[] base = apply(0.5f, 1, 0, 0, 1);
        assertThat(apply(0.5f, 2, 0, 0, 1)).isNotEqualTo(base);
        assertThat(apply(0.5f, 1, 1, 0, 1)).isNotEqualTo(base);
        assertThat(apply(0.5f, 1, 0, 1, 1)).isNotEqualTo(base);
        assertThat(apply(0.5f, 1, 0, 0, 3)).containsExactly(base);
    }

    @Test
    void rateZeroChangesNothing() {
        assertThat(apply(0f, 1, 0, 0, 1)).containsOnly(1f);
    }
}
