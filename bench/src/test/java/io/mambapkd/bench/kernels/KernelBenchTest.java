package io.mambapkd.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.bench.kernels.KernelBench.Effort;
import io.mambapkd.bench.kernels.KernelShape.Kind;
import io.mambapkd.bench.kernels.Measurement.Outcome;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.Tolerance;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KernelBenchTest {
    private static final KernelShape SHAPE = new KernelShape("X", Kind.SEQUENCE, List.of(6, 3, 8, 2));
    /** Without the data set of 60,000 images of 784 bytes. */
    private static final long LITTLE_MEMORY = 32 << 20;

    private final Backend cpu = new CpuBackend(1);
    private CudaBackend device;

    @BeforeEach
    void open() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        device = (CudaBackend) EmulatedDriver.openPacked(Steps.GRAPH);
    }

    @AfterEach
    void close() {
        if (device != null) {
            device.close();
        }
        cpu.close();
    }

    private final List<Measurement> told = new ArrayList<>();

    private List<Measurement> measure(int seconds, String shapes, String... operations) {
        KernelBench.Plan plan =
                new KernelBench.Plan(KernelShape.parse(shapes), List.of(operations), List.of(), Effort.QUICK, seconds);
        return new KernelBench(cpu, device, plan).measure(told::add);
    }

    @Test
    void theFirstSizeOfEveryOperationComesFirstAndSizesOfAnOperationStandTogether() {
        List<Measurement> rows = measure(60, "1,2,3,4;R1;2,3,4,5;R2", "convert", "softmax");
        assertThat(told).extracting(Measurement::shape).containsExactly("1,2,3,4", "R1", "2,3,4,5", "R2");
        assertThat(rows).extracting(Measurement::shape).containsExactly("1,2,3,4", "2,3,4,5", "R1", "R2");
    }

    private Ceilings ceilings(CudaBackend backend) {
        KernelBench.Plan plan = new KernelBench.Plan(List.of(), List.of(), List.of(), Effort.QUICK, 60);
        return new KernelBench(cpu, backend, plan).ceilings();
    }

    @Test
    void everyCeilingIsMeasuredAndThatOfGraphNodesOnlyWhereThereAreGraphs() {
        Ceilings ceilings = ceilings(device);
        assertThat(List.of(
                        ceilings.driverCopy(),
                        ceilings.kernelCopy(),
                        ceilings.exps(),
                        ceilings.shuffles(),
                        ceilings.broadcasts(),
                        ceilings.nodeNanoseconds()))
                .allMatch(rate -> rate > 0 && rate < Double.POSITIVE_INFINITY);
        device.close();
        device = (CudaBackend) EmulatedDriver.openPacked(Steps.EAGER);
        assertThat(ceilings(device).nodeNanoseconds()).isZero();
    }

    /** 132 multiprocessors that each do 500 instructions in 1,000 cycles. */
    @Test
    void instructionsACycleAreThoseOfOneMultiprocessor() {
        assertThat(CeilingTimer.perClock(132 * 500, 132, 1000)).isEqualTo(0.5);
    }

    @Test
    void whatThereIsNoTimeForIsSkippedWithTheReason() {
        assertThat(measure(0, "R1", "softmax", "dropout")).hasSize(2).allSatisfy(row -> {
            assertThat(row.outcome()).isEqualTo(Outcome.SKIPPED);
            assertThat(row.remark()).isEqualTo("no time was left of the 0 s");
        });
    }

    @Test
    void whatDoesNotFitIntoTheMemoryIsSkippedWithTheReasonAndTheRestGoesOn() {
        long before = EmulatedDriver.memoryLimit();
        EmulatedDriver.limitMemory(LITTLE_MEMORY);
        try {
            List<Measurement> rows = measure(60, "R1", "gather_images", "softmax");
            assertThat(rows)
                    .extracting(Measurement::operation, Measurement::outcome)
                    .containsExactlyInAnyOrder(
                            org.assertj.core.groups.Tuple.tuple("gather_images", Outcome.SKIPPED),
                            org.assertj.core.groups.Tuple.tuple("softmax", Outcome.MEASURED));
            assertThat(rows).anyMatch(row -> row.remark().matches("needs 45 MiB but \\d+ MiB are free"));
        } finally {
            EmulatedDriver.limitMemory(before);
        }
    }

    @Test
    void buffersGoRoundTwiceTheCache() throws NoRoomException {
        KernelOperation add = operation((t, backend) -> () -> {});
        // A tensor of 6 x 3 x 8 floats that is read: 576 bytes; 10 of them are what it takes to be larger than 2 x
        // 2,592.
        try (RotatingBuffers buffers = new RotatingBuffers(add, SHAPE, DType.F32, device, 256, 2_592, Long.MAX_VALUE)) {
            assertThat(buffers.count()).isEqualTo(1 + 9);
        }
    }

    /** Reads one tensor. */
    private static KernelOperation operation(KernelOperation.Declaration launch) {
        return new KernelOperation("test", Kind.SEQUENCE, (t, backend) -> {
            t.activations(-1, 1, t.extent('L'), t.extent('D'));
            return launch.declare(t, backend);
        });
    }

    @Test
    void anOperationThatIsWrongOnTheDeviceIsFound() {
        KernelOperation wrong = new KernelOperation("test", Kind.SEQUENCE, (t, backend) -> {
            Tensor x = t.activations(1, 2, t.extent('L'), t.extent('D'));
            Tensor y = t.writtenActivations(1, t.extent('L'), t.extent('D'));
            return () -> {
                backend.pointwise().add(x, x, y);
                if (backend == device) {
                    backend.zero(y.slices(5, 1));
                }
            };
        });
        KernelCheck.Verdict verdict = new KernelCheck(cpu, device).beside(wrong, SHAPE, DType.F32);
        assertThat(verdict.isRight()).isFalse();
        assertThat(verdict.problem()).startsWith("output 1 (6, 3, 8), element ").contains("got 0.0");
    }

    @Test
    void anOperationThatIsWrongInItsLastSamplesOnlyAtFullSizeIsFound() {
        KernelOperation wrong = new KernelOperation("test", Kind.SEQUENCE, (t, backend) -> {
            Tensor x = t.activations(1, 2, t.extent('L'), t.extent('D'));
            Tensor y = t.writtenActivations(1, t.extent('L'), t.extent('D'));
            return () -> {
                backend.pointwise().add(x, x, y);
                if (y.shape().extent(0) > 2) {
                    backend.zero(y.slices(5, 1));
                }
            };
        });
        try (KernelTensors tensors = new KernelTensors(device, SHAPE, DType.F32, 2, 1)) {
            Runnable launch = wrong.declaration().declare(tensors, device);
            tensors.fill();
            launch.run();
            assertThat(new KernelCheck(cpu, device).repeated(tensors, 2)).contains("samples 4 and later of (6, 3, 8)");
        }
    }

    /** What {@link KernelCheck#repeated} says of samples from 4 on that are off by so much, of values from 1 to 2. */
    private String offBy(double error, boolean library) {
        KernelOperation copy = new KernelOperation("test", Kind.SEQUENCE, (t, backend) -> {
            Tensor y = t.writtenActivations(1, t.extent('L'), t.extent('D'));
            if (library) {
                t.ofLibrary();
            }
            return () -> {
                int sample = t.extent('L') * t.extent('D');
                float[] values = new float[6 * sample];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (1 + i % sample / (double) sample + (i < 4 * sample ? 0 : error));
                }
                backend.upload(values, y);
            };
        });
        try (KernelTensors tensors = new KernelTensors(device, SHAPE, DType.F32, 2, 1)) {
            Runnable launch = copy.declaration().declare(tensors, device);
            tensors.fill();
            launch.run();
            return new KernelCheck(cpu, device).repeated(tensors, 2);
        }
    }

    @Test
    void equalSamplesOfALibraryMayDifferByTwiceTheToleranceAndThoseOfOurKernelsByNothing() {
        // The largest value is 2 - 1/24.
        double tolerance = Tolerance.ofSum(1) * (2 - 1 / 24.0);
        assertThat(offBy(0, true)).isEmpty();
        assertThat(offBy(0, false)).isEmpty();
        assertThat(offBy(1.9 * tolerance, true)).isEmpty();
        assertThat(offBy(1.9 * tolerance, false)).contains("are not the same to the bit as the first");
        assertThat(offBy(2.2 * tolerance, true))
                .startsWith("samples 4 and later of (6, 3, 8), element ")
                .endsWith(" times the tolerance for two results, as the first samples have the same inputs");
    }

    @Test
    void onlyResultsInWhichALibraryHasAPartNeedNotBeEqualToTheBit() {
        List<String> ofLibraries = new ArrayList<>();
        for (KernelOperation operation : KernelOperations.selected(List.of(), List.of())) {
            KernelShape shape = KernelShape.NAMED.stream()
                    .filter(named -> named.kind() == operation.kind())
                    .findFirst()
                    .orElseThrow()
                    .quick();
            try (KernelTensors tensors =
                    new KernelTensors(device, shape, operation.types().get(0), 1, 1)) {
                operation.declaration().declare(tensors, device);
                if (tensors.outputs().stream()
                        .anyMatch(output -> output.extent() == KernelOutput.Extent.LIBRARY_SAMPLES)) {
                    ofLibraries.add(operation.name() + " " + operation.variant());
                }
            }
        }
        assertThat(ofLibraries)
                .containsExactlyInAnyOrder(
                        "delta_scan shipped",
                        "product_in shipped",
                        "norm_projection_forward separate",
                        "norm_projection_backward separate",
                        "conv_projection_forward separate",
                        "conv_projection_backward separate",
                        "mixing_forward separate",
                        "mixing_backward separate",
                        "projection_forward separate",
                        "projection_backward separate",
                        "conv2d_forward shipped",
                        "conv2d_backward_data shipped");
    }

    @Test
    void aValueThatIsNotANumberIsWrong() {
        assertThat(KernelCheck.compare(new float[] {1, 2}, new float[] {1, Float.NaN}, 0.1, "y")
                        .isRight())
                .isFalse();
        assertThat(KernelCheck.compare(new float[] {1, 200}, new float[] {1, 219}, 0.1, "y")
                        .errorOfTolerance())
                .isEqualTo(0.95);
    }
}
