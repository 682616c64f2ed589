package io.mambapkd.ops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The scan of activations in BF16 against the CPU's in F32 on the same numbers: u, z and dy are numbers of BF16; y, du and dz are rounded to it once; all
 * else is F32, and as near as it is where activations are F32.
 */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
public class ScanBfloat16ContractTest {
    /** In F32, of the norm: two implementations, each with roundings of up to 257 steps, and exponents up to 80 of which each digit counts. */
    private static final double FLOATS = 2e-5;

    /** States of one pass; a pass that adds to y, du or dz rounds them again. */
    private static final int PASS = 16;

    private final BackendUnderTest under;
    private final Backend backend;

    public ScanBfloat16ContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** What decides how fast states decay: the raw delta, and A. */
    private record Regime(float lowDelta, float highDelta, float lowA, float highA) {
        private static final Regime ORDINARY = new Regime(-2, 1, -4, -0.1f);
        /** Where Mamba starts: dt = softplus(delta) from 0.001 to 0.1. */
        private static final Regime START = new Regime(-7, -2.2f, -16, -1);
        /** Around the value from which softplus is the identity. */
        private static final Regime LARGE_STEPS = new Regime(17, 23, -0.2f, -0.01f);
        /** dt far below what BF16, or 1 + exp in F32, could hold. */
        private static final Regime TINY_STEPS = new Regime(-80, -40, -4, -1);
        /** exp(dt A) is 0. */
        private static final Regime FORGETS_ALL = new Regime(0, 2, -1e4f, -1e3f);
        /** exp(dt A) is 1. */
        private static final Regime FORGETS_NOTHING = new Regime(-2, 1, -2e-6f, -1e-6f);
    }

    private static ScanOps.Inputs inputs(
            SequenceTensors tensors, Regime regime, int groups, int batch, int length, int channels, int states) {
        return new ScanOps.Inputs(
                tensors.activationColumns(-1, 1, batch, length, channels),
                tensors.uniformColumns(regime.lowDelta, regime.highDelta, batch, length, channels),
                tensors.uniform(regime.lowA, regime.highA, channels, states),
                tensors.uniformColumns(-1, 1, batch, length, groups * states),
                tensors.uniformColumns(-1, 1, batch, length, groups * states),
                tensors.uniform(-1, 1, channels),
                tensors.activationColumns(-3, 3, batch, length, channels),
                tensors.uniform(-0.1f, 0.1f, channels));
    }

    private static ScanOps.Gradients gradients(SequenceTensors tensors, ScanOps.Inputs in) {
        int[] shape = in.u().shape().toArray();
        int[] columns = in.b().shape().toArray();
        return new ScanOps.Gradients(
                tensors.unwrittenActivationColumns(shape),
                tensors.unwrittenColumns(shape),
                tensors.zeros(in.a().shape().toArray()),
                tensors.unwrittenColumns(columns),
                tensors.unwrittenColumns(columns),
                tensors.zeros(shape[2]),
                tensors.unwrittenActivationColumns(shape),
                tensors.zeros(shape[2]));
    }

    private static void scan(
            Backend backend,
            Results results,
            Regime regime,
            ScanOps.Options options,
            int batch,
            int length,
            int channels,
            int states) {
        SequenceTensors tensors = results.tensors();
        ScanOps.Inputs in = inputs(tensors, regime, options.groups(), batch, length, channels, states);
        Tensor y = tensors.unwrittenActivationColumns(batch, length, channels);
        Tensor lastState = tensors.unwritten(batch, channels, states);
        backend.scan().forward(options, in, y, lastState);
        results.add("y", y);
        results.add("lastState", lastState);
        Tensor dy = tensors.activationColumns(-1, 1, batch, length, channels);
        ScanOps.Gradients out = gradients(tensors, in);
        backend.scan().backward(options, in, dy, out);
        results.add("du", out.du());
        results.add("dDelta", out.dDelta());
        results.add("dA", out.dA());
        results.add("dB", out.dB());
        results.add("dC", out.dC());
        results.add("dDskip", requireNonNull(out.dDSkip()));
        results.add("dZ", requireNonNull(out.dZ()));
        results.add("dBias", requireNonNull(out.dDeltaBias()));
    }

    private void matches(Regime regime, ScanOps.Options options, int batch, int length, int channels, int states) {
        Results.matchRoundedOnce(
                List.of(regime, options, batch, length, channels, states).toString(),
                backend,
                FLOATS,
                (own, results) -> scan(own, results, regime, options, batch, length, channels, states));
    }

    @Test
    void everyLengthAroundTheTilesAndBlocksOfSteps() {
        int[] states = {4, 8, 16, 1, 2};
        int[] lengths = {1, 2, 3, 4, 5, 16, 17, 28, 31, 32, 33, 49, 64, 65, 257};
        for (int i = 0; i < lengths.length; i++) {
            matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 2, lengths[i], 3, states[i % states.length]);
        }
    }

    @Test
    void everyNumberOfChannelsAroundWarpsAndBlocks() {
        int[] states = {8, 16, 4, 2, 1};
        int[] channels = {1, 3, 16, 31, 32, 33, 64, 65, 129, 256};
        for (int i = 0; i < channels.length; i++) {
            matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 3, 6, channels[i], states[i % states.length]);
        }
    }

    @Test
    void everyNumberOfStatesThatOnePassHolds() {
        for (int states = 1; states <= PASS; states++) {
            matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 2, 9, 5, states);
        }
    }

    /** Every pass over 16 states rounds what it adds up to; the roundings are independent, so their norms add as squares. */
    @Test
    void moreStatesThanOnePassHoldsAreRoundedOnceForEachPass() {
        for (int states : new int[] {17, 32, 64, 256}) {
            int passes = (states + PASS - 1) / PASS;
            Results.matchInBfloat16(
                    "N=" + states,
                    backend,
                    Bfloat16.ROUNDING * Math.sqrt(passes) + FLOATS,
                    (own, results) -> scan(own, results, Regime.ORDINARY, ScanOps.Options.MAMBA, 2, 5, 130, states));
        }
    }

    @Test
    void groupsInBothDirections() {
        for (Direction direction : Direction.values()) {
            matches(Regime.ORDINARY, new ScanOps.Options(direction, Activation.SOFTPLUS, 2), 2, 37, 70, 8);
            matches(Regime.ORDINARY, new ScanOps.Options(direction, Activation.SOFTPLUS, 5), 3, 33, 5, 3);
        }
    }

    @Test
    void extremeValuesOfDeltaAndA() {
        for (Regime regime : new Regime[] {
            Regime.START, Regime.LARGE_STEPS, Regime.TINY_STEPS, Regime.FORGETS_ALL, Regime.FORGETS_NOTHING
        }) {
            matches(regime, ScanOps.Options.MAMBA, 2, 49, 33, 16);
            matches(regime, new ScanOps.Options(Direction.REVERSE, Activation.SOFTPLUS, 1), 2, 30, 5, 4);
        }
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        Results.haveTheSameBits(
                under,
                SequenceTensors.Numbers.BFLOAT16,
                (own, results) -> scan(own, results, Regime.ORDINARY, ScanOps.Options.MAMBA, 5, 37, 40, 8));
    }

    @Test
    void tensorsOfAnotherTypeThanTheContractSaysAreRefused() {
        assumeTrue(backend.supports(DType.BF16), EmulatedDriver.HOW_TO_BUILD);
        SequenceTensors tensors = new SequenceTensors(backend, 1, SequenceTensors.Numbers.BFLOAT16);
        ScanOps.Inputs in = inputs(tensors, Regime.ORDINARY, 1, 1, 2, 3, 4);
        Tensor y = tensors.unwrittenActivations(1, 2, 3);
        ScanOps.Inputs withDelta =
                new ScanOps.Inputs(in.u(), y, in.a(), in.b(), in.c(), in.dSkip(), in.z(), in.deltaBias());
        assertThatThrownBy(() -> backend.scan().forward(ScanOps.Options.MAMBA, withDelta, y, null))
                .hasMessageStartingWith("selective_scan: delta must be F32 but is");
        ScanOps.Inputs withZ =
                new ScanOps.Inputs(in.u(), in.delta(), in.a(), in.b(), in.c(), in.dSkip(), in.delta(), in.deltaBias());
        assertThatThrownBy(() -> backend.scan().forward(ScanOps.Options.MAMBA, withZ, y, null))
                .hasMessageStartingWith("selective_scan: z must be BF16 but is");
        assertThatThrownBy(() -> backend.scan().forward(ScanOps.Options.MAMBA, in, in.delta(), null))
                .hasMessageStartingWith("selective_scan: y must be BF16 but is");
        ScanOps.Gradients out = gradients(tensors, in);
        assertThatThrownBy(() -> backend.scan().backward(ScanOps.Options.MAMBA, in, in.delta(), out))
                .hasMessageStartingWith("selective_scan: dy must be BF16 but is");
    }
}
