package io.mambapkd.ops.cuda.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.GradientAssembly;
import io.mambapkd.ops.GradientCheck;
import io.mambapkd.ops.Replay;
import io.mambapkd.ops.TestTensors;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the operations of a backend do not show: sums that are multiplied by a decay, graphs, and steps that are not alike. */
class CudaAssemblyTest {
    private static final int LANES = 32;
    private static final int ROWS = 300;
    private static final int FEW_ROWS = 3;

    @BeforeEach
    void needsTheEmulatedDriver() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    /** Gradients of A_log (7, 5), D (7) and a weight (6, 4), with the inputs of the operations that add to them. */
    private static final class Model implements AutoCloseable {
        private final Backend backend;
        private final DeviceContext context;
        private final PartialRows partialRows;
        private final Kernel copyRows;
        private final Arena arena;
        final Tensor aLog;
        final Tensor skip;
        final Tensor weight;
        final Tensor flat;
        final Tensor logarithms;
        final Tensor wide;
        final Tensor few;
        final Tensor left;
        final Tensor right;
        final Tensor norm;
        final Tensor factor;
        private float[] wideValues = {};
        private float[] fewValues = {};

        Model(Backend backend) {
            this.backend = backend;
            context = ((CudaBackend) backend).context();
            partialRows = new PartialRows(context);
            copyRows = context.kernel("pointwise", "pointwise_column_sums_f32");
            arena = backend.newArena("gradients", Arena.Layout.FLAT);
            aLog = arena.allocate("dA_log", 7, 5);
            skip = arena.allocate("dD", 7);
            weight = arena.allocate("dWeight", 6, 4);
            arena.seal();
            flat = arena.flat(DType.F32, 0, arena.planned(DType.F32));
            TestTensors of = new TestTensors(backend);
            logarithms = of.of(TestTensors.random(1, 7, 5), 7, 5);
            wide = of.unwritten(ROWS, 42);
            few = of.unwritten(FEW_ROWS, 10);
            left = of.of(TestTensors.random(2, 3, 6), 3, 6);
            right = of.of(TestTensors.random(3, 3, 4), 3, 4);
            norm = of.unwritten(1);
            factor = of.unwritten(1);
        }

        void draw(int step) {
            wideValues = TestTensors.random(10 + step, ROWS, 42);
            fewValues = TestTensors.random(20 + step, FEW_ROWS, 10);
            backend.upload(wideValues, wide);
            backend.upload(fewValues, few);
        }

        /** Leaves the rows of a matrix as partial rows. */
        private PartialRows.Rows rowsOf(Tensor x) {
            int columns = x.shape().last();
            PartialRows.Rows rows = partialRows.rows(x.shape().rows(), columns);
            context.launch(copyRows)
                    .address(rows.address())
                    .tensor(x)
                    .int32(x.shape().rows())
                    .int32(columns)
                    .int32(1)
                    .int32(LANES)
                    .int32(columns)
                    .float32(1)
                    .grid((long) x.shape().rows() * ((columns + LANES - 1) / LANES));
            return rows;
        }

        /** Many rows to both gradients, then few to the last two rows of the first. */
        void scan() {
            partialRows.addDecay(rowsOf(wide), aLog, logarithms, skip);
            partialRows.addDecay(rowsOf(few), aLog.slices(5, 2), logarithms.slices(5, 2));
        }

        void product() {
            backend.gemm().multiply(left, Transpose.YES, right, Transpose.NO, Write.ADD, weight);
        }

        void step(GradientAssembly assembly, Runnable... operations) {
            assembly.begin();
            Arrays.stream(operations).forEach(Runnable::run);
            assembly.end(1, norm, factor, null);
        }

        double[] expectedOfScan() {
            double[] expected = new double[Math.toIntExact(skip.offset()) + 7];
            float[] logs = backend.download(logarithms);
            for (int column = 0; column < 42; column++) {
                int at = column;
                double sum = IntStream.range(0, ROWS)
                        .mapToDouble(row -> wideValues[row * 42 + at])
                        .sum();
                double later = column < 25 || column >= 35
                        ? 0
                        : IntStream.range(0, FEW_ROWS)
                                .mapToDouble(row -> fewValues[row * 10 + at - 25])
                                .sum();
                if (column < 35) {
                    expected[column] = -Math.exp(logs[column]) * (sum + later);
                } else {
                    expected[Math.toIntExact(skip.offset()) + column - 35] = sum;
                }
            }
            return expected;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Steps.class)
    void sumsAreMultipliedByTheDecay(Steps steps) {
        try (Backend backend = EmulatedDriver.openPacked(steps);
                Model model = new Model(backend);
                GradientAssembly assembly = backend.assembly(model.flat);
                Replay replay = backend.replay(() -> model.step(assembly, model::scan, model::product))) {
            for (int step = 0; step < 4; step++) {
                model.draw(step);
                replay.run();
                double[] expected = model.expectedOfScan();
                float[] actual = Arrays.copyOf(backend.download(model.flat), expected.length);
                GradientCheck.close("gradients of step " + step, actual, expected, 3e-6);
            }
        }
    }

    /** The kernels that leave partial rows, the assembly, and the norm. */
    @Test
    void stepOfSumsAloneHasTwoNodesAfterItsOperations() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH);
                Model model = new Model(backend);
                GradientAssembly assembly = backend.assembly(model.flat);
                Replay replay = backend.replay(() -> model.step(assembly, model::scan))) {
            model.draw(0);
            replay.run();
            replay.run();
            assertThat(EmulatedDriver.lastGraph().kernels()).isEqualTo(2 + 2);
            assertThat(EmulatedDriver.lastGraph().fills()).isZero();
        }
    }

    @Test
    void gradientsThatOperationsAddToAreSetToZero() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH);
                Model model = new Model(backend);
                GradientAssembly assembly = backend.assembly(model.flat);
                Replay replay = backend.replay(() -> model.step(assembly, model::product, model::scan))) {
            model.draw(0);
            float[] first = {};
            for (int step = 0; step < 3; step++) {
                replay.run();
                float[] actual = backend.download(model.weight);
                first = step == 0 ? actual : first;
                assertThat(actual).isEqualTo(first);
            }
            assertThat(EmulatedDriver.lastGraph().fills()).isEqualTo(1);
        }
    }

    @Test
    void stepWithOtherOperationsIsRefused() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.EAGER);
                Model model = new Model(backend);
                GradientAssembly assembly = backend.assembly(model.flat)) {
            model.draw(0);
            model.step(assembly, model::scan);
            assertThatThrownBy(() -> model.step(assembly, model::product))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("an operation that adds to dWeight (6, 4) F32 itself");
            assertThatThrownBy(() -> model.step(assembly))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("0 sums instead of 3");
            assertThatThrownBy(() -> model.step(assembly, model::scan, model::scan))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("partial rows of 50432 bytes");
            PartialRows rows = new PartialRows(model.context);
            assertThatThrownBy(() -> model.step(assembly, () -> rows.add(rows.rows(ROWS, 42), model.aLog, model.skip)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a sum of 300 partial rows for dA_log (7, 5) F32 as number 0");
            model.step(assembly, model::scan);
            double[] expected = model.expectedOfScan();
            float[] actual = Arrays.copyOf(backend.download(model.flat), expected.length);
            GradientCheck.close("gradients", actual, expected, 3e-6);
        }
    }

    @Test
    void firstStepCannotBeCaptured() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH);
                Model model = new Model(backend);
                GradientAssembly assembly = backend.assembly(model.flat)) {
            model.draw(0);
            boolean[] ran = {false};
            try (Replay replay = backend.replay(() -> {
                if (ran[0]) {
                    model.step(assembly, model::scan);
                }
                ran[0] = true;
            })) {
                replay.run();
                assertThatThrownBy(replay::run)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("while launches are captured; run the step once before");
            }
        }
    }

    @Test
    void endWithoutBeginIsRefused() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.EAGER);
                Model model = new Model(backend);
                GradientAssembly assembly = backend.assembly(model.flat)) {
            assertThatThrownBy(() -> assembly.end(1, model.norm, model.factor, null))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("ends without a begin");
        }
    }

    @Test
    void whatAnAssemblyHoldsIsGivenBack() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.EAGER);
                Model model = new Model(backend)) {
            model.draw(0);
            // Loads the kernels.
            try (GradientAssembly assembly = backend.assembly(model.flat)) {
                model.step(assembly, model::scan);
            }
            long before = EmulatedDriver.liveObjects();
            try (GradientAssembly assembly = backend.assembly(model.flat)) {
                model.step(assembly, model::scan);
                assertThat(EmulatedDriver.liveObjects()).isGreaterThan(before);
            }
            assertThat(EmulatedDriver.liveObjects()).isEqualTo(before);
        }
    }
}
