package io.mambapkd.ops.cpu.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.cpu.blas.JavaBlas;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuExecutorTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void everyTaskRunsExactlyOnce(int threads) {
        try (CpuExecutor executor = new CpuExecutor(threads, new JavaBlas())) {
            for (int round = 0; round < 500; round++) {
                int tasks = round % 9;
                AtomicIntegerArray runs = new AtomicIntegerArray(9);
                executor.run(tasks, (index, scratch) -> runs.incrementAndGet(index));
                for (int i = 0; i < 9; i++) {
                    assertThat(runs.get(i)).isEqualTo(i < tasks ? 1 : 0);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anExceptionOfATaskReachesTheCallerAndTheNextJobRuns(int threads) {
        try (CpuExecutor executor = new CpuExecutor(threads, new JavaBlas())) {
            assertThatThrownBy(() -> executor.run(20, (index, scratch) -> {
                        if (index == 7) {
                            throw new IllegalStateException("task 7");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("task 7");
            AtomicIntegerArray runs = new AtomicIntegerArray(4);
            executor.run(4, (index, scratch) -> runs.incrementAndGet(index));
            assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1]");
        }
    }

    @Test
    void zeroThreadsAreRefused() {
        assertThatThrownBy(() -> new CpuExecutor(0, new JavaBlas())).hasMessageContaining("at least one thread");
    }
}
