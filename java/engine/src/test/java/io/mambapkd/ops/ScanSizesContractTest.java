package io.mambapkd.ops;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.tensor.Tensor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The scan and its gradient for every extent at which an implementation may take another path, and for extreme values, against the equations in
 * double precision.
 *
 * <p>Tolerances are relative to the Euclidean norm of the tensor: a state is a sum of products that are rounded to 2^-24 each, and the exponentials
 * of CUDA have a relative error of 2^-22 (PTX ISA, ex2.approx); errors of neighbours are independent, so that they do not add up in the norm.
 */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
public class ScanSizesContractTest {
    private static final double FORWARD = 2e-6;
    private static final double BACKWARD = 1e-5;

    private final Backend backend;

    public ScanSizesContractTest(BackendUnderTest under) {
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Where the values of a tensor come from. */
    private record Range(float low, float high) {}

    /**
     * The values that decide how fast states decay.
     *
     * @param exponent largest magnitude of an exponent whose exponential matters: its rounding alone is a relative error of exponent 2^-24
     */
    private record Regime(Range delta, Range a, double exponent) {
        private static final Regime ORDINARY = new Regime(new Range(-2, 1), new Range(-4, -0.1f), 8);
        /** Where Mamba starts: dt = softplus(delta) from 0.001 to 0.1. */
        private static final Regime START = new Regime(new Range(-7, -2.2f), new Range(-16, -1), 8);
        /** Around the value from which softplus is the identity. */
        private static final Regime LARGE_STEPS = new Regime(new Range(17, 23), new Range(-0.2f, -0.01f), 8);
        /** dt far below what its own rounding would leave of 1 + exp. */
        private static final Regime TINY_STEPS = new Regime(new Range(-80, -40), new Range(-4, -1), 80);
        /** exp(dt A) is 0. */
        private static final Regime FORGETS_ALL = new Regime(new Range(0, 2), new Range(-1e4f, -1e3f), 8);
        /** exp(dt A) is 1. */
        private static final Regime FORGETS_NOTHING = new Regime(new Range(-2, 1), new Range(-2e-6f, -1e-6f), 8);
    }

    private void matches(Regime regime, ScanOps.Options options, int batch, int length, int channels, int states) {
        SequenceTensors tensors = new SequenceTensors(backend, 31);
        int columns = options.groups() * states;
        ScanOps.Inputs in = new ScanOps.Inputs(
                tensors.uniformColumns(-1, 1, batch, length, channels),
                tensors.uniformColumns(regime.delta.low, regime.delta.high, batch, length, channels),
                tensors.uniform(regime.a.low, regime.a.high, channels, states),
                tensors.uniformColumns(-1, 1, batch, length, columns),
                tensors.uniformColumns(-1, 1, batch, length, columns),
                tensors.uniform(-1, 1, channels),
                tensors.uniformColumns(-3, 3, batch, length, channels),
                tensors.uniform(-0.1f, 0.1f, channels));
        double forward = Math.max(FORWARD, regime.exponent * 0x1p-24);
        double backward = Math.max(BACKWARD, regime.exponent * 0x1p-24);
        String name = "B=" + batch + " L=" + length + " D=" + channels + " N=" + states + " " + options + " " + regime;
        Tensor y = tensors.unwrittenColumns(batch, length, channels);
        Tensor lastState = tensors.unwritten(batch, channels, states);
        backend.scan().forward(options, in, y, lastState);
        ScanReference reference = new ScanReference(options, in, tensors);
        EuclideanError.assertWithin(name + " y", tensors.values(y), reference.forward(), forward);
        EuclideanError.assertWithin(name + " last state", tensors.values(lastState), reference.lastState, forward);

        Tensor dy = tensors.uniformColumns(-1, 1, batch, length, channels);
        ScanOps.Gradients out = new ScanOps.Gradients(
                tensors.unwrittenColumns(batch, length, channels),
                tensors.unwrittenColumns(batch, length, channels),
                tensors.zeros(channels, states),
                tensors.unwrittenColumns(batch, length, columns),
                tensors.unwrittenColumns(batch, length, columns),
                tensors.zeros(channels),
                tensors.unwrittenColumns(batch, length, channels),
                tensors.zeros(channels));
        backend.scan().backward(options, in, dy, out);
        ScanGradientReference expected = new ScanGradientReference(reference, tensors.doubles(dy));
        EuclideanError.assertWithin(name + " du", tensors.values(out.du()), expected.du, backward);
        EuclideanError.assertWithin(name + " dDelta", tensors.values(out.dDelta()), expected.dDelta, backward);
        EuclideanError.assertWithin(name + " dA", tensors.values(out.dA()), expected.dA, backward);
        EuclideanError.assertWithin(name + " dB", tensors.values(out.dB()), expected.dB, backward);
        EuclideanError.assertWithin(name + " dC", tensors.values(out.dC()), expected.dC, backward);
        EuclideanError.assertWithin(
                name + " dDskip", tensors.values(requireNonNull(out.dDSkip())), expected.dSkip, backward);
        EuclideanError.assertWithin(name + " dZ", tensors.values(requireNonNull(out.dZ())), expected.dZ, backward);
        EuclideanError.assertWithin(
                name + " dBias", tensors.values(requireNonNull(out.dDeltaBias())), expected.dBias, backward);
    }

    private static int cycle(int[] values, int index) {
        return values[index % values.length];
    }

    @Test
    void everyLengthAroundTheTilesAndBlocksOfSteps() {
        int[] states = {4, 8, 16, 1, 2};
        int[] lengths = {1, 2, 3, 4, 5, 15, 16, 17, 28, 31, 32, 33, 49, 63, 64, 65, 196, 255, 256, 257};
        for (int i = 0; i < lengths.length; i++) {
            matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 2, lengths[i], 3, cycle(states, i));
        }
    }

    @Test
    void everyNumberOfChannelsAroundWarpsAndBlocks() {
        int[] states = {8, 16, 4, 2, 1};
        int[] channels = {1, 3, 16, 17, 31, 32, 33, 64, 65, 96, 128, 129, 256, 512};
        for (int i = 0; i < channels.length; i++) {
            matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 3, 6, channels[i], cycle(states, i));
        }
    }

    @Test
    void everyNumberOfStatesOneToSixteenAndMoreThanOnePassHolds() {
        IntStream.concat(IntStream.rangeClosed(1, 17), IntStream.of(31, 32, 33, 64, 256))
                .forEach(states -> matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 2, 9, 5, states));
        // Sums of several chunks of channels, for more states than one pass holds.
        matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 2, 5, 130, 20);
    }

    @Test
    void everyBatchAroundTheSamplesOfABlock() {
        for (int batch : new int[] {1, 2, 3, 4, 5, 17, 257}) {
            matches(Regime.ORDINARY, ScanOps.Options.MAMBA, batch, 5, 3, 4);
        }
        // More samples than the backward pass has slots, with one, two and four warps a sample.
        matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 2 * 2112 + 3, 1, 2, 1);
        matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 1056 + 1, 2, 33, 1);
        matches(Regime.ORDINARY, ScanOps.Options.MAMBA, 528 + 2, 2, 65, 1);
    }

    @Test
    void groupsInBothDirectionsWithManyChannels() {
        for (Direction direction : Direction.values()) {
            matches(Regime.ORDINARY, new ScanOps.Options(direction, Activation.SOFTPLUS, 2), 2, 37, 70, 8);
            matches(Regime.ORDINARY, new ScanOps.Options(direction, Activation.SOFTPLUS, 3), 2, 7, 3 * 70, 16);
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
}
