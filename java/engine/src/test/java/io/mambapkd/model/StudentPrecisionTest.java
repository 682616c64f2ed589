package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StudentPrecisionTest {
    @ParameterizedTest
    @MethodSource("io.mambapkd.ops.Backends#all")
    void leftToTheBackendWideStudentsAreInBfloat16WhereThereIsThatType(BackendUnderTest under) {
        try (Backend backend = under.open()) {
            Precision wide = backend.supports(DType.BF16) ? Precision.BF16 : Precision.F32;
            assertThat(StudentPrecision.AUTO.on(backend, 129)).isEqualTo(wide);
            assertThat(StudentPrecision.AUTO.on(backend, 128)).isEqualTo(Precision.F32);
            assertThat(StudentPrecision.F32.on(backend, 512)).isEqualTo(Precision.F32);
            assertThat(StudentPrecision.BF16.on(backend, 8)).isEqualTo(Precision.BF16);
        }
    }
}
