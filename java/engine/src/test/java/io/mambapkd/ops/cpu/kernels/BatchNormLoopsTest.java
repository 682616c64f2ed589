package io.mambapkd.ops.cpu.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BatchNormLoopsTest {
    @Test
    void anyPositiveOutputLetsTheWholeGradientThrough() {
        float[] y = {0f, Float.MIN_VALUE, Float.MIN_NORMAL, 1e-30f, 1f, 1e30f, Float.MAX_VALUE};
        float[] gradient = {3f, 3f, -3f, 3f, -3f, 3f, 3f};
        BatchNormLoops.dropInactive(gradient, y, y.length);
        assertThat(gradient).containsExactly(0f, 3f, -3f, 3f, -3f, 3f, 3f);
    }
}
