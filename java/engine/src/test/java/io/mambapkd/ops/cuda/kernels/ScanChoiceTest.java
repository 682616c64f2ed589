package io.mambapkd.ops.cuda.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tensors have no memory here: the choice looks at extents, strides, and addresses, which are as if every memory began at a multiple of 256 bytes. */
class ScanChoiceTest {
    private final CpuBackend backend = new CpuBackend(1);
    private final Arena arena = backend.newArena("test");

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private Tensor tensor(int... extents) {
        return arena.allocate("x", extents);
    }

    private Inputs inputs(int batch, int length, int channels, int states) {
        return new Inputs(
                tensor(batch, length, channels),
                tensor(batch, length, channels),
                tensor(channels, states),
                tensor(batch, length, states),
                tensor(batch, length, states),
                tensor(channels),
                tensor(batch, length, channels),
                tensor(channels));
    }

    private ScanChoice of(Options options, Inputs inputs, Tensor y) {
        return ScanChoice.forward(options, inputs, y, null, null, ScanChoiceTest::address);
    }

    /** With a result that has the layout of u. */
    private ScanChoice of(Inputs inputs) {
        return of(Options.MAMBA, inputs, inputs.u());
    }

    private static long address(Tensor tensor) {
        return 256 + tensor.offset() * tensor.dtype().bytes();
    }

    private static Inputs withU(Inputs in, Tensor u) {
        return new Inputs(u, in.delta(), in.a(), in.b(), in.c(), in.dSkip(), in.z(), in.deltaBias());
    }

    private static Inputs withoutOptionals(Inputs in) {
        return new Inputs(in.u(), in.delta(), in.a(), in.b(), in.c(), null, null, null);
    }

    @Test
    void evenChannelsOfUpToSixteenStatesAreTakenInPairs() {
        for (int states = 1; states <= 16; states++) {
            assertThat(of(inputs(2, 28, 32, states))).isEqualTo(ScanChoice.PAIR);
            assertThat(of(withoutOptionals(inputs(1, 1, 2, states)))).isEqualTo(ScanChoice.PAIR);
        }
    }

    @Test
    void moreStatesThanAThreadHoldsGoToTheGeneralKernels() {
        assertThat(of(inputs(2, 28, 32, 17))).isEqualTo(ScanChoice.MANY_STATES);
    }

    @Test
    void oddNumbersOfChannelsOrOfThoseOfAGroupGoToTheGeneralKernels() {
        assertThat(of(inputs(2, 28, 33, 8))).isEqualTo(ScanChoice.UNEVEN_CHANNELS);
        Options two = new Options(Direction.FORWARD, Activation.SOFTPLUS, 2);
        Inputs in = inputs(2, 28, 6, 8);
        assertThat(of(two, in, in.u())).isEqualTo(ScanChoice.UNEVEN_CHANNELS);
    }

    @Test
    void rowsOfAnOddLengthGoToTheGeneralKernels() {
        Inputs in = inputs(2, 28, 32, 8);
        Tensor odd = tensor(2, 28, 35).columns(0, 32);
        assertThat(of(withU(in, odd))).isEqualTo(ScanChoice.UNEVEN_STRIDE);
        assertThat(of(Options.MAMBA, in, odd)).isEqualTo(ScanChoice.UNEVEN_STRIDE);
        for (Inputs other : List.of(
                new Inputs(in.u(), odd, in.a(), in.b(), in.c(), in.dSkip(), in.z(), in.deltaBias()),
                new Inputs(in.u(), in.delta(), in.a(), in.b(), in.c(), in.dSkip(), odd, in.deltaBias()))) {
            assertThat(of(other)).isEqualTo(ScanChoice.UNEVEN_STRIDE);
        }
        // Rows of B and C may lie anywhere.
        Tensor states = tensor(2, 28, 17).columns(1, 8);
        assertThat(of(new Inputs(in.u(), in.delta(), in.a(), states, states, in.dSkip(), in.z(), in.deltaBias())))
                .isEqualTo(ScanChoice.PAIR);
    }

    @Test
    void tensorsThatStartBetweenPairsGoToTheGeneralKernels() {
        Inputs in = inputs(2, 28, 32, 8);
        Tensor view = tensor(2, 28, 36).columns(1, 32);
        assertThat(of(withU(in, view))).isEqualTo(ScanChoice.UNALIGNED);
        assertThat(of(Options.MAMBA, in, view)).isEqualTo(ScanChoice.UNALIGNED);
        Tensor vector = tensor(34).columns(1, 32);
        assertThat(of(new Inputs(in.u(), in.delta(), in.a(), in.b(), in.c(), vector, in.z(), in.deltaBias())))
                .isEqualTo(ScanChoice.UNALIGNED);
        assertThat(of(new Inputs(in.u(), in.delta(), in.a(), in.b(), in.c(), in.dSkip(), in.z(), vector)))
                .isEqualTo(ScanChoice.UNALIGNED);
        Tensor states = tensor(3, 1, 1, 1).slices(1, 2);
        assertThat(ScanChoice.forward(Options.MAMBA, in, in.u(), states, null, ScanChoiceTest::address))
                .isEqualTo(ScanChoice.UNALIGNED);
        assertThat(ScanChoice.forward(Options.MAMBA, in, in.u(), null, states, ScanChoiceTest::address))
                .isEqualTo(ScanChoice.UNALIGNED);
    }

    @Test
    void aPairOfBfloat16IsHalfAsLong() {
        Inputs in = inputs(2, 28, 32, 8);
        Tensor wide = arena.allocate("x", DType.BF16, Shape.of(2, 28, 36));
        Tensor u = wide.columns(2, 32);
        Inputs narrow = new Inputs(u, in.delta(), in.a(), in.b(), in.c(), in.dSkip(), u, in.deltaBias());
        assertThat(of(narrow)).isEqualTo(ScanChoice.PAIR);
        assertThat(of(withU(narrow, wide.columns(1, 32)))).isEqualTo(ScanChoice.UNALIGNED);
    }

    @Test
    void offsetsThatDoNotFitAnIntGoToTheGeneralKernels() {
        // 2^31 - 2^16 elements, and 2^31.
        assertThat(of(inputs(32767, 1024, 64, 8))).isEqualTo(ScanChoice.PAIR);
        assertThat(of(inputs(32768, 1024, 64, 8))).isEqualTo(ScanChoice.FAR_ELEMENTS);
        Inputs in = inputs(32767, 1024, 2, 8);
        Tensor projected = tensor(32767, 1024, 66).columns(0, 8);
        assertThat(of(new Inputs(in.u(), in.delta(), in.a(), projected, in.c(), null, null, null)))
                .isEqualTo(ScanChoice.FAR_ELEMENTS);
    }

    private static final int SHARED_LIMIT = 227 * 1024;

    private Gradients gradients(Inputs in) {
        return new Gradients(in.u(), in.delta(), in.a(), in.b(), in.c(), in.dSkip(), in.z(), in.deltaBias());
    }

    private ScanChoice backward(Options options, Inputs in, Tensor dy, Gradients out, int sharedLimit) {
        return ScanChoice.backward(TileShape.of(options, in), in, dy, out, sharedLimit, ScanChoiceTest::address);
    }

    /** With gradients that have the layout of the inputs. */
    private ScanChoice backward(Inputs in) {
        return backward(Options.MAMBA, in, in.u(), gradients(in), SHARED_LIMIT);
    }

    @Test
    void gradientsOfFiveToSixteenStatesAreTakenByTiles() {
        for (int states = 5; states <= 16; states++) {
            assertThat(backward(inputs(2, 28, 32, states))).isEqualTo(ScanChoice.TILE);
            assertThat(backward(withoutOptionals(inputs(1, 1, 4, states)))).isEqualTo(ScanChoice.TILE);
        }
        assertThat(backward(inputs(2, 28, 32, 4))).isEqualTo(ScanChoice.FEW_STATES);
        assertThat(backward(inputs(2, 28, 32, 17))).isEqualTo(ScanChoice.MANY_STATES);
    }

    @Test
    void gradientsOfChannelsThatTheItemsOfALaneDoNotDivideGoToTheGeneralKernels() {
        assertThat(backward(inputs(2, 28, 34, 8))).isEqualTo(ScanChoice.UNEVEN_CHANNELS);
        assertThat(backward(inputs(2, 28, 34, 9))).isEqualTo(ScanChoice.TILE);
        assertThat(backward(inputs(2, 28, 33, 9))).isEqualTo(ScanChoice.UNEVEN_CHANNELS);
        Options three = new Options(Direction.FORWARD, Activation.SOFTPLUS, 3);
        Inputs in = inputs(2, 28, 3 * 6, 8);
        assertThat(backward(three, in, in.u(), gradients(in), SHARED_LIMIT)).isEqualTo(ScanChoice.UNEVEN_CHANNELS);
    }

    @Test
    void gradientsOfUnalignedRowsGoToTheGeneralKernels() {
        Inputs in = inputs(2, 28, 32, 8);
        Tensor stride = tensor(2, 28, 34).columns(0, 32);
        Tensor start = tensor(2, 28, 36).columns(2, 32);
        for (Tensor view : List.of(stride, start)) {
            ScanChoice expected = view == stride ? ScanChoice.UNEVEN_STRIDE : ScanChoice.UNALIGNED;
            assertThat(backward(withU(in, view))).isEqualTo(expected);
            assertThat(backward(Options.MAMBA, in, view, gradients(in), SHARED_LIMIT))
                    .isEqualTo(expected);
            for (Inputs other : List.of(
                    new Inputs(in.u(), view, in.a(), in.b(), in.c(), in.dSkip(), in.z(), in.deltaBias()),
                    new Inputs(in.u(), in.delta(), in.a(), in.b(), in.c(), in.dSkip(), view, in.deltaBias()))) {
                assertThat(backward(Options.MAMBA, other, in.u(), gradients(in), SHARED_LIMIT))
                        .isEqualTo(expected);
                // The same views as gradients of aligned inputs.
                assertThat(backward(Options.MAMBA, in, in.u(), gradients(other), SHARED_LIMIT))
                        .isEqualTo(expected);
            }
            assertThat(backward(Options.MAMBA, in, in.u(), gradients(withU(in, view)), SHARED_LIMIT))
                    .isEqualTo(expected);
        }
        // B, C and their gradients may lie anywhere.
        Tensor states = tensor(2, 28, 17).columns(1, 8);
        assertThat(backward(new Inputs(in.u(), in.delta(), in.a(), states, states, in.dSkip(), in.z(), in.deltaBias())))
                .isEqualTo(ScanChoice.TILE);
    }

    @Test
    void gradientsWhoseOffsetsDoNotFitAnIntGoToTheGeneralKernels() {
        assertThat(backward(inputs(32767, 1024, 64, 8))).isEqualTo(ScanChoice.TILE);
        assertThat(backward(inputs(32768, 1024, 64, 8))).isEqualTo(ScanChoice.FAR_ELEMENTS);
        // Parts of dB of 32 chunks, of 2^26 elements each.
        assertThat(backward(inputs(4096, 1024, 32 * 64, 16))).isEqualTo(ScanChoice.FAR_ELEMENTS);
    }

    @Test
    void gradientsGoToTheGeneralKernelsWhereABlockHasTooLittleSharedMemory() {
        Inputs in = inputs(2, 28, 32, 8);
        assertThat(backward(Options.MAMBA, in, in.u(), gradients(in), 64 * 1024))
                .isEqualTo(ScanChoice.SHARED_MEMORY);
        assertThat(backward(Options.MAMBA, in, in.u(), gradients(in), 86_272)).isEqualTo(ScanChoice.TILE);
        assertThat(backward(Options.MAMBA, in, in.u(), gradients(in), 86_271)).isEqualTo(ScanChoice.SHARED_MEMORY);
    }

    @Test
    void everyChoiceGivesAReasonOfItsOwn() {
        assertThat(ScanChoice.values()).extracting(choice -> choice.reason).doesNotHaveDuplicates();
    }
}
