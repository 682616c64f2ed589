package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.DeltaScan;
import io.mambapkd.ops.cuda.ScanVariants;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The fused projection of delta beside a projection and a scan, for ranks around those that a thread keeps. */
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
class DeltaScanContractTest {
    /** Delta is a sum of up to 40 products, rounded in another order: errors of a few units of 2^-24 of delta, which is then an exponent. */
    private static final double TOLERANCE = 5e-6;

    private final CudaBackend backend;

    DeltaScanContractTest(BackendUnderTest under) {
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
                        tensors.uniformColumns(-1, 1, 3, length, channels),
                        tensors.uniform(-4, -0.1f, channels, states),
                        tensors.uniformColumns(-1, 1, 3, length, states),
                        tensors.uniformColumns(-1, 1, 3, length, states),
                        tensors.uniform(-1, 1, channels),
                        tensors.uniformColumns(-3, 3, 3, length, channels),
                        tensors.uniform(-0.1f, 0.1f, channels)));
    }

    @Test
    void everyRankGivesWhatAProjectionAndAScanGive() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        int[] states = {4, 8, 16, 20};
        int[] ranks = {1, 2, 3, 7, 8, 9, 16, 40};
        for (int i = 0; i < ranks.length; i++) {
            Direction direction = i % 2 == 0 ? Direction.FORWARD : Direction.REVERSE;
            ScanOps.Options options = new ScanOps.Options(direction, Activation.SOFTPLUS, 1);
            int channels = 33;
            int length = 35;
            int n = states[i % states.length];
            DeltaScan.Inputs in = inputs(tensors, length, channels, n, ranks[i]);
            Tensor expected = tensors.uniformColumns(8, 9, 3, length, channels);
            Tensor expectedState = tensors.zeros(3, channels, n);
            DeltaScan.composed(backend, tensors.zeros(3, length, channels))
                    .forward(options, in, expected, expectedState);
            Tensor actual = tensors.unwrittenColumns(3, length, channels);
            Tensor actualState = tensors.unwritten(3, channels, n);
            ScanVariants.fused(backend).forward(options, in, actual, actualState);
            String name = "R=" + ranks[i] + " N=" + n + " " + direction;
            GradientCheck.close(name, tensors.values(actual), tensors.doubles(expected), TOLERANCE);
            GradientCheck.close(name, tensors.values(actualState), tensors.doubles(expectedState), TOLERANCE);
            assertThat(tensors.values(actual)).as(name).doesNotContain(Float.NaN);
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
