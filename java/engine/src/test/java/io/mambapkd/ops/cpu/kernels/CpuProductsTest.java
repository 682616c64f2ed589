package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.nn.Linear;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOpsContractTest;
import io.mambapkd.ops.GemmOpsContractTest;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cpu.blas.Blas;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products and convolutions of the CPU with each of its two ways to multiply; the contract tests take the preferred one. */
@ParameterizedClass
@MethodSource("ways")
class CpuProductsTest {
    private final Blas blas;

    CpuProductsTest(Blas blas) {
        this.blas = blas;
    }

    static Stream<Blas> ways() {
        return Stream.of(CpuBackend.javaBlas(), CpuBackend.preferredBlas());
    }

    @ParameterizedTest
    @CsvSource({"3, 5, 7", "700, 3, 33", "9, 5, 1700"})
    void productEqualsTheSumOfProducts(int m, int n, int k) {
        try (Backend backend = new CpuBackend(2, blas)) {
            GemmOpsContractTest.check(backend, m, n, k);
        }
    }

    @ParameterizedTest
    @EnumSource
    void convolutionMatchesTheDefinition(Conv2dOpsContractTest.Case c) {
        try (Backend backend = new CpuBackend(2, blas)) {
            Conv2dOpsContractTest.check(c, Conv2dOpsContractTest.compute(backend, c, Linear.Bias.YES));
        }
    }
}
