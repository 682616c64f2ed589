package io.mambapkd.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps.Layout;
import io.mambapkd.ops.cpu.CpuBackend;
import org.junit.jupiter.api.Test;

/** Kernels that a backend reads in another layout than they are learned and saved in. */
final class KernelOrderTest {
    /** Element (o, c, tap) of a kernel of two outputs and three channels is the number 100 o + 10 c + tap. */
    private static float[] numbers() {
        float[] values = new float[24];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 12 * 100 + i / 4 % 3 * 10 + i % 4;
        }
        return values;
    }

    @Test
    void whatIsComputedWithHasTheChannelsLastAndTheValueStays() {
        try (Backend backend = new CpuBackend(1);
                Parameters parameters = new Parameters(backend, "test")) {
            Parameter before = parameters.declare("bias", Decay.YES, Initializer.constant(7), 5);
            Parameter kernel = parameters.declareKernel(
                    "weight", Decay.YES, Initializer.constant(0), Layout.CHANNELS_LAST, 2, 3, 2, 2);
            parameters.seal();
            parameters.initialise(1, 1);
            backend.upload(numbers(), kernel.value());
            parameters.refresh();
            assertThat(kernel.compute().shape().toArray()).containsExactly(2, 2, 2, 3);
            assertThat(backend.download(kernel.compute()))
                    .containsExactly(
                            0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23, 100, 110, 120, 101, 111, 121, 102, 112, 122,
                            103, 113, 123);
            assertThat(backend.download(kernel.value())).containsExactly(numbers());
            assertThat(kernel.gradient().shape().toArray()).containsExactly(2, 3, 2, 2);
            assertThat(before.compute()).isSameAs(before.value());
        }
    }

    @Test
    void withoutSuchKernelsNothingIsCopied() {
        try (Backend backend = new CpuBackend(1);
                Parameters parameters = new Parameters(backend, "test")) {
            Parameter kernel = parameters.declareKernel(
                    "weight", Decay.YES, Initializer.constant(0), Layout.CHANNELS_FIRST, 2, 3, 2, 2);
            parameters.seal();
            parameters.refresh();
            assertThat(kernel.compute()).isSameAs(kernel.value());
        }
    }
}
