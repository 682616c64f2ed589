package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.BatchNormOps.Channels;
import io.mambapkd.ops.BatchNormOps.Options;
import io.mambapkd.ops.cpu.math.ErrorFunction;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Activations behind a batch norm that changes nothing, far from 0, where they and their slopes are nearly 0 or linear. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class BatchNormTailsContractTest {
    private static final float MOMENTUM = 0.1f;

    private final Backend backend;

    BatchNormTailsContractTest(BackendUnderTest under) {
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Values of an activation, and its slopes. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Curve(float[] values, float[] slopes) {}

    private Curve curve(Activation activation, float[] at) {
        int count = at.length;
        TestTensors tensors = new TestTensors(backend);
        Tensor x = tensors.of(at, count, 1);
        Channels same = new Channels(
                tensors.of(new float[] {1}, 1),
                tensors.of(new float[1], 1),
                tensors.of(new float[1], 1),
                tensors.of(new float[] {1}, 1));
        Options options = new Options(0, MOMENTUM, activation);
        Tensor y = tensors.unwritten(count, 1);
        Tensor dx = tensors.unwritten(count, 1);
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        backend.batchNorm().forwardInference(options, x, same, y);
        backend.batchNorm().backwardInference(options, x, y, same, tensors.of(ones, count, 1), dx, null, null);
        return new Curve(tensors.download(y), tensors.download(dx));
    }

    private static void isClose(String name, double at, double got, double exact, double error) {
        assertThat(Math.abs(got - exact))
                .as("%s(%g) is %g, exactly %g", name, at, got, exact)
                .isLessThanOrEqualTo(error);
    }

    /** Far into the tails, where e^(-v^2/2) underflows; the value itself is small there, and keeps its relative accuracy. */
    @Test
    void aGeluKeepsTheDigitsOfItsTails() {
        float[] at = {-37, -13, -9.5f, -6, -4, -2.5f, -1, -0.1f, -1e-30f, 0, 1e-30f, 0.1f, 1, 4, 6, 13, 1000};
        Curve gelu = curve(Activation.GELU, at);
        for (int i = 0; i < at.length; i++) {
            double v = at[i];
            double cdf = ErrorFunction.erfc(-v / Math.sqrt(2)) / 2;
            double slope = cdf + v * Math.exp(-v * v / 2) / Math.sqrt(2 * Math.PI);
            // An error of 2^-24 in v^2/2 is one of v^2/2 times that in the exponential of it.
            double relative = 1e-6 + v * v / 2 * 0x1p-23;
            isClose("GELU", v, gelu.values[i], v * cdf, relative * Math.abs(v * cdf) + 1e-37);
            isClose("GELU'", v, gelu.slopes[i], slope, relative * Math.abs(slope) + 2e-7 * cdf + 1e-36);
        }
    }

    /** Where the exponential overflows, too; values far below 0 keep their relative accuracy down to 1e-35. */
    @Test
    void aSiluKeepsTheDigitsOfItsTails() {
        float[] at = {-1000, -100, -80, -37, -9.5f, -4, -1.278f, -1, -0.1f, -1e-30f, 0, 1e-30f, 0.1f, 1, 4, 37, 1000};
        Curve silu = curve(Activation.SILU, at);
        for (int i = 0; i < at.length; i++) {
            double v = at[i];
            double sigmoid = 1 / (1 + Math.exp(-v));
            double slope = sigmoid * (1 + v / (1 + Math.exp(v)));
            // An error of 2^-24 in v is one of v times that in the exponential of it.
            double relative = 1e-6 + Math.abs(v) * 0x1p-23;
            isClose("SiLU", v, silu.values[i], v * sigmoid, relative * Math.abs(v * sigmoid) + 1e-34);
            isClose("SiLU'", v, silu.slopes[i], slope, relative * Math.abs(slope) + 2e-7 * sigmoid + 1e-34);
        }
    }
}
