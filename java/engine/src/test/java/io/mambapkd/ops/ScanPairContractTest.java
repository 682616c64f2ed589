package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The forward scan of tensors whose channels lie in aligned pairs, which CUDA takes two at a time, and the states that it saves, against the equations in double
 * precision, or in BF16 against the CPU; with them the saved states of scans that it takes one channel at a time. Tolerances as in {@link ScanSizesContractTest} and
 * {@link ScanBfloat16ContractTest}.
 */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
public class ScanPairContractTest {
    private static final double TOLERANCE = 2e-6;
    private static final double BFLOAT16_TOLERANCE = 2e-5;

    private final BackendUnderTest under;
    private final Backend backend;

    public ScanPairContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** How tensors lie in memory. */
    private enum Layout {
        /** Pairs are aligned, and so are rows of B and C of a multiple of four states. */
        ALIGNED,
        /** Pairs are aligned, rows of B and C are not. */
        ODD_STATES,
        /** Not even pairs. */
        ODD
    }

    /** Which optional tensors there are. */
    private record Extras(boolean skip, boolean z, boolean bias, boolean states) {
        private static final Extras ALL = new Extras(true, true, true, true);
    }

    private record Scan(
            Options options, Layout layout, Extras extras, int batch, int length, int channels, int states) {
        private Scan(int batch, int length, int channels, int states) {
            this(Options.MAMBA, Layout.ALIGNED, Extras.ALL, batch, length, channels, states);
        }

        private Scan with(Options other) {
            return new Scan(other, layout, extras, batch, length, channels, states);
        }

        private Scan with(Layout other) {
            return new Scan(options, other, extras, batch, length, channels, states);
        }

        private Scan with(Extras other) {
            return new Scan(options, layout, other, batch, length, channels, states);
        }

        private ScanOps.Inputs inputs(SequenceTensors tensors, SequenceTensors ofStates) {
            int columns = options.groups() * states;
            // Where delta is not activated, steps are positive, so that states do not explode.
            float low = options.deltaActivation() == Activation.SOFTPLUS ? -2 : 0.01f;
            return new ScanOps.Inputs(
                    tensors.activationColumns(-1, 1, batch, length, channels),
                    tensors.uniformColumns(low, 1, batch, length, channels),
                    tensors.uniform(-4, -0.1f, channels, states),
                    ofStates.uniformColumns(-1, 1, batch, length, columns),
                    ofStates.uniformColumns(-1, 1, batch, length, columns),
                    extras.skip ? tensors.uniform(-1, 1, channels) : null,
                    extras.z ? tensors.activationColumns(-3, 3, batch, length, channels) : null,
                    extras.bias ? tensors.uniform(0, 0.2f, channels) : null);
        }
    }

    /** What one scan gave. */
    private record Outputs(ScanOps.Inputs in, Tensor y, Tensor lastState, Tensor states) {}

    private static Outputs run(Backend backend, SequenceTensors tensors, Scan scan) {
        SequenceTensors ofStates = new SequenceTensors(backend, 42);
        if (scan.layout != Layout.ODD) {
            tensors.alignedColumns();
        }
        if (scan.layout == Layout.ALIGNED) {
            ofStates.alignedColumns();
        }
        ScanOps.Inputs in = scan.inputs(tensors, ofStates);
        Tensor y = tensors.unwrittenActivationColumns(scan.batch, scan.length, scan.channels);
        Tensor lastState = tensors.unwritten(scan.batch, scan.channels, scan.states);
        int saved = ScanOps.savedStates(scan.length);
        Tensor states = saved == 0 || !scan.extras.states
                ? null
                : tensors.unwritten(scan.batch, saved, scan.channels, scan.states);
        backend.scan().forward(scan.options, in, y, lastState, states);
        return new Outputs(in, y, lastState, states);
    }

    private void matches(Scan scan) {
        SequenceTensors tensors = new SequenceTensors(backend, 41);
        Outputs out = run(backend, tensors, scan);
        ScanReference reference = new ScanReference(scan.options, out.in, tensors);
        EuclideanError.assertWithin(scan + " y", tensors.values(out.y), reference.forward(), TOLERANCE);
        EuclideanError.assertWithin(
                scan + " last state", tensors.values(out.lastState), reference.lastState, TOLERANCE);
        if (out.states != null) {
            EuclideanError.assertWithin(scan + " states", tensors.values(out.states), reference.saved, TOLERANCE);
        }
    }

    private void matchesInBothTypes(Scan scan) {
        matches(scan);
        Results.matchRoundedOnce(scan.toString(), backend, BFLOAT16_TOLERANCE, (own, results) -> {
            Outputs out = run(own, results.tensors(), scan);
            results.add("y", out.y);
            results.add("lastState", out.lastState);
            if (out.states != null) {
                results.add("states", out.states);
            }
        });
    }

    @Test
    void everyLengthAroundTheGroupsOfStepsAndTheSegments() {
        int[] states = {8, 16, 4, 5, 12};
        int[] lengths = {1, 2, 3, 4, 5, 27, 28, 50, 51, 52, 53, 54, 55, 103, 104, 105, 106, 156, 157, 209};
        for (int i = 0; i < lengths.length; i++) {
            matchesInBothTypes(new Scan(3, lengths[i], 6, states[i % states.length]));
        }
        matches(new Scan(1, 2049, 2, 8));
    }

    @Test
    void savedStatesOfScansThatAreTakenOneChannelAtATime() {
        for (int length : new int[] {52, 53, 104, 105, 157}) {
            for (int states : new int[] {1, 3, 8, 16, 20, 33}) {
                Scan scan = new Scan(2, length, 5, states).with(Layout.ODD);
                matches(scan);
                matches(scan.with(new Options(Direction.REVERSE, Activation.SOFTPLUS, 5)));
            }
        }
    }

    @Test
    void everyNumberOfChannelsAroundTheThreadsOfABlock() {
        int[] states = {8, 16, 2, 7};
        int[] channels = {2, 4, 10, 16, 24, 32, 34, 62, 64, 66, 96, 128, 130, 254, 256, 258, 514, 33, 65};
        for (int i = 0; i < channels.length; i++) {
            matches(new Scan(3, 7, channels[i], states[i % states.length]));
        }
    }

    @Test
    void everyNumberOfStatesWithAlignedAndOtherRows() {
        for (int states = 1; states <= 17; states++) {
            Scan scan = new Scan(2, 57, 6, states);
            matches(scan.with(states % 2 == 0 ? Layout.ODD_STATES : Layout.ALIGNED));
            matchesInBothTypes(scan.with(states % 2 == 0 ? Layout.ALIGNED : Layout.ODD_STATES));
        }
        matches(new Scan(2, 57, 6, 64));
    }

    @Test
    void everyBatchAroundTheSamplesOfABlock() {
        for (int batch : new int[] {1, 2, 7, 8, 9, 15, 16, 17, 65}) {
            matches(new Scan(batch, 5, 32, 8));
            matches(new Scan(batch, 5, 2, 4));
        }
        // As many samples side by side as shared memory holds, not as there are threads.
        matches(new Scan(19, 53, 2, 16));
        matches(new Scan(1025, 2, 4, 8));
    }

    @Test
    void groupsInBothDirectionsWithAndWithoutSoftplus() {
        for (Direction direction : Direction.values()) {
            for (Activation activation : List.of(Activation.SOFTPLUS, Activation.IDENTITY)) {
                for (Layout layout : Layout.values()) {
                    matchesInBothTypes(new Scan(2, 54, 12, 4)
                            .with(new Options(direction, activation, 3))
                            .with(layout));
                }
                matches(new Scan(2, 7, 2 * 258, 12).with(new Options(direction, activation, 2)));
                matches(new Scan(2, 7, 2 * 33, 8).with(new Options(direction, activation, 2)));
            }
        }
    }

    @Test
    void everySetOfOptionalTensors() {
        for (int set = 0; set < 16; set++) {
            Extras extras = new Extras((set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0);
            for (Activation activation : List.of(Activation.SOFTPLUS, Activation.IDENTITY)) {
                matchesInBothTypes(new Scan(2, 55, 6, 8)
                        .with(new Options(Direction.FORWARD, activation, 1))
                        .with(extras));
            }
        }
    }

    /** With N = 1, u = B = C = 1 and one step, y is dt. */
    @Test
    void softplusIsAccurateFromWhereItIsAPowerToWhereItIsALine() {
        int count = 2 * 1100;
        SequenceTensors tensors = new SequenceTensors(backend, 43);
        float[] raw = new float[count];
        for (int i = 0; i < count; i++) {
            raw[i] = i < count / 2 ? -80 + i * 0.1f : -7 + (i - count / 2) * 10f / count;
        }
        Tensor delta = tensors.zeros(1, 1, count);
        backend.upload(raw, delta);
        Tensor ones = tensors.uniform(1, 1, 1, 1, count);
        Tensor one = tensors.uniform(1, 1, 1, 1, 1);
        Tensor y = tensors.unwritten(1, 1, count);
        ScanOps.Inputs in =
                new ScanOps.Inputs(ones, delta, tensors.uniform(-1, -1, count, 1), one, one, null, null, null);
        backend.scan().forward(Options.MAMBA, in, y, null);
        float[] dt = tensors.values(y);
        for (int i = 0; i < count; i++) {
            double expected = StrictMath.log1p(StrictMath.exp(raw[i]));
            // Of the exponential 2^-22, and what its exponent loses: the rounding of x log2(e), and 1.4e-8 for log2(e)
            // in
            // float. Of the polynomial, and the roundings after it, 2e-7.
            double tolerance = 0x1p-22 + Math.abs(raw[i]) * (0x1p-24 + 1.4e-8) + 2e-7;
            assertThat(Math.abs(dt[i] / expected - 1))
                    .as("softplus(%s)", raw[i])
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        for (Scan scan : new Scan[] {
            new Scan(11, 107, 32, 8), new Scan(1, 53, 258, 5), new Scan(40, 53, 4, 3).with(Layout.ODD_STATES)
        }) {
            for (SequenceTensors.Numbers activations : SequenceTensors.Numbers.values()) {
                Results.haveTheSameBits(under, activations, (own, results) -> {
                    Outputs out = run(own, results.tensors(), scan);
                    results.add("y", out.y);
                    results.add("lastState", out.lastState);
                    results.add("states", out.states);
                });
            }
        }
    }

    @Test
    void statesOfAnotherShapeAreRefused() {
        SequenceTensors tensors = new SequenceTensors(backend, 44);
        ScanOps.Inputs in = new Scan(2, 53, 4, 3).inputs(tensors, tensors);
        Tensor y = tensors.zeros(2, 53, 4);
        assertThatThrownBy(() -> backend.scan().forward(Options.MAMBA, in, y, null, tensors.zeros(2, 2, 4, 3)))
                .hasMessageContaining("selective_scan: states must have shape (2, 1, 4, 3)");
        ScanOps.Inputs shorter = new Scan(2, 52, 4, 3).inputs(tensors, tensors);
        assertThatThrownBy(() -> backend.scan()
                        .forward(Options.MAMBA, shorter, tensors.zeros(2, 52, 4), null, tensors.zeros(2, 1, 4, 3)))
                .hasMessageContaining("a sequence of 52 steps has no saved states");
    }
}
