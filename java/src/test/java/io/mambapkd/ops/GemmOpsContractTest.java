package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.ops.cpu.Blas;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GemmOpsContractTest {
    /** Every transposition, on sizes below, at and above the cuts along rows and along the inner dimension. */
    static Stream<Arguments> products() {
        int[][] sizes = {{1, 1, 1}, {3, 5, 7}, {255, 4, 9}, {256, 10, 8}, {700, 3, 33}, {7, 6, 511}, {9, 5, 1700}};
        return Stream.of(CpuBackend.javaBlas(), CpuBackend.preferredBlas())
                .flatMap(blas -> Stream.of(sizes)
                        .flatMap(size -> Stream.of(Transpose.values())
                                .flatMap(a -> Stream.of(Transpose.values())
                                        .flatMap(b -> Stream.of(Write.values())
                                                .map(w -> Arguments.of(blas, size[0], size[1], size[2], a, b, w))))));
    }

    @ParameterizedTest
    @MethodSource("products")
    void productEqualsTheSumOfProducts(
            Blas blas, int m, int n, int k, Transpose transposeA, Transpose transposeB, Write write) {
        float[] first = compute(2, blas, m, n, k, transposeA, transposeB, write);
        double[] expected = reference(m, n, k, transposeA, transposeB, write);
        for (int i = 0; i < expected.length; i++) {
            // Float sums of k products of values below 1: at most about k roundings of 6e-8 each.
            assertThat((double) first[i])
                    .as("%s element %d", blas.name(), i)
                    .isCloseTo(expected[i], within(1e-6 + k * 1e-7));
        }
        assertThat(compute(1, blas, m, n, k, transposeA, transposeB, write)).containsExactly(first);
    }

    private static float[] compute(
            int threads, Blas blas, int m, int n, int k, Transpose transposeA, Transpose transposeB, Write write) {
        try (Backend backend = new CpuBackend(threads, blas);
                Arena arena = backend.newArena("gemm")) {
            boolean flipA = transposeA == Transpose.YES;
            boolean flipB = transposeB == Transpose.YES;
            // Operands and result are columns of wider tensors, so that gaps between rows are honoured.
            Tensor a = arena.allocate("a", flipA ? k : m, (flipA ? m : k) + 3);
            Tensor b = arena.allocate("b", flipB ? n : k, (flipB ? k : n) + 2);
            Tensor c = arena.allocate("c", m, n + 1);
            arena.seal();
            backend.upload(values(1, a), a);
            backend.upload(values(2, b), b);
            backend.upload(values(3, c), c);
            backend.gemm()
                    .multiply(
                            a.columns(2, flipA ? m : k),
                            transposeA,
                            b.columns(1, flipB ? k : n),
                            transposeB,
                            write,
                            c.columns(0, n));
            float[] result = backend.download(c);
            float[] before = values(3, c);
            for (int i = 0; i < m; i++) {
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
        try (Backend backend = new CpuBackend(1, CpuBackend.javaBlas());
                Arena arena = backend.newArena("gemm")) {
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
