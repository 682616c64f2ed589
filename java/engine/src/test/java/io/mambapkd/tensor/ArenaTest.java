package io.mambapkd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import java.util.ArrayList;
import java.util.List;
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
    void moreThanAnArrayHoldsIsRefusedWithARemedy() {
        Arena arena = backend.newArena("activations");
        arena.allocate("x", 65_536, 32_768);
        assertThatThrownBy(arena::seal)
                .isInstanceOf(InputException.class)
                .hasMessage("expected at most 2147483639 numbers in an array of Java, got 2147483648 in the arena"
                        + " activations; use smaller batches or a smaller model");
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
    void onlyAFlatArenaHandsOutAVectorOfItsTensors() {
        try (Arena flat = backend.newArena("values", Arena.Layout.FLAT);
                Arena separable = backend.newArena("activations")) {
            Tensor first = flat.allocate("first", 3);
            Tensor second = flat.allocate("second", 2);
            flat.seal();
            backend.upload(new float[] {1, 2, 3}, first);
            backend.upload(new float[] {4, 5}, second);
            assertThat(flat.planned(DType.F32)).isEqualTo(32);
            assertThat(backend.download(flat.flat(DType.F32, 2, 18)))
                    .startsWith(3f, 0f)
                    .endsWith(0f, 4f, 5f);
            separable.allocate("x", 3);
            assertThatThrownBy(() -> separable.flat(DType.F32, 0, 3))
                    .hasMessageContaining("arena activations has no flat vector")
                    .hasMessageContaining("Arena.Layout.FLAT");
            assertThatThrownBy(() -> separable.planned(DType.F32)).hasMessageContaining("no flat vector");
        }
    }

    /** Counts what is reserved and given back; refuses one element type. */
    private static final class CountingArena extends Arena {
        private record Piece(long elements) implements Memory {}

        private final List<Long> reserved = new ArrayList<>();
        private final List<Long> released = new ArrayList<>();

        CountingArena(Layout layout) {
            super("counting", layout, Blocks.PER_TENSOR);
        }

        @Override
        protected Memory reserve(DType dtype, long elements) {
            if (dtype == DType.I32) {
                throw new IllegalStateException("no room for a batch of " + batch());
            }
            reserved.add(elements);
            return new Piece(elements);
        }

        @Override
        protected void release(Memory memory) {
            released.add(((Piece) memory).elements());
        }
    }

    @Test
    void aBackendMayReserveEachTensorForItselfUnlessTheArenaIsFlat() {
        CountingArena separable = new CountingArena(Arena.Layout.SEPARABLE);
        CountingArena flat = new CountingArena(Arena.Layout.FLAT);
        for (Arena arena : List.of(separable, flat)) {
            arena.allocate("first", 3, 5);
            arena.allocate("second", 17);
            arena.seal().close();
        }
        assertThat(separable.reserved).containsExactly(15L, 17L);
        assertThat(separable.released).containsExactly(15L, 17L);
        assertThat(flat.reserved).containsExactly(48L);
    }

    @Test
    void anArenaThatDoesNotFitGivesBackWhatItHad() {
        CountingArena arena = new CountingArena(Arena.Layout.SEPARABLE);
        Tensor x = arena.allocate("x", 4);
        arena.allocate("labels", DType.I32, Shape.of(2));
        assertThatThrownBy(() -> arena.seal(7)).hasMessage("no room for a batch of 7");
        assertThat(arena.released).containsExactly(4L);
        assertThatThrownBy(x::memory).hasMessageContaining("was closed");
    }

    @Test
    void shapesWithoutElementsAreRefused() {
        assertThatThrownBy(() -> Shape.of(3, 0)).hasMessage("extents must be at least 1, got [3, 0]");
        assertThatThrownBy(() -> Shape.of()).hasMessageContaining("at least one extent");
    }
}
