package io.mambapkd.ops.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaperBackendTest {
    /** One for each target that the kernels are compiled for: every launcher finds its kernels, with their types. */
    @ParameterizedTest
    @ValueSource(ints = {75, 80, 90})
    void everyLauncherFindsItsKernelsAndTheResultsAreTheCpus(int capability) {
        try (Backend paper = PaperBackend.open(capability);
                Arena arena = paper.newArena("decay")) {
            Tensor aLog = arena.allocate("aLog", 3, 4);
            Tensor a = arena.allocate("a", 3, 4);
            arena.seal();
            paper.scan().decay(aLog, a);
            assertThat(paper.download(a)).containsOnly(-1f);
        }
    }
}
