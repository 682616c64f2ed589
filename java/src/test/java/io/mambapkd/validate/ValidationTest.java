package io.mambapkd.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.InputException;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.report.ValidationRecord;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValidationTest {
    private static Validation.Plan plan(List<String> operations, String shapes, int cases, long seed) {
        return new Validation.Plan(operations, shapes, cases, seed, List.of());
    }

    private static ValidationRecord compare(Backend tested, Validation.Plan plan) {
        try (Backend cpu = new CpuBackend(1)) {
            return new Validation(cpu, tested).run(plan, name -> {});
        }
    }

    @Test
    void twoMatrixProductsOfTheCpuAgreeInEveryOperationForSeveralSeeds() {
        for (long seed : new long[] {1, 2, 3}) {
            try (Backend other = new CpuBackend(2, CpuBackend.javaBlas())) {
                ValidationRecord record = compare(other, plan(List.of(), "", 4, seed));
                assertThat(record.failures()).isEmpty();
                assertThat(record.passed()).isTrue();
                assertThat(record.rows().stream()
                                .map(ValidationRecord.Row::operation)
                                .distinct())
                        .containsAll(Operations.names());
            }
        }
    }

    @Test
    void aDeviceWithBfloat16IsComparedInItToo() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        List<String> narrow = List.of(
                "scan",
                "conv1d",
                "rms_norm",
                "activation",
                "gate",
                "gemm",
                "conv2d",
                "batch_norm",
                "pool",
                "teacher_step",
                "student_step");
        try (Backend device = EmulatedDriver.open(EmulatedDriver.Build.PLAIN, 0)) {
            ValidationRecord record = compare(device, plan(narrow, "", 10, 4));
            assertThat(record.failures()).isEmpty();
            assertThat(record.rows().stream()
                            .filter(row -> row.dtype().equals("bf16"))
                            .map(ValidationRecord.Row::operation)
                            .distinct())
                    .containsExactlyElementsOf(narrow);
        }
    }

    /** A CPU backend whose scan uses B for C. */
    private static Backend broken(Backend cpu) {
        ScanOps scan = (ScanOps) Proxy.newProxyInstance(
                ScanOps.class.getClassLoader(), new Class<?>[] {ScanOps.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("forward")) {
                        ScanOps.Inputs in = (ScanOps.Inputs) arguments[1];
                        arguments[1] = new ScanOps.Inputs(
                                in.u(), in.delta(), in.a(), in.b(), in.b(), in.dSkip(), in.z(), in.deltaBias());
                    }
                    return method.invoke(cpu.scan(), arguments);
                });
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("scan") ? scan : method.invoke(cpu, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aBrokenOperationFailsAndIsNamedWithTheWorstElement() {
        try (Backend cpu = new CpuBackend(1)) {
            ValidationRecord record = compare(broken(cpu), plan(List.of("scan", "conv1d"), "B=2,L=5,D=3,N=4", 2, 5));
            assertThat(record.passed()).isFalse();
            assertThat(record.failures()).isNotEmpty().allSatisfy(row -> {
                assertThat(row.operation()).isEqualTo("scan");
                assertThat(row.tensor()).isEqualTo("y");
                assertThat(row.at()).matches("\\[[01], [0-4], [0-2]]");
                assertThat(row.expected()).isNotEqualTo(row.actual());
                assertThat(row.extents()).startsWith("B=2 L=5");
            });
        }
    }

    @Test
    void aDeviceThatFailsInAnOperationNamesIt() {
        try (Backend cpu = new CpuBackend(1)) {
            Backend failing = (Backend) Proxy.newProxyInstance(
                    Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("scan")) {
                            throw new InputException("the device is gone");
                        }
                        return method.invoke(cpu, arguments);
                    });
            assertThatThrownBy(() -> compare(failing, plan(List.of("scan"), "B=2,L=5,D=3,N=4", 1, 5)))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith("scan F32, case 1 (B=2 L=5 D=3 ")
                    .hasMessageEndingWith("), failed: the device is gone");
        }
    }

    @Test
    void fixedExtentsAreUsedInTurn() {
        try (Backend cpu = new CpuBackend(1)) {
            ValidationRecord record = compare(cpu, plan(List.of("scan"), "B=1,L=2,D=3,N=4; B=2,L=7,D=1,N=1", 2, 5));
            assertThat(record.rows().stream().map(ValidationRecord.Row::extents).distinct())
                    .hasSize(2)
                    .anyMatch(text -> text.startsWith("B=1 L=2"))
                    .anyMatch(text -> text.startsWith("B=2 L=7"));
        }
    }

    @Test
    void nonsenseIsRefusedInOneSentence() {
        assertThatThrownBy(() -> plan(List.of("scam"), "", 1, 1))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("--ops: there is no operation 'scam'; choose from scan, decay, ");
        assertThatThrownBy(() -> plan(List.of(), "B=0", 1, 1))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got 'B=0'");
        assertThatThrownBy(() -> plan(List.of(), "B=1,B=2", 1, 1))
                .isInstanceOf(InputException.class)
                .hasMessage("--shapes: B is given twice in 'B=1,B=2'");
        assertThatThrownBy(() -> plan(List.of(), "", 0, 1))
                .isInstanceOf(InputException.class)
                .hasMessage("--cases must be at least 1, got 0");
    }
}
