package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.Map;
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
public class GemmOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;

    GemmOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Sizes below, at and above the cuts along rows and along the inner dimension, with a rest and without. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 7", "255, 4, 9", "256, 10, 8", "700, 3, 33", "7, 6, 511", "9, 5, 1700", "4, 3, 2048"})
    void productEqualsTheSumOfProducts(int m, int n, int k) {
        check(backend, m, n, k);
    }

    /** Every transposition, overwriting and adding. */
    public static void check(Backend backend, int m, int n, int k) {
        for (Transpose a : Transpose.values()) {
            for (Transpose b : Transpose.values()) {
                for (Write write : Write.values()) {
                    float[] actual = compute(backend, m, n, k, a, b, write, Gaps.BETWEEN_ROWS);
                    double[] expected = reference(m, n, k, a, b, write);
                    for (int i = 0; i < expected.length; i++) {
                        // Float sums of k products of values below 1: at most about k roundings of 6e-8 each.
                        assertThat((double) actual[i])
                                .as("%s %s %s element %d", a, b, write, i)
                                .isCloseTo(expected[i], within(1e-6 + k * 1e-7));
                    }
                }
            }
        }
    }

    /** The gradient of a weight, whose result is dense: long inner dimensions are cut, and the rest of the cut is short. */
    @ParameterizedTest
    @CsvSource({"9, 5, 1700", "70, 65, 1100", "34, 64, 5000", "1, 1, 1024"})
    void denseResultsOfLongSumsEqualTheSumOfProducts(int m, int n, int k) {
        for (Write write : Write.values()) {
            float[] actual = compute(backend, m, n, k, Transpose.YES, Transpose.NO, write, Gaps.NONE);
            double[] expected = reference(m, n, k, Transpose.YES, Transpose.NO, write);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    assertThat((double) actual[i * n + j])
                            .as("%s element (%d, %d)", write, i, j)
                            .isCloseTo(expected[i * (n + 1) + j], within(1e-6 + k * 1e-7));
                }
            }
        }
    }

    /**
     * Sums are in F32: a result in F32 has only their error, that of BF16 one rounding more. A tensor core adds 16 products at once and cuts off what a float
     * does not hold (Fasi et al., Numerical behavior of NVIDIA tensor cores, 2021), so that over positive factors k / 16 errors of up to 2^-23 add up. Sizes with and without a cut of the sum; the long ones are
     * the gradient of a weight, which is added in F32.
     */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 7", "64, 10, 33", "9, 5, 1700", "70, 65, 1100", "4, 3, 2048"})
    void productsOfBfloat16HaveFloatSums(int m, int n, int k) {
        double sums = 1e-6 + k / 16.0 * 0x1p-23;
        Results.matchInBfloat16("to F32", backend, sums, (own, results) -> {
            for (Transpose a : Transpose.values()) {
                for (Transpose b : Transpose.values()) {
                    for (Write write : Write.values()) {
                        Tensor c = results.tensors().uniform(-1, 1, m, n);
                        narrowProduct(own, results, a, b, write, k, c);
                        Tensor columns = results.tensors().uniformColumns(-1, 1, m, n);
                        narrowProduct(own, results, a, b, write, k, columns);
                    }
                }
            }
        });
        Results.matchInBfloat16("to BF16", backend, Bfloat16.ROUNDING + sums, (own, results) -> {
            for (Transpose a : Transpose.values()) {
                for (Transpose b : Transpose.values()) {
                    for (Write write : Write.values()) {
                        Tensor c = results.tensors().activations(-1, 1, m, n);
                        narrowProduct(own, results, a, b, write, k, c);
                        Tensor columns = results.tensors().activationColumns(-1, 1, m, n);
                        narrowProduct(own, results, a, b, write, k, columns);
                    }
                }
            }
        });
    }

    private static void narrowProduct(
            Backend backend,
            Results results,
            Transpose transposeA,
            Transpose transposeB,
            Write write,
            int k,
            Tensor c) {
        int m = c.shape().rows();
        int n = c.shape().last();
        SequenceTensors tensors = results.tensors();
        Tensor a = transposeA == Transpose.NO
                ? tensors.activationColumns(0, 1, m, k)
                : tensors.activationColumns(0, 1, k, m);
        Tensor b = transposeB == Transpose.NO ? tensors.activations(0, 1, k, n) : tensors.activations(0, 1, n, k);
        backend.gemm().multiply(a, transposeA, b, transposeB, write, c);
        results.add(transposeA + " " + transposeB + " " + write + " " + c.isDense(), c);
    }

    @Test
    void everyRunAndEveryOrderOfThreadsGivesTheSameBits() {
        TestTensors.haveTheSameBits(
                under,
                own -> Map.of(
                        "rows",
                        compute(own, 700, 3, 33, Transpose.NO, Transpose.YES, Write.ADD, Gaps.BETWEEN_ROWS),
                        "inner",
                        compute(own, 9, 5, 1700, Transpose.YES, Transpose.NO, Write.ADD, Gaps.NONE)));
    }

    /** How the result lies. */
    private enum Gaps {
        BETWEEN_ROWS,
        NONE
    }

    private static float[] compute(
            Backend backend, int m, int n, int k, Transpose transposeA, Transpose transposeB, Write write, Gaps gaps) {
        try (Arena arena = backend.newArena("gemm")) {
            boolean flipA = transposeA == Transpose.YES;
            boolean flipB = transposeB == Transpose.YES;
            // Operands and result are columns of wider tensors, so that gaps between rows are honoured.
            Tensor a = arena.allocate("a", flipA ? k : m, (flipA ? m : k) + 3);
            Tensor b = arena.allocate("b", flipB ? n : k, (flipB ? k : n) + 2);
            Tensor c = arena.allocate("c", m, gaps == Gaps.NONE ? n : n + 1);
            arena.seal();
            backend.upload(values(1, a), a);
            backend.upload(values(2, b), b);
            float[] before = new float[m * c.shape().last()];
            for (int i = 0; i < before.length; i++) {
                before[i] =
                        value(3, i / c.shape().last() * (n + 1) + i % c.shape().last());
            }
            backend.upload(before, c);
            backend.gemm()
                    .multiply(
                            a.columns(2, flipA ? m : k),
                            transposeA,
                            b.columns(1, flipB ? k : n),
                            transposeB,
                            write,
                            gaps == Gaps.NONE ? c : c.columns(0, n));
            float[] result = backend.download(c);
            for (int i = 0; i < m && gaps == Gaps.BETWEEN_ROWS; i++) {
                assertThat(result[i * (n + 1) + n]).as("gap of row %d", i).isEqualTo(before[i * (n + 1) + n]);
            }
            return result;
        }
    }

    private static double[] reference(int m, int n, int k, Transpose transposeA, Transpose transposeB, Write write) {
        boolean flipA = transposeA == Transpose.YES;
        boolean flipB = transposeB == Transpose.YES;
        int lda = (flipA ? m : k) + 3;
        int ldb = (flipB ? k : n) + 2;
        double[] c = new double[m * (n + 1)];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j <= n; j++) {
                double sum = j == n || write == Write.ADD ? value(3, i * (n + 1) + j) : 0;
                for (int l = 0; l < k && j < n; l++) {
                    float left = value(1, 2 + (flipA ? l * lda + i : i * lda + l));
                    float right = value(2, 1 + (flipB ? j * ldb + l : l * ldb + j));
                    sum += (double) left * right;
                }
                c[i * (n + 1) + j] = sum;
            }
        }
        return c;
    }

    private static float[] values(int stream, Tensor tensor) {
        float[] values = new float[(int) tensor.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(stream, i);
        }
        return values;
    }

    private static float value(int stream, int index) {
        return new CounterRandom(3, Purpose.TEST_INPUT).uniform(stream, index, 0, -1, 1);
    }

    @Test
    void operandsThatDoNotFitAreNamed() {
        try (Arena arena = backend.newArena("gemm")) {
            Tensor a = arena.allocate("a", 2, 3);
            Tensor b = arena.allocate("b", 4, 5);
            Tensor c = arena.allocate("c", 2, 5);
            arena.seal();
            assertThatThrownBy(() -> backend.gemm().multiply(a, Transpose.NO, b, Transpose.NO, Write.OVERWRITE, c))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("gemm: a (2, 3) F32 times b (4, 5) F32 does not fit into c (2, 5) F32");
        }
    }
}
