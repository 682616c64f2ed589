package io.mambapkd.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.bench.kernels.KernelBench.Effort;
import io.mambapkd.bench.kernels.KernelShape.Kind;
import io.mambapkd.bench.kernels.Measurement.Outcome;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.ListedWork;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.tensor.DType;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Fused parts of a Mamba block and the operations that they stand for, on the emulated driver. */
@Tag("run")
class BlockKernelsTest {
    private static final List<KernelOperation> ALL = BlockKernels.all();

    @BeforeEach
    void isBuilt() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    /** Of 6 channels, which no fused kernel takes: rows are read by four elements. */
    @Test
    void whatTheBackendRefusesIsSkippedWithTheReasonAndTheSeparateOperationsAreMeasured() {
        List<String> names = ALL.stream().map(KernelOperation::name).distinct().toList();
        KernelBench.Plan plan = new KernelBench.Plan(
                List.of(new KernelShape("six", Kind.BLOCK, List.of(3, 5, 6, 2))), names, List.of(), Effort.QUICK, 60);
        try (Backend cpu = new CpuBackend(1);
                CudaBackend device = (CudaBackend) EmulatedDriver.openPacked(Steps.GRAPH)) {
            List<Measurement> rows = new KernelBench(cpu, device, plan).measure(row -> {});
            assertThat(rows).hasSize(2 * ALL.size()).allSatisfy(row -> {
                boolean fused = row.variant().equals(KernelOperation.SHIPPED);
                assertThat(row.outcome()).as(row.remark()).isEqualTo(fused ? Outcome.SKIPPED : Outcome.MEASURED);
                assertThat(row.remark())
                        .isEqualTo(
                                fused
                                        ? "this device has no kernel for it at this size, where layers launch several"
                                        : "");
            });
        }
    }

    /** Partial rows, which the declaration leaves out, are written and read, the latter by what adds them. */
    @Test
    void declaredBytesAreThoseThatKernelsAndLibrariesMoveButForPartialRows() {
        KernelShape shape = new KernelShape("small", Kind.BLOCK, List.of(24, 28, 32, 8));
        try (Backend device = EmulatedDriver.open(EmulatedDriver.Build.CHECKED, 0)) {
            for (KernelOperation operation : ALL) {
                for (DType type : operation.types()) {
                    try (KernelTensors tensors = new KernelTensors(device, shape, type, 24, KernelCheck.SEED)) {
                        Runnable launch = operation.declaration().declare(tensors, device);
                        tensors.fill();
                        ListedWork.start(ListedWork.Mode.LISTED);
                        launch.run();
                        List<ListedWork> works = ListedWork.take();
                        ListedWork.start(ListedWork.Mode.NOT_LISTED);
                        long moved = works.stream().mapToLong(ListedWork::bytes).sum();
                        long added = works.stream()
                                .filter(work -> work.name().startsWith("reduce_columns"))
                                .mapToLong(ListedWork::bytes)
                                .sum();
                        assertThat(moved)
                                .as(operation.name() + " " + operation.variant() + " "
                                        + type.name().toLowerCase(Locale.ROOT))
                                .isBetween(
                                        tensors.work().bytes(), tensors.work().bytes() + 2 * added);
                    }
                }
            }
        }
    }
}
