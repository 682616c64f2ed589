package io.mambapkd.ops.cpu.dnnl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.Conv2dOpsContractTest.Case;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.TestTensors;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cpu.blas.JavaBlas;
import io.mambapkd.ops.cpu.kernels.CpuConv2d;
import io.mambapkd.ops.cpu.kernels.CpuPointwise;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.tensor.Narrow;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the contract test does not see: operands rounded to BF16, and what the processor has. */
class OneDnnConv2dTest {
    @BeforeAll
    static void theLibraryIsHere() {
        assertThat(OneDnn.problem()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void productsOfPatchesRoundTheirOperandsAndNothingElse(Case c) {
        Map<String, float[]> rounded = compute(c, Conv2dOps.Operands.BF16, value -> value, 2, this::patches);
        Map<String, float[]> before = compute(c, Conv2dOps.Operands.STORED, Narrow::nearest, 2, this::patches);
        assertThat(rounded.get("y")).containsExactly(before.get("y"));
        assertThat(rounded.get("dx")).containsExactly(before.get("dx"));
        assertThat(rounded.get("dWeight")).containsExactly(before.get("dWeight"));
    }

    @ParameterizedTest
    @EnumSource
    void aProcessorWithoutBfloat16MultipliesRoundedFloats(Case c) {
        Map<String, float[]> rounded = compute(c, Conv2dOps.Operands.BF16, value -> value, 2, this::floats);
        Map<String, float[]> before = compute(c, Conv2dOps.Operands.STORED, Narrow::nearest, 2, this::floats);
        assertThat(rounded.get("y")).containsExactly(before.get("y"));
        assertThat(rounded.get("dx")).containsExactly(before.get("dx"));
        assertThat(rounded.get("dWeight")).containsExactly(before.get("dWeight"));
    }

    @ParameterizedTest
    @EnumSource
    void aProcessorWithBfloat16ComputesTheSameProducts(Case c) {
        assumeThat(OneDnn.multipliesBfloat16())
                .as("this processor multiplies no BF16")
                .isTrue();
        Map<String, float[]> own = compute(c, Conv2dOps.Operands.BF16, value -> value, 2, this::bfloat16);
        Map<String, float[]> expected = compute(c, Conv2dOps.Operands.BF16, value -> value, 2, this::patches);
        for (String name : expected.keySet()) {
            // Only the order of the F32 sums differs: of up to 25 taps and 33 channels, or of up to 7840 positions.
            TestTensors.assertClose(
                    name, own.get(name), doubles(expected.get(name)), name.equals("dWeight") ? 3e-4 : 3e-5);
        }
        for (int threads : new int[] {1, 3}) {
            Map<String, float[]> other = compute(c, Conv2dOps.Operands.BF16, value -> value, threads, this::bfloat16);
            own.forEach((name, values) -> assertThat(other.get(name)).as(name).containsExactly(values));
        }
    }

    /** A kernel of 5x16x3x3, images of 2x9x7x16, results of 2x5x4x5: the larger of the two, and the results once more. */
    @Test
    void roundedCopiesCountAsMemoryOfTheHeap() {
        Conv2dOps.Options options = Case.STRIDE_TWO_ODD.options();
        Shape images = Shape.of(Case.STRIDE_TWO_ODD.x());
        try (CpuExecutor executor = new CpuExecutor(1, new JavaBlas())) {
            Conv2dOps ops = patches(executor);
            long more = ops.workspace(options.with(Conv2dOps.Operands.BF16), images, 5)
                            .heapBytes()
                    - ops.workspace(options, images, 5).heapBytes();
            assertThat(more).isEqualTo(4L * (5 * 16 * 9 + 2 * 9 * 7 * 16 + 2 * 5 * 4 * 5));
        }
    }

    @Test
    void aNumberThatIsNoneStaysOne() {
        Map<String, float[]> results =
                compute(Case.KERNEL_OF_ONE, Conv2dOps.Operands.BF16, value -> Float.NaN, 1, this::floats);
        assertThat(results.get("y")).containsOnly(Float.NaN);
    }

    /** oneDNN 3.11 has only its reference code for the kernel's gradient of so few channels and so much padding, whatever the processor. */
    @Test
    void whatTheLibraryHasNoFastCodeForIsComputedAsProductsOfPatches() {
        Case c = Case.ONE_OUTPUT_WIDER_THAN_THE_IMAGE;
        Map<String, float[]> own = compute(c, Conv2dOps.Operands.STORED, value -> value, 2, this::floats);
        Map<String, float[]> patches = compute(c, Conv2dOps.Operands.STORED, value -> value, 2, this::patches);
        assertThat(own.get("dWeight")).containsExactly(patches.get("dWeight"));
        try (CpuExecutor executor = new CpuExecutor(1, new JavaBlas());
                Backend memory = new CpuBackend(1, new JavaBlas())) {
            OneDnnConv2d ops = new OneDnnConv2d(executor, patches(executor), new CpuPointwise(executor), false);
            assertThat(ops.fallbacks()).isEmpty();
            TestTensors tensors = new TestTensors(memory);
            ops.backwardWeights(
                    c.options(),
                    tensors.unwritten(c.x()),
                    tensors.unwritten(c.y()),
                    tensors.unwritten(c.weight()),
                    null);
            assertThat(ops.fallbacks())
                    .singleElement()
                    .extracting(Fallback::text)
                    .asString()
                    .startsWith("matrix products compute backward filter of the convolution of 4x4x3 to 1 channels with"
                            + " a kernel of 5, stride 1 and padding 4");
        }
    }

    @Test
    void threadsOfItsOwnAreRefusedWithTheRemedy() {
        assertThat(OneDnn.problemOf("2").orElseThrow().sentence())
                .contains("OMP_NUM_THREADS is not 1")
                .endsWith("or set OMP_NUM_THREADS=1");
        assertThat(OneDnn.problemOf(null)).isPresent();
        assertThat(OneDnn.problemOf("1")).isEmpty();
    }

    private Conv2dOps patches(CpuExecutor executor) {
        return new CpuConv2d(executor, new JavaBlas());
    }

    private Conv2dOps floats(CpuExecutor executor) {
        return new OneDnnConv2d(executor, patches(executor), new CpuPointwise(executor), false);
    }

    private Conv2dOps bfloat16(CpuExecutor executor) {
        return new OneDnnConv2d(executor, patches(executor), new CpuPointwise(executor), true);
    }

    private interface Change {
        float of(float value);
    }

    /** @param change of all operands beforehand */
    private static Map<String, float[]> compute(
            Case c, Conv2dOps.Operands operands, Change change, int threads, Function<CpuExecutor, Conv2dOps> maker) {
        try (Backend memory = new CpuBackend(1, new JavaBlas());
                CpuExecutor executor = new CpuExecutor(threads, new JavaBlas())) {
            TestTensors tensors = new TestTensors(memory);
            Tensor x = tensors.of(changed(TestTensors.random(1, c.x()), change), c.x());
            Tensor weight = tensors.of(changed(TestTensors.random(2, c.weight()), change), c.weight());
            Tensor dy = tensors.of(changed(TestTensors.random(4, c.y()), change), c.y());
            Tensor y = tensors.unwritten(c.y());
            Tensor dx = tensors.unwritten(c.x());
            Tensor dWeight = tensors.of(TestTensors.random(5, c.weight()), c.weight());
            Conv2dOps ops = maker.apply(executor);
            Conv2dOps.Options options = c.options().with(operands);
            ops.forward(options, x, weight, null, y);
            ops.backwardData(options, weight, dy, dx);
            ops.backwardWeights(options, x, dy, dWeight, null);
            Map<String, float[]> results = new HashMap<>();
            results.put("y", tensors.download(y));
            results.put("dx", tensors.download(dx));
            results.put("dWeight", tensors.download(dWeight));
            return results;
        }
    }

    private static float[] changed(float[] values, Change change) {
        for (int i = 0; i < values.length; i++) {
            values[i] = change.of(values[i]);
        }
        return values;
    }

    private static double[] doubles(float[] values) {
        double[] copy = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            copy[i] = values[i];
        }
        return copy;
    }
}
