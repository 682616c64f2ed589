package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class PointwiseOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;

    PointwiseOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        tensors = new SequenceTensors(backend, 1);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /** Halves between two numbers go to the even one; what is half a step above the largest number is infinite; NaN stays NaN. */
    @Test
    void conversionRoundsToTheNearestAndBackIsExact() {
        float[] special = {
            0f,
            -0f,
            1f,
            -1f,
            1 + 0x1p-8f,
            1 + 0x1.8p-7f,
            1 + 0x1.01p-8f,
            -(1 + 0x1p-8f),
            0x1.FEp127f,
            0x1.FEFFp127f,
            0x1.FFp127f,
            -Float.MAX_VALUE,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN,
            Float.intBitsToFloat(0x7F800001),
            Float.intBitsToFloat(0xFFFFFFFF),
            0x1p-133f,
            0x1p-134f,
            0x1.8p-134f,
            0x1.8p-133f,
            0x1p-149f
        };
        for (int[] shape : new int[][] {{special.length}, {1}, {2500}, {33, 31}, {3, 1024}, {2, 1100}}) {
            Tensor source = tensors.uniformColumns(-1, 1, shape);
            Tensor dense = tensors.uniform(-1, 1, shape);
            if (shape[0] == special.length) {
                backend.upload(special, dense);
            }
            convertsAndBack(dense, SequenceTensors.Numbers.BFLOAT16);
            convertsAndBack(source, SequenceTensors.Numbers.BFLOAT16);
        }
    }

    private void convertsAndBack(Tensor source, SequenceTensors.Numbers numbers) {
        int[] shape = source.shape().toArray();
        SequenceTensors narrow = new SequenceTensors(backend, 1, numbers);
        for (Tensor middle : List.of(narrow.unwrittenActivations(shape), narrow.unwrittenActivationColumns(shape))) {
            for (Tensor target : List.of(tensors.unwritten(shape), tensors.unwrittenColumns(shape))) {
                if (!backend.supports(DType.BF16)) {
                    assertThatThrownBy(() -> backend.pointwise().convert(source, middle))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("convert: target must be BF16 but is test");
                    return;
                }
                backend.pointwise().convert(source, middle);
                backend.pointwise().convert(middle, target);
                assertThat(tensors.values(target))
                        .as("%s by %s to %s", source, middle, target)
                        .isEqualTo(Bfloat16.round(tensors.values(source)));
            }
        }
    }

    /** Fewer elements than a block of 256 and than one of the CPU's tasks, as many, and more; an element that is taken twice and one that is not. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 7", "256, 256", "257, 100", "40000, 33000"})
    void elementsAreGatheredFromTheirPlaces(int count, int from) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> (int) (i * 7919L % from));
        Tensor source = tensors.uniform(-1, 1, from);
        Arena arena = backend.newArena("order");
        Tensor indices = arena.allocate("indices", DType.I32, Shape.of(count));
        arena.seal();
        backend.upload(order, indices);
        float[] values = backend.download(source);
        float[] expected = new float[count];
        for (int i = 0; i < count; i++) {
            expected[i] = values[order[i]];
        }
        Tensor target = tensors.unwritten(count);
        backend.pointwise().gather(source, indices, target);
        assertThat(backend.download(target)).containsExactly(expected);
        if (backend.supports(DType.BF16)) {
            Tensor narrow =
                    new SequenceTensors(backend, 1, SequenceTensors.Numbers.BFLOAT16).unwrittenActivations(count);
            backend.pointwise().gather(source, indices, narrow);
            assertThat(tensors.values(narrow)).containsExactly(Bfloat16.round(expected));
        }
        assertThatThrownBy(() -> backend.pointwise().gather(source, indices, tensors.zeros(count + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gather: indices must have shape (" + (count + 1) + ") but is indices (" + count + ") I32");
        arena.close();
    }

    @Test
    void aBackendWithoutBfloat16RefusesItsArenas() {
        Arena arena = backend.newArena("narrow");
        arena.allocate("x", DType.BF16, Shape.of(3));
        if (backend.supports(DType.BF16)) {
            arena.seal();
            arena.close();
            return;
        }
        assertThatThrownBy(arena::seal)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("arena narrow cannot be BF16 on the CPU; use precision f32, or a CUDA device");
    }

    @Test
    void additionWorksInPlaceAndOnColumnViews() {
        Tensor x = tensors.uniformColumns(-1, 1, 2, 3, 4);
        Tensor y = tensors.uniform(-1, 1, 2, 3, 4);
        float[] left = tensors.values(x);
        float[] right = tensors.values(y);
        backend.pointwise().add(x, y, x);
        float[] sum = tensors.values(x);
        for (int i = 0; i < sum.length; i++) {
            assertThat(sum[i]).isEqualTo(left[i] + right[i]);
        }
    }

    /** Dense tensors shorter and longer than a block's share; rows shorter, as long, and longer than it. */
    @Test
    void additionIsExactForEveryExtent() {
        for (int[] shape : new int[][] {{1}, {1024}, {2500}, {1, 1}, {7, 1}, {33, 31}, {3, 1024}, {2, 1100}}) {
            addsExactly(tensors.uniform(-1, 1, shape), tensors.uniform(-1, 1, shape), tensors.unwritten(shape));
            addsExactly(tensors.uniformColumns(-1, 1, shape), tensors.uniform(-1, 1, shape), tensors.unwritten(shape));
            addsExactly(
                    tensors.uniform(-1, 1, shape),
                    tensors.uniformColumns(-1, 1, shape),
                    tensors.unwrittenColumns(shape));
        }
    }

    private void addsExactly(Tensor x, Tensor y, Tensor sum) {
        backend.pointwise().add(x, y, sum);
        float[] left = tensors.values(x);
        float[] right = tensors.values(y);
        float[] actual = tensors.values(sum);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as("%s[%d]", sum, i).isEqualTo(left[i] + right[i]);
        }
    }

    @Test
    void additionToAColumnViewLeavesTheOtherColumnsAlone() {
        Tensor wide = tensors.unwritten(5, 9);
        Tensor x = tensors.uniform(-1, 1, 5, 4);
        backend.pointwise().add(x, x, wide.columns(2, 4));
        float[] values = tensors.values(wide);
        for (int i = 0; i < values.length; i++) {
            boolean inside = i % 9 >= 2 && i % 9 < 6;
            assertThat(Float.isNaN(values[i])).as("element %d", i).isEqualTo(!inside);
        }
    }

    /** 700 rows are several chunks of rows where columns are few. */
    @Test
    void biasIsAddedToEveryRowAndItsGradientIsAddedToWhatWasThere() {
        for (int[] shape : new int[][] {{700, 3}, {1, 1}, {257, 1}, {5, 33}, {300, 32}, {2, 3, 64}, {3, 1030}}) {
            Tensor x = tensors.uniformColumns(-1, 1, shape);
            int columns = x.shape().last();
            Tensor bias = tensors.uniform(-1, 1, columns);
            double[] expected = tensors.doubles(x);
            double[] biases = tensors.doubles(bias);
            double[] sums = tensors.doubles(bias);
            for (int i = 0; i < expected.length; i++) {
                sums[i % columns] += expected[i];
                expected[i] += biases[i % columns];
            }
            Tensor dBias = tensors.zeros(columns);
            backend.copy(bias, dBias);
            backend.pointwise().biasGradient(x, dBias);
            backend.pointwise().addBias(x, bias);
            GradientCheck.close("x " + x, tensors.values(x), expected, 1e-6);
            GradientCheck.close("dBias " + x, tensors.values(dBias), sums, 1e-5);
        }
    }

    @Test
    void meanOverTokensAndItsGradientShareEquallyAmongTokens() {
        for (int[] shape : new int[][] {{2, 5, 3}, {1, 1, 1}, {17, 28, 16}, {3, 257, 33}, {257, 2, 1}, {2, 3, 512}}) {
            int length = shape[1];
            int width = shape[2];
            Tensor x = tensors.uniform(-1, 1, shape);
            Tensor y = tensors.unwritten(shape[0], width);
            Tensor dx = tensors.unwritten(shape);
            backend.pointwise().meanOverTokens(x, y);
            backend.pointwise().meanOverTokensGradient(y, dx);
            double[] xs = tensors.doubles(x);
            double[] mean = new double[shape[0] * width];
            double[] spread = new double[xs.length];
            for (int i = 0; i < xs.length; i++) {
                mean[i / (length * width) * width + i % width] += xs[i] / length;
            }
            for (int i = 0; i < xs.length; i++) {
                spread[i] = mean[i / (length * width) * width + i % width] / length;
            }
            GradientCheck.close("y " + x, tensors.values(y), mean, 1e-6);
            GradientCheck.close("dx " + x, tensors.values(dx), spread, 1e-6);
        }
    }

    @Test
    void gateAndItsGradientMatchTheReference() {
        Tensor u = tensors.uniformColumns(-1, 1, 2, 3, 5);
        Tensor skip = tensors.uniform(-1, 1, 5);
        Tensor z = tensors.uniformColumns(-3, 3, 2, 3, 5);
        Tensor dy = tensors.uniform(-1, 1, 2, 3, 5);
        Tensor y = tensors.unwritten(2, 3, 5);
        Tensor du = tensors.unwrittenColumns(2, 3, 5);
        Tensor dSkip = tensors.zeros(5);
        Tensor dZ = tensors.unwrittenColumns(2, 3, 5);
        backend.pointwise().gate(u, skip, z, y);
        backend.pointwise().gateGradient(u, skip, z, dy, du, dSkip, dZ);
        double[] us = tensors.doubles(u);
        double[] skips = tensors.doubles(skip);
        double[] zs = tensors.doubles(z);
        double[] upstream = tensors.doubles(dy);
        UnaryOperator<double[]> value = v -> {
            double[] out = new double[us.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = skips[i % 5] * us[i] * zs[i] / (1 + StrictMath.exp(-zs[i]));
            }
            return out;
        };
        ToDoubleFunction<double[]> loss = v -> dot(value.apply(v), upstream);
        GradientCheck.close("y", tensors.values(y), value.apply(us), 1e-6);
        GradientCheck.matches("du", us, tensors.values(du), loss, 1e-5);
        GradientCheck.matches("dSkip", skips, tensors.values(dSkip), loss, 1e-5);
        GradientCheck.matches("dZ", zs, tensors.values(dZ), loss, 1e-5);
    }

    /** Channels fewer than a warp, as many, and more; rows of one chunk and of several; gates up to where a sigmoid is 0 or 1. */
    @Test
    void gateAndItsGradientAgreeWithTheCpuForEveryExtent() {
        for (int[] shape : new int[][] {{1, 1, 1}, {3, 257, 3}, {2, 33, 32}, {2, 28, 96}, {1, 2, 1100}}) {
            Results.matchTheSpecification(shape[0] + "x" + shape[1] + "x" + shape[2], backend, 4e-6, (own, results) -> {
                gate(own, results, 3, shape);
                gate(own, results, 100, shape);
            });
        }
    }

    private static void gate(Backend backend, Results results, float range, int... shape) {
        SequenceTensors tensors = results.tensors();
        int channels = shape[2];
        Tensor u = tensors.uniformColumns(-1, 1, shape);
        Tensor skip = tensors.uniform(-1, 1, channels);
        Tensor z = tensors.uniformColumns(-range, range, shape);
        Tensor y = tensors.unwritten(shape);
        Tensor du = tensors.unwrittenColumns(shape);
        Tensor dSkip = tensors.uniform(-1, 1, channels);
        Tensor dZ = tensors.unwrittenColumns(shape);
        backend.pointwise().gate(u, skip, z, y);
        backend.pointwise().gateGradient(u, skip, z, tensors.uniform(-1, 1, shape), du, dSkip, dZ);
        String gates = " of gates up to " + range;
        results.add("y" + gates, y);
        results.add("du" + gates, du);
        results.add("dSkip" + gates, dSkip);
        results.add("dZ" + gates, dZ);
    }

    @Test
    void sumsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        Results.haveTheSameBits(under, (own, results) -> {
            SequenceTensors inputs = results.tensors();
            gate(own, results, 3, 40, 14, 32);
            Tensor dBias = inputs.zeros(33);
            own.pointwise().biasGradient(inputs.uniform(-1, 1, 700, 33), dBias);
            results.add("dBias", dBias);
            Tensor mean = inputs.zeros(3, 20);
            own.pointwise().meanOverTokens(inputs.uniform(-1, 1, 3, 65, 20), mean);
            results.add("mean", mean);
        });
    }

    @Test
    void aMeanOfWhatHasNoTokensIsRefusedByName() {
        Tensor flat = tensors.zeros(4, 5);
        assertThatThrownBy(() -> backend.pointwise().meanOverTokens(flat, tensors.zeros(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mean_over_tokens: x must have 3 axes (B, L, M) but is test (4, 5) F32");
    }
}
