package io.mambapkd.ops;

import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradient of scans of 5 to 16 states whose channels lie in aligned groups, which CUDA takes by tiles of channels and states, against the equations in double
 * precision, or in BF16 against the CPU. Tolerances as in {@link ScanSizesContractTest} and {@link ScanBfloat16ContractTest}.
 */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
public class ScanTileContractTest {
    private static final double TOLERANCE = 1e-5;
    private static final double BFLOAT16_TOLERANCE = 2e-5;

    private final BackendUnderTest under;
    private final Backend backend;

    public ScanTileContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Which optional tensors there are, and whether the states of the forward pass are given. */
    private record Extras(boolean skip, boolean z, boolean bias, boolean saved) {
        private static final Extras ALL = new Extras(true, true, true, true);
    }

    /** Limits of the raw delta and of A. */
    private record Regime(float lowDelta, float highDelta, float lowA, float highA) {
        private static final Regime ORDINARY = new Regime(-2, 1, -4, -0.1f);
        private static final Regime POSITIVE = new Regime(0.01f, 1, -4, -0.1f);
        private static final Regime START = new Regime(-7, -2.2f, -16, -1);
        private static final Regime LARGE_STEPS = new Regime(17, 23, -0.2f, -0.01f);
        private static final Regime FORGETS_ALL = new Regime(0, 2, -1e4f, -1e3f);
        private static final Regime FORGETS_NOTHING = new Regime(-2, 1, -2e-6f, -1e-6f);
    }

    private record Scan(
            Options options, Regime regime, Extras extras, int batch, int length, int channels, int states) {
        private Scan(int batch, int length, int channels, int states) {
            this(Options.MAMBA, Regime.ORDINARY, Extras.ALL, batch, length, channels, states);
        }

        private Scan with(Options other) {
            // Where delta is not activated, steps are positive, so that states do not explode.
            Regime fitting = other.deltaActivation() == Activation.SOFTPLUS ? regime : Regime.POSITIVE;
            return new Scan(other, fitting, extras, batch, length, channels, states);
        }

        private Scan with(Regime other) {
            return new Scan(options, other, extras, batch, length, channels, states);
        }

        private Scan with(Extras other) {
            return new Scan(options, regime, other, batch, length, channels, states);
        }

        private ScanOps.Inputs inputs(SequenceTensors tensors) {
            int columns = options.groups() * states;
            return new ScanOps.Inputs(
                    tensors.activationColumns(-1, 1, batch, length, channels),
                    tensors.uniformColumns(regime.lowDelta, regime.highDelta, batch, length, channels),
                    tensors.uniform(regime.lowA, regime.highA, channels, states),
                    tensors.uniformColumns(-1, 1, batch, length, columns),
                    tensors.uniformColumns(-1, 1, batch, length, columns),
                    extras.skip ? tensors.uniform(-1, 1, channels) : null,
                    extras.z ? tensors.activationColumns(-3, 3, batch, length, channels) : null,
                    extras.bias ? tensors.uniform(0, 0.2f, channels) : null);
        }

        private ScanOps.Gradients gradients(SequenceTensors tensors) {
            int columns = options.groups() * states;
            return new ScanOps.Gradients(
                    tensors.unwrittenActivationColumns(batch, length, channels),
                    tensors.unwrittenColumns(batch, length, channels),
                    tensors.zeros(channels, states),
                    tensors.unwrittenColumns(batch, length, columns),
                    tensors.unwritten(batch, length, columns),
                    extras.skip ? tensors.zeros(channels) : null,
                    extras.z ? tensors.unwrittenActivationColumns(batch, length, channels) : null,
                    extras.bias ? tensors.zeros(channels) : null);
        }
    }

    /** What one scan was given, and gave. */
    private record Outcome(ScanOps.Inputs in, Tensor dy, ScanOps.Gradients out) {
        private Map<String, Tensor> tensors() {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("du", out.du());
            tensors.put("dDelta", out.dDelta());
            tensors.put("dA", out.dA());
            tensors.put("dB", out.dB());
            tensors.put("dC", out.dC());
            tensors.put("dDskip", out.dDSkip());
            tensors.put("dZ", out.dZ());
            tensors.put("dBias", out.dDeltaBias());
            tensors.values().removeIf(tensor -> tensor == null);
            return tensors;
        }
    }

    private static Outcome run(Backend backend, SequenceTensors tensors, Scan scan) {
        tensors.alignedColumns();
        ScanOps.Inputs in = scan.inputs(tensors);
        Tensor states = savedStates(backend, tensors, scan, in);
        Tensor dy = tensors.activationColumns(-1, 1, scan.batch, scan.length, scan.channels);
        ScanOps.Gradients out = scan.gradients(tensors);
        backend.scan().backward(scan.options, in, dy, states, out);
        return new Outcome(in, dy, out);
    }

    private static @Nullable Tensor savedStates(
            Backend backend, SequenceTensors tensors, Scan scan, ScanOps.Inputs in) {
        int saved = ScanOps.savedStates(scan.length);
        if (saved == 0 || !scan.extras.saved) {
            return null;
        }
        Tensor states = tensors.unwritten(scan.batch, saved, scan.channels, scan.states);
        Tensor y = tensors.unwrittenActivationColumns(scan.batch, scan.length, scan.channels);
        backend.scan().forward(scan.options, in, y, null, states);
        return states;
    }

    private void matches(Scan scan) {
        SequenceTensors tensors = new SequenceTensors(backend, 51);
        Outcome outcome = run(backend, tensors, scan);
        ScanReference reference = new ScanReference(scan.options, outcome.in, tensors);
        ScanGradientReference expected = new ScanGradientReference(reference, tensors.doubles(outcome.dy));
        Map<String, double[]> wanted = Map.of(
                "du",
                expected.du,
                "dDelta",
                expected.dDelta,
                "dA",
                expected.dA,
                "dB",
                expected.dB,
                "dC",
                expected.dC,
                "dDskip",
                expected.dSkip,
                "dZ",
                expected.dZ,
                "dBias",
                expected.dBias);
        outcome.tensors()
                .forEach((name, tensor) -> EuclideanError.assertWithin(
                        scan + " " + name, tensors.values(tensor), wanted.get(name), TOLERANCE));
    }

    private void matchesInBothTypes(Scan scan) {
        matches(scan);
        Results.matchRoundedOnce(
                scan.toString(),
                backend,
                BFLOAT16_TOLERANCE,
                (own, results) -> run(own, results.tensors(), scan).tensors().forEach(results::add));
    }

    @Test
    void everyLengthAroundTheBlocksOfStepsAndTheSegments() {
        int[] states = {8, 16, 5, 12};
        int[] lengths = {1, 2, 3, 4, 5, 7, 8, 9, 28, 49, 51, 52, 53, 56, 57, 103, 104, 105, 157};
        for (int i = 0; i < lengths.length; i++) {
            Scan scan = new Scan(2, lengths[i], 8, states[i % states.length]);
            matchesInBothTypes(scan);
            matches(scan.with(new Extras(true, true, true, false)));
        }
        matches(new Scan(1, 2049, 4, 8));
        matches(new Scan(1, 2049, 2, 16));
    }

    @Test
    void everyNumberOfChannelsAroundLanesWarpsBlocksAndChunks() {
        for (int channels : new int[] {4, 8, 28, 32, 36, 64, 68, 96, 128, 132, 260}) {
            matches(new Scan(3, 6, channels, 8));
        }
        for (int channels : new int[] {2, 4, 6, 14, 16, 18, 32, 34, 48, 64, 66, 130}) {
            matches(new Scan(3, 6, channels, 16));
        }
        Extras recomputed = new Extras(true, true, true, false);
        matchesInBothTypes(new Scan(2, 55, 260, 7));
        matchesInBothTypes(new Scan(2, 55, 260, 7).with(recomputed));
        matchesInBothTypes(new Scan(2, 107, 130, 15));
        matchesInBothTypes(new Scan(2, 107, 130, 15).with(recomputed));
    }

    @Test
    void everyNumberOfStates() {
        for (int states = 5; states <= 16; states++) {
            matchesInBothTypes(new Scan(2, 54, 40, states));
        }
    }

    @Test
    void batchesOfFewerAndMoreSamplesThanTheGridHasBlocks() {
        for (int batch : new int[] {1, 2, 3, 17}) {
            matches(new Scan(batch, 5, 32, 8));
        }
        matches(new Scan(1584 + 3, 1, 4, 5));
        matches(new Scan(396 / 2 + 1, 2, 132, 8));
        matches(new Scan(2 * 396 / 3 + 1, 2, 130, 9));
    }

    @Test
    void groupsInBothDirectionsWithAndWithoutSoftplus() {
        for (Direction direction : Direction.values()) {
            for (Activation activation : List.of(Activation.SOFTPLUS, Activation.IDENTITY)) {
                matchesInBothTypes(new Scan(2, 54, 12, 8).with(new Options(direction, activation, 3)));
                matches(new Scan(2, 7, 2 * 132, 8).with(new Options(direction, activation, 2)));
                matches(new Scan(2, 7, 2 * 18, 11).with(new Options(direction, activation, 2)));
            }
        }
    }

    @Test
    void everySetOfOptionalTensors() {
        for (int set = 0; set < 16; set++) {
            Extras extras = new Extras((set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0);
            matchesInBothTypes(new Scan(2, 55, 8, 8).with(extras));
            matches(new Scan(2, 55, 6, 10).with(extras).with(new Options(Direction.REVERSE, Activation.IDENTITY, 1)));
        }
    }

    @Test
    void extremeValuesOfDeltaAndA() {
        for (Regime regime : List.of(Regime.START, Regime.LARGE_STEPS, Regime.FORGETS_ALL, Regime.FORGETS_NOTHING)) {
            matches(new Scan(2, 55, 36, 8).with(regime));
            matches(new Scan(2, 55, 34, 16).with(regime).with(new Options(Direction.REVERSE, Activation.SOFTPLUS, 1)));
        }
    }

    @Test
    void gradientsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        for (Scan scan : List.of(new Scan(11, 57, 32, 8), new Scan(3, 55, 130, 16), new Scan(5, 30, 72, 6))) {
            for (SequenceTensors.Numbers activations : SequenceTensors.Numbers.values()) {
                Results.haveTheSameBits(
                        under,
                        activations,
                        (own, results) ->
                                run(own, results.tensors(), scan).tensors().forEach(results::add));
            }
        }
    }
}
