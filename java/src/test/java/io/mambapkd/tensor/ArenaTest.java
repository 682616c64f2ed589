package io.mambapkd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import org.junit.jupiter.api.Test;

class ArenaTest {
    private final Backend backend = new CpuBackend(1, CpuBackend.javaBlas());

    @Test
    void tensorsStartOnSixtyFourByteBoundariesAndDoNotOverlap() {
        Arena arena = backend.newArena("a");
        Tensor first = arena.allocate("first", 3, 5);
        Tensor second = arena.allocate("second", 17);
        Tensor third = arena.allocate("third", 1);
        assertThat(first.offset()).isZero();
        assertThat(second.offset()).isEqualTo(16);
        assertThat(third.offset()).isEqualTo(48);
        Tensor bytes = arena.allocate("bytes", DType.U8, Shape.of(65));
        Tensor behind = arena.allocate("behind", DType.U8, Shape.of(1));
        assertThat(bytes.offset()).isZero();
        assertThat(behind.offset()).isEqualTo(128);
        assertThat(arena.bytes()).isEqualTo(64 * 4 + 128 + 64);
        assertThat(arena.map()).contains("third (1) F32");
    }

    @Test
    void useBeforeSealAndAfterCloseIsRefusedByName() {
        Arena arena = backend.newArena("activations");
        Tensor x = arena.allocate("x", 2);
        assertThatThrownBy(x::memory).hasMessage("tensor x was used before its arena activations was sealed");
        arena.seal();
        assertThat(backend.download(x)).containsExactly(0f, 0f);
        assertThatThrownBy(() -> arena.allocate("late", 1))
                .hasMessageContaining("is sealed; late must be planned before");
        arena.close();
        assertThatThrownBy(() -> backend.download(x))
                .hasMessage("tensor x was used after its arena activations was closed");
    }

    @Test
    void viewsShareTheElementsOfTheirTensor() {
        try (Arena arena = backend.newArena("a")) {
            Tensor x = arena.allocate("x", 2, 2, 3);
            Tensor column = arena.allocate("column", 2, 2, 1);
            arena.seal();
            backend.upload(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, x);
            backend.copy(x.columns(1, 1), column);
            assertThat(backend.download(column)).containsExactly(1f, 4f, 7f, 10f);
            assertThat(backend.download(x.slices(1, 1))).containsExactly(6f, 7f, 8f, 9f, 10f, 11f);
            assertThat(backend.download(x.reshape(12).slices(3, 2))).containsExactly(3f, 4f);
            assertThatThrownBy(() -> x.columns(2, 2)).hasMessageContaining("x (2, 2, 3) has no columns 2..3");
            assertThatThrownBy(() -> x.columns(0, 2).reshape(8)).hasMessageContaining("a column view");
        }
    }

    @Test
    void shapesWithoutElementsAreRefused() {
        assertThatThrownBy(() -> Shape.of(3, 0)).hasMessage("extents must be at least 1, got [3, 0]");
        assertThatThrownBy(() -> Shape.of()).hasMessageContaining("at least one extent");
    }
}
