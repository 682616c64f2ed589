package io.mambapkd.bench.variants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.Bfloat16;
import io.mambapkd.ops.GradientCheck;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.tensor.Tensor;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The fused projection of delta beside a projection and a scan, for ranks around those that a thread keeps. */
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
@Tag("variant")
class DeltaScanContractTest {
    /** Delta is a sum of up to 40 products, rounded in another order: errors of a few units of 2^-24 of delta, which is then an exponent. */
    private static final double TOLERANCE = 5e-6;

    /** A thread keeps 2 or 8 columns of the weights. */
    private static final int[] RANKS = {1, 2, 3, 7, 8, 9, 16, 40};

    private final BackendUnderTest under;
    private final CudaBackend backend;

    DeltaScanContractTest(BackendUnderTest under) {
        this.under = under;
        backend = VariantBackends.device(under.opener());
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private static DeltaScan.Inputs inputs(SequenceTensors tensors, int length, int channels, int states, int rank) {
        return new DeltaScan.Inputs(
                tensors.uniformColumns(-1, 1, 3, length, rank),
                tensors.uniform(-0.5f, 0.5f, channels, rank),
                new DeltaScan.Others(
                        tensors.activationColumns(-1, 1, 3, length, channels),
                        tensors.uniform(-4, -0.1f, channels, states),
                        tensors.uniformColumns(-1, 1, 3, length, states),
                        tensors.uniformColumns(-1, 1, 3, length, states),
                        tensors.uniform(-1, 1, channels),
                        tensors.activationColumns(-3, 3, 3, length, channels),
                        tensors.uniform(-0.1f, 0.1f, channels)));
    }

    private void matches(SequenceTensors tensors, ScanOps.Options options, DeltaScan.Inputs in, double tolerance) {
        int[] shape = in.others().u().shape().toArray();
        int states = in.others().a().shape().last();
        String name = "R=" + in.weight().shape().last() + " N=" + states + " " + options;
        Tensor expected = tensors.unwrittenActivationColumns(shape);
        Tensor expectedState = tensors.zeros(shape[0], shape[2], states);
        DeltaScan.composed(backend, tensors.zeros(shape)).forward(options, in, expected, expectedState);
        Tensor actual = tensors.unwrittenActivationColumns(shape);
        Tensor actualState = tensors.unwritten(shape[0], shape[2], states);
        ScanVariants.fused(backend).forward(options, in, actual, actualState);
        GradientCheck.close(name, tensors.values(actual), tensors.doubles(expected), tolerance);
        GradientCheck.close(name + " state", tensors.values(actualState), tensors.doubles(expectedState), TOLERANCE);
        assertThat(tensors.values(actual)).as(name).doesNotContain(Float.NaN);
    }

    @Test
    void everyRankGivesWhatAProjectionAndAScanGive() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        int[] states = {4, 8, 16, 20};
        for (int i = 0; i < RANKS.length; i++) {
            Direction direction = i % 2 == 0 ? Direction.FORWARD : Direction.REVERSE;
            ScanOps.Options options = new ScanOps.Options(direction, Activation.SOFTPLUS, 1);
            matches(tensors, options, inputs(tensors, 35, 33, states[i % states.length], RANKS[i]), TOLERANCE);
        }
    }

    /** Both sides round y to BF16, of which half of the neighbours' distance may separate two values that differ in the last place of a float. */
    @Test
    void everyRankGivesTheSameInBfloat16() {
        SequenceTensors tensors = new SequenceTensors(backend, 3, SequenceTensors.Numbers.BFLOAT16);
        int[] states = {8, 16, 20, 3};
        for (int i = 0; i < RANKS.length; i++) {
            matches(
                    tensors,
                    ScanOps.Options.MAMBA,
                    inputs(tensors, 9, 70, states[i % states.length], RANKS[i]),
                    2 * Bfloat16.ROUNDING);
        }
    }

    @Test
    void groupsAbsentTensorsAndADeltaAsItIsAreThoseOfTheScan() {
        SequenceTensors tensors = new SequenceTensors(backend, 4);
        ScanOps.Options options = new ScanOps.Options(Direction.REVERSE, Activation.IDENTITY, 3);
        DeltaScan.Others bare = new DeltaScan.Others(
                tensors.uniformColumns(-1, 1, 2, 7, 12),
                tensors.uniform(-4, -0.1f, 12, 5),
                tensors.uniformColumns(-1, 1, 2, 7, 15),
                tensors.uniformColumns(-1, 1, 2, 7, 15),
                null,
                null,
                null);
        // Not activated, so positive: both factors are.
        DeltaScan.Inputs in =
                new DeltaScan.Inputs(tensors.uniformColumns(0, 1, 2, 7, 9), tensors.uniform(0, 0.3f, 12, 9), bare);
        matches(tensors, options, in, TOLERANCE);
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        float[] expected = result(under.opener());
        for (Supplier<Backend> variation : under.variations()) {
            assertThat(result(variation)).isEqualTo(expected);
        }
    }

    private static float[] result(Supplier<Backend> opener) {
        try (CudaBackend own = VariantBackends.device(opener)) {
            SequenceTensors tensors = new SequenceTensors(own, 5);
            Tensor y = tensors.zeros(3, 37, 40);
            ScanVariants.fused(own).forward(ScanOps.Options.MAMBA, inputs(tensors, 37, 40, 8, 10), y, null);
            return tensors.values(y);
        }
    }

    @Test
    void aProjectionThatDoesNotFitIsRefusedByName() {
        SequenceTensors tensors = new SequenceTensors(backend, 2);
        DeltaScan.Inputs in = inputs(tensors, 4, 5, 2, 3);
        DeltaScan fused = ScanVariants.fused(backend);
        Tensor y = tensors.zeros(3, 4, 5);
        DeltaScan.Inputs narrow = new DeltaScan.Inputs(tensors.zeros(3, 4, 2), in.weight(), in.others());
        assertThatThrownBy(() -> fused.forward(ScanOps.Options.MAMBA, narrow, y, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("delta_scan: low must have shape (3, 4, 3)");
        DeltaScan.Inputs few = new DeltaScan.Inputs(in.low(), tensors.zeros(4, 3), in.others());
        assertThatThrownBy(() -> fused.forward(ScanOps.Options.MAMBA, few, y, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("delta_scan: weight must have shape (5, 3)");
    }
}
