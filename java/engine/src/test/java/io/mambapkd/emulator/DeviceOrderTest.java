package io.mambapkd.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The CUDA backend must wait for the device where it reads or frees, and nowhere rely on work being done early. The emulated driver holds work back until
 * something waits for it, and draws the order of what is not ordered: a missing wait then reads memory that is not written yet (not-a-numbers).
 */
class DeviceOrderTest {
    private static final int SEEDS = 4;
    private static final int ELEMENTS = 100;
    private static final int UPLOADS = 6;

    @BeforeEach
    void needsTheEmulatedDriver() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    @Test
    void resultsAreThoseOfTheCpuWhenWorkRunsOnlyWhenItIsWaitedFor() {
        float[] expected;
        try (Backend cpu = new CpuBackend(1)) {
            expected = chain(cpu);
        }
        for (int seed = 1; seed <= SEEDS; seed++) {
            try (Backend cuda = EmulatedDriver.openAsynchronous()) {
                EmulatedDriver.runWhenAwaited(seed);
                // Sums of small whole numbers: the same bits on every backend.
                assertThat(chain(cuda)).as("seed %d", seed).isEqualTo(expected);
            } finally {
                EmulatedDriver.runAtOnce();
            }
        }
    }

    @Test
    void closedBackendLeavesNothingOnTheDevice() {
        // Another backend loads the driver, so that there is something to ask before; what other tests left is not
        // counted.
        try (Backend other = EmulatedDriver.openAsynchronous()) {
            assertThat(other.name()).isEqualTo("cuda");
            long before = EmulatedDriver.liveObjects();
            Backend cuda = EmulatedDriver.openAsynchronous();
            chain(cuda);
            assertThat(EmulatedDriver.liveObjects()).isGreaterThan(before);
            cuda.close();
            assertThat(EmulatedDriver.liveObjects()).isEqualTo(before);
        }
    }

    /** More uploads than there are staging buffers, their source overwritten at once; operations; an arena that is freed with work under way. */
    private static float[] chain(Backend backend) {
        try (Arena arena = backend.newArena("order")) {
            Tensor[] uploaded = new Tensor[UPLOADS];
            for (int n = 0; n < UPLOADS; n++) {
                uploaded[n] = arena.allocate("uploaded" + n, 1, ELEMENTS);
            }
            arena.seal();
            float[] values = new float[ELEMENTS];
            for (int n = 0; n < UPLOADS; n++) {
                for (int i = 0; i < ELEMENTS; i++) {
                    values[i] = (n + 1) * i;
                }
                backend.upload(values, uploaded[n]);
            }
            Arrays.fill(values, Float.NaN);
            try (Arena passing = backend.newArena("passing")) {
                Tensor sum = passing.allocate("sum", 1, ELEMENTS);
                passing.seal();
                for (Tensor each : uploaded) {
                    backend.pointwise().add(sum, each, sum);
                    backend.copy(sum, each);
                }
            }
            backend.pointwise().add(uploaded[UPLOADS - 1], uploaded[0], uploaded[1]);
            return backend.download(uploaded[1]);
        }
    }
}
