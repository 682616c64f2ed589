package io.mambapkd.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.InputException;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.report.ValidationPage;
import io.mambapkd.results.Origin;
import io.mambapkd.results.ValidationRecord;
import io.mambapkd.validate.golden.GoldenCase;
import io.mambapkd.validate.golden.GoldenFolder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One long class: the faults that a comparison must find share the backends that have them. */
class ValidationTest {
    private static Validation.Plan plan(List<String> operations, String shapes, int cases, long seed) {
        return new Validation.Plan(operations, shapes, cases, seed, List.of());
    }

    private static final Origin ORIGIN =
            new Origin("a GPU", "12.8", "2026-01-02T03:04:05Z", "0123abcd", "a command", false);

    private final List<ValidationRecord> soFar = new ArrayList<>();

    private ValidationRecord compare(Backend tested, Validation.Plan plan) {
        try (Backend cpu = new CpuBackend(1)) {
            return new Validation(cpu, tested, ORIGIN).run(plan, new Validation.Progress() {
                @Override
                public void begins(String operation) {
                    assertThat(soFar.get(soFar.size() - 1).notCompared()).startsWith(operation);
                }

                @Override
                public void soFar(ValidationRecord record) {
                    soFar.add(record);
                }
            });
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
                "scan_pairs",
                "norm_projection",
                "projection",
                "mixing",
                "gemm",
                "conv2d",
                "batch_norm",
                "pool",
                "conv_projection",
                "teacher_step",
                "resnet9_step",
                "airbench_step",
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

    /** A CPU backend that does something else before a call of one of its methods. */
    private static Backend before(Backend cpu, Consumer<String> call) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    call.accept(method.getName());
                    try {
                        return method.invoke(cpu, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aCaseThatFailsOnTheDeviceIsARowAndTheOthersAreCompared() {
        AtomicInteger calls = new AtomicInteger();
        try (Backend cpu = new CpuBackend(1)) {
            Backend failing = before(cpu, method -> {
                // Of the second case: the first has forward and backward.
                if (method.equals("scan") && calls.incrementAndGet() == 3) {
                    throw new InputException("the library\nrefused");
                }
            });
            ValidationRecord record = compare(failing, plan(List.of("scan", "conv1d"), "B=2,L=5,D=3,N=4", 3, 5));
            assertThat(record.passed()).isFalse();
            assertThat(record.failures()).singleElement().satisfies(row -> {
                assertThat(row.operation()).isEqualTo("scan");
                assertThat(row.dtype()).isEqualTo("f32");
                assertThat(row.number()).isEqualTo(2);
                assertThat(row.extents()).startsWith("B=2 L=5 D=3 N=4");
                assertThat(row.tensor()).isEqualTo("y");
                assertThat(row.message()).isEqualTo("the library refused");
            });
            assertThat(record.rows()).anyMatch(row -> row.operation().equals("scan") && row.number() == 3);
            assertThat(record.rows()).anyMatch(row -> row.operation().equals("conv1d"));
            assertThat(record.notCompared()).isEmpty();
            assertThat(record.stopped()).isEmpty();
            assertThat(record.worst()).contains(record.failures().get(0));
        }
    }

    @Test
    void resultsBeforeTheFailureAreCompared() {
        AtomicInteger calls = new AtomicInteger();
        try (Backend cpu = new CpuBackend(1)) {
            Backend failing = before(cpu, method -> {
                // Forward, backward to the images, backward to the filter.
                if (method.equals("conv2d") && calls.incrementAndGet() == 3) {
                    throw new IllegalStateException("a mistake");
                }
            });
            ValidationRecord record = compare(failing, plan(List.of("conv2d"), "", 1, 5));
            assertThat(record.rows()).extracting(ValidationRecord.Row::tensor).containsExactly("y", "dx", "dWeight");
            assertThat(record.rows()).extracting(ValidationRecord.Row::passed).containsExactly(true, true, false);
            assertThat(record.rows().get(2).message())
                    .isEqualTo("internal error: java.lang.IllegalStateException: a mistake");
        }
    }

    @Test
    void aLostDeviceEndsTheComparisonWithWhatThereIs() {
        AtomicInteger calls = new AtomicInteger();
        try (Backend cpu = new CpuBackend(1)) {
            Backend lost = before(cpu, method -> {
                // The second case of the convolution is the last thing that the device does.
                int count = method.equals("conv1d") ? calls.incrementAndGet() : calls.get();
                if (count > 2 && !method.equals("name") && !method.equals("description")) {
                    throw new InputException("the device fell off the bus");
                }
            });
            ValidationRecord record = compare(lost, plan(List.of("decay", "conv1d", "gate", "loss"), "", 4, 5));
            assertThat(record.failures()).singleElement().satisfies(row -> {
                assertThat(row.operation()).isEqualTo("conv1d");
                assertThat(row.number()).isEqualTo(2);
                assertThat(row.message()).isEqualTo("the device fell off the bus");
            });
            assertThat(record.stopped()).isEqualTo("the device fell off the bus");
            assertThat(record.notCompared()).containsExactly("conv1d", "gate", "loss");
            assertThat(record.rows().stream()
                            .map(ValidationRecord.Row::operation)
                            .distinct())
                    .containsExactly("decay", "conv1d");
            assertThat(record.passed()).isFalse();
            assertThat(ValidationPage.verdict(record))
                    .endsWith(" comparisons passed; not compared to the end: conv1d, gate, loss; the device was lost:"
                            + " the device fell off the bus");
        }
    }

    @Test
    void whatThereIsBeforeEachOperationIsTold() {
        try (Backend cpu = new CpuBackend(1)) {
            compare(cpu, plan(List.of("decay", "gate"), "", 1, 5));
            assertThat(soFar)
                    .extracting(ValidationRecord::notCompared)
                    .containsExactly(List.of("decay", "gate"), List.of("gate"));
            assertThat(soFar.get(1).rows()).isNotEmpty().allMatch(ValidationRecord.Row::passed);
            assertThat(soFar.get(1).passed()).isFalse();
        }
    }

    @Test
    void aReferenceVectorThatFailsOnTheDeviceIsARowAndTheOthersAreCompared() {
        List<GoldenCase> vectors = GoldenFolder.load(Path.of("src", "test", "resources", "golden"));
        try (Backend cpu = new CpuBackend(1)) {
            Backend failing = before(cpu, method -> {
                if (method.equals("pool")) {
                    throw new InputException("the library refused");
                }
            });
            List<String> names = List.of("golden/conv2d", "golden/maxpool2d");
            ValidationRecord record = compare(failing, new Validation.Plan(names, "", 1, 5, vectors));
            assertThat(record.failures()).isNotEmpty().allSatisfy(row -> {
                assertThat(row.operation()).isEqualTo("golden/maxpool2d");
                assertThat(row.extents()).matches("maxpool2d_[0-9]+\\.safetensors");
                assertThat(row.message()).isEqualTo("the library refused");
            });
            assertThat(record.rows()).anyMatch(row -> row.operation().equals("golden/conv2d") && row.passed());
            assertThat(record.references()).isEqualTo((int) vectors.stream()
                    .filter(golden -> names.contains("golden/" + golden.operation()))
                    .count());
        }
    }

    @Test
    void whatFailsOnTheSpecificationIsNoRow() {
        try (Backend cpu = new CpuBackend(1);
                Backend other = new CpuBackend(1)) {
            Backend broken = before(cpu, method -> {
                if (method.equals("scan")) {
                    throw new IllegalStateException("a mistake");
                }
            });
            Validation validation = new Validation(broken, other, ORIGIN);
            Validation.Plan plan = plan(List.of("scan"), "", 1, 5);
            Validation.Progress quiet = new Validation.Progress() {
                @Override
                public void begins(String operation) {}

                @Override
                public void soFar(ValidationRecord record) {}
            };
            assertThatThrownBy(() -> validation.run(plan, quiet))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a mistake");
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
