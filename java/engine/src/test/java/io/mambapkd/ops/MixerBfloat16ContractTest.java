package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What stands around the scan in a Mamba block, with activations in BF16, against the CPU in F32 on the same numbers. Arithmetic is in F32 on both sides, so
 * that results in BF16 have one rounding more than those in F32.
 */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
class MixerBfloat16ContractTest {
    /** In F32, of the norm: what two implementations may differ by. */
    private static final double FLOATS = 4e-6;

    private final BackendUnderTest under;
    private final Backend backend;

    MixerBfloat16ContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** One segment and several, the last one whole, short, or shorter than the window; a lane, a warp and more than a block of channels. */
    private static final int[][] SEQUENCES = {
        {3, 1, 1}, {1, 8, 3}, {17, 9, 16}, {2, 16, 31}, {1, 257, 33}, {2, 18, 96}, {1, 3, 300}, {257, 2, 2}
    };

    /** Width 4 in one pass, and the widths around it, whose gradients are made in several. */
    @Test
    void theConvolutionAndItsGradientAreRoundedOnce() {
        for (int width : new int[] {1, 3, 4, 7}) {
            for (int[] shape : SEQUENCES) {
                for (Activation activation : List.of(Activation.SILU, Activation.IDENTITY)) {
                    Results.matchRoundedOnce(
                            activation + " W=" + width + " of " + List.of(shape[0], shape[1], shape[2]),
                            backend,
                            FLOATS,
                            (own, results) -> convolve(own, results, activation, width, shape));
                }
            }
        }
    }

    private static void convolve(Backend backend, Results results, Activation activation, int width, int... shape) {
        SequenceTensors tensors = results.tensors();
        int channels = shape[2];
        Tensor x = tensors.activationColumns(-2, 2, shape);
        Tensor weight = tensors.uniform(-1, 1, channels, width);
        Tensor bias = tensors.uniform(-1, 1, channels);
        Tensor dy = tensors.activations(-1, 1, shape);
        Tensor y = tensors.unwrittenActivations(shape);
        Tensor dx = tensors.unwrittenActivationColumns(shape);
        Tensor dWeight = tensors.zeros(channels, width);
        Tensor dBias = tensors.zeros(channels);
        backend.conv1d().forward(activation, x, weight, bias, y);
        backend.conv1d().backward(activation, x, weight, bias, dy, dx, dWeight, dBias);
        results.add("y", y);
        results.add("dx", dx);
        results.add("dWeight", dWeight);
        results.add("dBias", dBias);
    }

    @Test
    void theNormOfFloatsIsRoundedOnceAndItsGradientIsOfFloats() {
        for (int[] shape : new int[][] {
            {9, 2}, {70, 16}, {300, 12}, {33, 31}, {70, 32}, {17, 60}, {9, 64}, {3, 96}, {19, 128}, {5, 132}, {9, 512},
            {35, 513}, {2, 1100}
        }) {
            Results.matchRoundedOnce(shape[0] + "x" + shape[1], backend, FLOATS, (own, results) -> {
                norm(own, results, shape);
            });
        }
    }

    private static void norm(Backend backend, Results results, int... shape) {
        SequenceTensors tensors = results.tensors();
        Tensor x = tensors.uniform(-2, 2, shape);
        Tensor weight = tensors.uniform(-1, 1, shape[1]);
        Tensor dy = tensors.activations(-1, 1, shape);
        Tensor y = tensors.unwrittenActivations(shape);
        Tensor dx = tensors.unwritten(shape);
        Tensor dWeight = tensors.zeros(shape[1]);
        backend.norm().rmsNorm(x, weight, 1e-5f, y);
        backend.norm().rmsNormGradient(x, weight, 1e-5f, dy, tensors.uniform(-1, 1, shape), dx, dWeight);
        results.add("y", y);
        results.add("dx", dx);
        results.add("dWeight", dWeight);
    }

    @Test
    void activationsGateAndSumAreRoundedOnce() {
        for (int[] shape : new int[][] {{1, 1, 5}, {2, 3, 33}, {3, 100, 40}, {2, 2, 1100}}) {
            Results.matchRoundedOnce(
                    List.of(shape[0], shape[1], shape[2]).toString(), backend, FLOATS, (own, results) -> {
                        elementwise(own, results, shape);
                    });
        }
    }

    private static void elementwise(Backend backend, Results results, int... shape) {
        SequenceTensors tensors = results.tensors();
        Tensor u = tensors.activationColumns(-3, 3, shape);
        Tensor z = tensors.activationColumns(-3, 3, shape);
        Tensor dy = tensors.activations(-1, 1, shape);
        for (Activation activation : Activation.values()) {
            Tensor y = tensors.unwrittenActivationColumns(shape);
            Tensor dx = tensors.unwrittenActivations(shape);
            backend.activation().forward(activation, u, y);
            backend.activation().backward(activation, u, dy, dx);
            results.add(activation + " y", y);
            results.add(activation + " dx", dx);
        }
        Tensor skip = tensors.uniform(-1, 1, shape[2]);
        Tensor y = tensors.unwrittenActivations(shape);
        backend.pointwise().gate(u, skip, z, y);
        results.add("gate", y);
        Tensor du = tensors.unwrittenActivationColumns(shape);
        Tensor dZ = tensors.unwrittenActivationColumns(shape);
        Tensor dSkip = tensors.zeros(shape[2]);
        backend.pointwise().gateGradient(u, skip, z, dy, du, dSkip, dZ);
        results.add("gate du", du);
        results.add("gate dZ", dZ);
        results.add("gate dSkip", dSkip);
        backend.pointwise().add(u, z, z);
        results.add("sum in place", z);
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        Results.haveTheSameBits(under, SequenceTensors.Numbers.BFLOAT16, (own, results) -> {
            convolve(own, results, Activation.SILU, 4, 50, 14, 20);
            norm(own, results, 100, 40);
            norm(own, results, 40, 520);
            norm(own, results, 300, 16);
            elementwise(own, results, 3, 50, 20);
        });
    }

    @Test
    void tensorsOfDifferentTypesAreRefused() {
        assumeTrue(backend.supports(DType.BF16), EmulatedDriver.HOW_TO_BUILD);
        SequenceTensors tensors = new SequenceTensors(backend, 1, SequenceTensors.Numbers.BFLOAT16);
        Tensor floats = tensors.uniform(-1, 1, 1, 2, 3);
        Tensor narrow = tensors.activations(-1, 1, 1, 2, 3);
        Tensor weight = tensors.uniform(-1, 1, 3, 4);
        Tensor vector = tensors.uniform(-1, 1, 3);
        assertThatThrownBy(() -> backend.conv1d().forward(Activation.SILU, narrow, weight, null, floats))
                .hasMessageStartingWith("causal_conv1d: y must be BF16 but is");
        assertThatThrownBy(() -> backend.norm().rmsNorm(narrow, vector, 1e-5f, narrow))
                .hasMessageStartingWith("rms_norm: x must be F32 but is");
        assertThatThrownBy(() -> backend.activation().forward(Activation.SILU, narrow, floats))
                .hasMessageStartingWith("activation: y must be BF16 but is");
        assertThatThrownBy(() -> backend.pointwise().gate(narrow, vector, floats, narrow))
                .hasMessageStartingWith("gate: z must be BF16 but is");
        assertThatThrownBy(() -> backend.pointwise().add(narrow, floats, narrow))
                .hasMessageStartingWith("add: y must be BF16 but is");
    }
}
