package io.mambapkd.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.Replay;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A step that is warm asks the device for work and for nothing else. */
class SteadyStateTest {
    private static final int BATCH = 4;
    private static final int CLASSES = 3;
    private static final int FEATURES = 32;
    private static final int WARM_UPS = 50;
    private static final int STEPS = 100;
    private static final long MOST_GARBAGE_BYTES = 1024;

    @BeforeEach
    void needsTheEmulatedDriver() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    /** One step of a classifier of one convolution and one layer, as the backend repeats it. */
    private static SteadyState measure(Backend backend) {
        try (Arena arena = backend.newArena("steady", Arena.Layout.FLAT)) {
            Tensor images = arena.allocate("images", BATCH, 4, 4, 1);
            Tensor filter = arena.allocate("filter", 2, 1, 3, 3);
            Tensor maps = arena.allocate("maps", BATCH, 4, 4, 2);
            Tensor features = arena.allocate("features", BATCH, FEATURES);
            Tensor weight = arena.allocate("weight", FEATURES, CLASSES);
            Tensor dWeight = arena.allocate("dWeight", FEATURES, CLASSES);
            Tensor m = arena.allocate("m", FEATURES, CLASSES);
            Tensor v = arena.allocate("v", FEATURES, CLASSES);
            Tensor logits = arena.allocate("logits", BATCH, CLASSES);
            Tensor dLogits = arena.allocate("dLogits", BATCH, CLASSES);
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(BATCH));
            Tensor schedule = arena.allocate("schedule", 1, OptimizerOps.SCHEDULE);
            Tensor statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
            Tensor norm = arena.allocate("norm", 1);
            Tensor factor = arena.allocate("factor", 1);
            Tensor number = arena.allocate("number", DType.I32, Shape.of(1));
            arena.seal(BATCH);
            backend.upload(new float[] {0.01f, 1, 1}, schedule);
            backend.upload(new int[] {1}, number);
            OptimizerOps.Step update = new OptimizerOps.Step(schedule, number, factor, null);
            Conv2dOps.Options same = new Conv2dOps.Options(3, 1, 1);
            DistillationLossOps.Options loss = DistillationLossOps.Options.crossEntropy(0);
            DistillationLossOps.Inputs inputs = new DistillationLossOps.Inputs(logits, null, null, labels, null, BATCH);
            OptimizerOps.AdamW adamW = new OptimizerOps.AdamW(0.9, 0.999, 1e-8, 0.01);
            Runnable work = () -> {
                backend.conv2d().forward(same, images, filter, null, maps);
                backend.conv2d().backwardWeights(same, images, maps, filter, null);
                backend.gemm().multiply(features, Transpose.NO, weight, Transpose.NO, Write.OVERWRITE, logits);
                backend.distillationLoss().lossAndGradient(loss, inputs, dLogits, null, statistics);
                backend.zero(dWeight);
                backend.gemm().multiply(features, Transpose.YES, dLogits, Transpose.NO, Write.ADD, dWeight);
                Tensor gradients = flat(dWeight);
                backend.optimizer().gradientNorm(1, gradients, norm, factor, null);
                backend.optimizer().adamW(adamW, update, FEATURES * CLASSES, flat(weight), gradients, flat(m), flat(v));
            };
            try (Replay step = backend.replay(work)) {
                return SteadyState.of(WARM_UPS, STEPS, step::run);
            }
        }
    }

    private static Tensor flat(Tensor tensor) {
        return tensor.reshape(FEATURES * CLASSES);
    }

    @Test
    void replayedStepAllocatesNothingWaitsForNothingAndLeavesNoGarbage() {
        try (Backend cuda = EmulatedDriver.openPacked(Steps.GRAPH)) {
            SteadyState cost = measure(cuda);
            assertThat(cost.allocations()).isZero();
            assertThat(cost.waits()).isZero();
            assertThat(cost.eventWaits()).isZero();
            // The context made current, and the launch of the graph.
            assertThat(cost.calls()).isEqualTo(2L * STEPS);
            assertThat(cost.garbagePerStep()).isLessThan(MOST_GARBAGE_BYTES);
        }
    }

    @Test
    void eagerStepAllocatesNothingOnTheDeviceAndWaitsForNothing() {
        try (Backend cuda = EmulatedDriver.openPacked(Steps.EAGER)) {
            SteadyState cost = measure(cuda);
            assertThat(cost.allocations()).isZero();
            assertThat(cost.waits()).isZero();
            assertThat(cost.eventWaits()).isZero();
            assertThat(cost.calls()).isGreaterThan(2L * STEPS);
        }
    }

    @Test
    void whatAStepMustNotDoIsSeen() {
        try (Backend cuda = EmulatedDriver.openPacked(Steps.EAGER);
                Arena arena = cuda.newArena("read")) {
            Tensor x = arena.allocate("x", 1);
            arena.seal();
            float[] kept = new float[1];
            SteadyState reading = SteadyState.of(1, STEPS, () -> cuda.download(x, kept, 0));
            assertThat(reading.eventWaits()).isGreaterThanOrEqualTo(STEPS);
            SteadyState allocating = SteadyState.of(1, STEPS, () -> {
                try (Arena passing = cuda.newArena("passing")) {
                    passing.allocate("y", 1);
                    passing.seal();
                }
            });
            assertThat(allocating.allocations()).isEqualTo(STEPS);
            assertThat(allocating.waits()).isGreaterThanOrEqualTo(STEPS);
            SteadyState littering = SteadyState.of(1, STEPS, () -> kept[0] += new float[1000].length);
            assertThat(littering.garbagePerStep()).isGreaterThan(MOST_GARBAGE_BYTES);
        }
    }
}
