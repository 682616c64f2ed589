package io.mambapkd.ops.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.BlockOps.Mixing;
import io.mambapkd.ops.BlockOps.MixingGradients;
import io.mambapkd.ops.BlockOps.MixingInputs;
import io.mambapkd.ops.Results;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.SeparateMixing;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The scan with its step sizes and its decay in one kernel, against the operations that it stands for on the CPU. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
public class MixingOpsContractTest {
    /** Of the largest value, in F32: sums in another order, over up to 157 steps and 260 channels. */
    private static final double TOLERANCE = 1e-5;
    /** Of the norm, as in {@link io.mambapkd.ops.ScanBfloat16ContractTest}. */
    private static final double BFLOAT16_TOLERANCE = 2e-5;

    private final BackendUnderTest under;
    private final Backend backend;

    public MixingOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Whether the states of the forward pass are given to the backward pass. */
    private enum States {
        SAVED,
        MADE_AGAIN
    }

    private record Scan(Direction direction, States given, int batch, int length, int channels, int states, int rank) {
        private Scan(int batch, int length, int channels, int states, int rank) {
            this(Direction.FORWARD, States.SAVED, batch, length, channels, states, rank);
        }

        private Scan with(Direction other) {
            return new Scan(other, given, batch, length, channels, states, rank);
        }

        private Scan with(States other) {
            return new Scan(direction, other, batch, length, channels, states, rank);
        }

        private MixingInputs inputs(SequenceTensors tensors) {
            return new MixingInputs(
                    tensors.activations(-1, 1, batch, length, channels),
                    tensors.uniform(-1, 1, batch, length, rank + 2 * states),
                    tensors.uniform(-1, 1, channels, rank),
                    tensors.uniform(-2, 0.5f, channels),
                    tensors.uniform(-2, 1.4f, channels, states),
                    tensors.uniform(-1, 1, channels),
                    tensors.activationColumns(-3, 3, batch, length, channels));
        }

        private MixingGradients gradients(SequenceTensors tensors) {
            return new MixingGradients(
                    tensors.unwrittenActivations(batch, length, channels),
                    tensors.unwritten(batch, length, rank + 2 * states),
                    tensors.uniform(-1, 1, channels, rank),
                    tensors.uniform(-1, 1, channels),
                    tensors.uniform(-1, 1, channels, states),
                    tensors.uniform(-1, 1, channels),
                    tensors.unwrittenActivationColumns(batch, length, channels));
        }

        private Optional<Mixing> on(Backend backend, DType activations) {
            return backend.block().mixing(length, channels, states, rank, activations);
        }
    }

    private static void run(Backend backend, Results results, Scan scan) {
        SequenceTensors tensors = results.tensors().alignedColumns();
        MixingInputs in = scan.inputs(tensors);
        Mixing mixing = scan.on(backend, in.u().dtype()).orElseGet(() -> new SeparateMixing(backend, tensors::zeros));
        Tensor y = tensors.unwrittenActivations(scan.batch, scan.length, scan.channels);
        Tensor states = savedStates(tensors, scan);
        mixing.forward(scan.direction, in, y, states);
        results.add("y", y);
        if (states != null) {
            results.add("states", states);
        }
        Tensor dy = tensors.activations(-1, 1, scan.batch, scan.length, scan.channels);
        backward(results, mixing, scan, in, dy, states);
    }

    private static @Nullable Tensor savedStates(SequenceTensors tensors, Scan scan) {
        int saved = ScanOps.savedStates(scan.length);
        return scan.given == States.SAVED && saved > 0
                ? tensors.unwritten(scan.batch, saved, scan.channels, scan.states)
                : null;
    }

    private static void backward(
            Results results, Mixing mixing, Scan scan, MixingInputs in, Tensor dy, @Nullable Tensor states) {
        MixingGradients out = scan.gradients(results.tensors());
        mixing.backward(scan.direction, in, dy, states, out);
        results.add("du", out.du());
        results.add("dProjected", out.dProjected());
        results.add("dDtWeight", out.dDtWeight());
        results.add("dDtBias", out.dDtBias());
        results.add("dALog", out.dALog());
        results.add("dSkip", out.dSkip());
        results.add("dZ", out.dZ());
    }

    private void matches(Scan scan) {
        assertThat(scan.on(backend, DType.F32)).as("%s", scan).isPresent();
        Results.matchTheSpecification(scan.toString(), backend, TOLERANCE, (own, results) -> run(own, results, scan));
    }

    private void matchesInBothTypes(Scan scan) {
        matches(scan);
        Results.matchRoundedOnce(
                scan.toString(), backend, BFLOAT16_TOLERANCE, (own, results) -> run(own, results, scan));
    }

    @Test
    void everyLengthAroundTheBlocksOfStepsAndTheSegments() {
        int[] states = {8, 16, 5, 12};
        int[] ranks = {1, 3, 8, 4, 2};
        int[] lengths = {1, 2, 3, 4, 5, 7, 8, 9, 28, 32, 33, 51, 52, 53, 56, 57, 104, 105, 157};
        for (int i = 0; i < lengths.length; i++) {
            Scan scan = new Scan(2, lengths[i], 8, states[i % states.length], ranks[i % ranks.length]);
            matchesInBothTypes(scan);
            matches(scan.with(States.MADE_AGAIN).with(Direction.REVERSE));
        }
    }

    @Test
    void everyNumberOfChannelsAroundLanesWarpsAndChunks() {
        for (int channels : new int[] {4, 8, 28, 32, 36, 64, 68, 96, 128, 132, 260}) {
            matches(new Scan(3, 6, channels, 8, 1));
        }
        for (int channels : new int[] {2, 4, 6, 14, 16, 18, 32, 34, 48, 64, 66, 130}) {
            matches(new Scan(3, 6, channels, 16, 3));
        }
        for (States given : States.values()) {
            matchesInBothTypes(new Scan(3, 55, 260, 7, 5).with(given));
            matchesInBothTypes(new Scan(2, 107, 130, 15, 8).with(given).with(Direction.REVERSE));
            matchesInBothTypes(new Scan(3, 64, 96, 16, 3).with(given));
        }
    }

    @Test
    void everyNumberOfStates() {
        for (int states = 1; states <= 16; states++) {
            matchesInBothTypes(new Scan(2, 54, 20, states, 1 + states % 8));
        }
    }

    @Test
    void everyRank() {
        for (int rank = 1; rank <= 8; rank++) {
            for (Direction direction : Direction.values()) {
                matchesInBothTypes(new Scan(3, 13, 40, 8, rank).with(direction));
                matches(new Scan(3, 13, 40, 16, rank).with(direction));
            }
        }
    }

    /** Tensors that end where their memory does: nothing behind them is read, such as the rest of a quad of columns. */
    @Test
    void tensorsThatEndWithTheirMemory() {
        for (int rank : new int[] {1, 2, 3, 5, 7}) {
            matches(new Scan(2, 32, 64, 1, rank));
            matches(new Scan(2, 64, 64, 16, rank).with(Direction.REVERSE));
        }
    }

    @Test
    void batchesOfFewerAndMoreSamplesThanTheGridTakesAtOnce() {
        for (int batch : new int[] {1, 2, 3, 4, 5, 17}) {
            matches(new Scan(batch, 5, 32, 8, 1));
        }
        matches(new Scan(4 * 396 + 3, 1, 4, 5, 1));
        matches(new Scan(2 * 396 + 1, 2, 64, 8, 2));
        matches(new Scan(396 + 1, 1, 130, 9, 4));
    }

    @Test
    void withoutUpstreamGradientsNothingIsAdded() {
        Results.matchTheSpecification("dy = 0", backend, TOLERANCE, (own, results) -> {
            Scan scan = new Scan(3, 55, 36, 8, 2);
            SequenceTensors tensors = results.tensors().alignedColumns();
            MixingInputs in = scan.inputs(tensors);
            Mixing mixing = scan.on(own, in.u().dtype()).orElseGet(() -> new SeparateMixing(own, tensors::zeros));
            backward(results, mixing, scan, in, tensors.zeroActivations(scan.batch, scan.length, scan.channels), null);
        });
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        for (Scan scan : List.of(
                new Scan(9, 57, 32, 8, 1),
                new Scan(3, 55, 130, 16, 4).with(States.MADE_AGAIN),
                new Scan(5, 30, 72, 6, 3))) {
            for (SequenceTensors.Numbers activations : SequenceTensors.Numbers.values()) {
                Results.haveTheSameBits(under, activations, (own, results) -> run(own, results, scan));
            }
        }
    }

    @Test
    void otherExtentsHaveNoSuchKernel() {
        assertThat(backend.block().mixing(28, 32, 17, 1, DType.F32)).isEmpty();
        assertThat(backend.block().mixing(28, 32, 8, 9, DType.F32)).isEmpty();
        assertThat(backend.block().mixing(28, 34, 8, 1, DType.F32)).isEmpty();
        assertThat(backend.block().mixing(28, 33, 16, 1, DType.F32)).isEmpty();
    }

    @Test
    void tensorsOfOtherExtentsThanAskedForAreRefused() {
        Scan scan = new Scan(2, 6, 8, 4, 2);
        Optional<Mixing> mixing = scan.on(backend, DType.F32);
        assumeTrue(mixing.isPresent());
        SequenceTensors tensors = new SequenceTensors(backend, 3).alignedColumns();
        MixingInputs in = scan.inputs(tensors);
        MixingInputs longer = new Scan(2, 7, 8, 4, 2).inputs(tensors);
        assertThatThrownBy(() -> mixing.get().forward(Direction.FORWARD, longer, tensors.unwritten(2, 7, 8), null))
                .hasMessageContaining("mixing: asked for with L 6, D 8, N 4 and R 2, but u is");
        assertThatThrownBy(() -> mixing.get().forward(Direction.FORWARD, in, tensors.unwritten(2, 6, 9), null))
                .hasMessageContaining("mixing: y must have shape (2, 6, 8)");
        assertThatThrownBy(() -> mixing.get()
                        .forward(Direction.FORWARD, in, tensors.unwritten(2, 6, 8), tensors.unwritten(2, 1, 8, 4)))
                .hasMessageContaining("mixing: a sequence of 6 steps has no saved states");
        MixingInputs unaligned = new MixingInputs(
                in.u(),
                in.projected(),
                in.dtWeight(),
                in.dtBias(),
                in.aLog(),
                in.skip(),
                tensors.uniform(-1, 1, 2, 6, 9).columns(0, 8));
        assertThatThrownBy(() -> mixing.get().forward(Direction.FORWARD, unaligned, tensors.unwritten(2, 6, 8), null))
                .hasMessageContaining("must be a multiple of 4 elements apart");
    }
}
