package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.InputException;
import io.mambapkd.bench.step.StepBenchmark.Role;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceClock;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.train.feed.DataPlacement.Limit;
import io.mambapkd.train.run.SmallRun;
import io.mambapkd.train.settings.RunSpec;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("run")
class StepBenchmarkTest {
    private static final int LAUNCHES = 4;

    /** The loss of the last step of each launch, and how many steps a launch has. */
    private static float[] losses(Backend backend, Role role, int index, String... settings) {
        RunSpec spec = SmallRun.spec(settings);
        float[] losses = new float[LAUNCHES];
        try (StepBenchmark step = StepBenchmark.of(role, index, spec, SmallRun.dataset(spec), backend, 1000)) {
            assertThat(step.batch()).isEqualTo(32);
            for (int i = 0; i < LAUNCHES; i++) {
                step.launch();
                assertThat(step.isAhead()).isTrue();
                losses[i] = step.await();
            }
            assertThat(step.isAhead()).isFalse();
            assertThat(step.nodesPerLaunch()).isZero();
        }
        return losses;
    }

    @Test
    void theStepsOfTeacherAndStudentsTrain() {
        try (Backend backend = new CpuBackend(2)) {
            assertThat(losses(backend, Role.TEACHER, 0)[LAUNCHES - 1]).isBetween(0.1f, 10f);
            float[] first = losses(backend, Role.STUDENT, 0);
            float[] second = losses(backend, Role.STUDENT, 1);
            assertThat(first[LAUNCHES - 1]).isBetween(0.01f, 10f).isNotEqualTo(first[0]);
            assertThat(second[LAUNCHES - 1]).isBetween(0.01f, 10f).isNotEqualTo(first[LAUNCHES - 1]);
        }
    }

    @Test
    void aPrecisionThatTheBackendLacksIsRefused() {
        try (Backend backend = new CpuBackend(1)) {
            assertThatThrownBy(() -> losses(backend, Role.STUDENT, 0, "student.precision=bf16"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("student.precision is bf16");
        }
    }

    /** The images are the same wherever they come from, so the losses are close, and the streamed launch has one step and takes batches from the host. */
    @Test
    void aStepWithoutRoomForItsDataTakesThemFromTheHost() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        RunSpec spec = SmallRun.spec("student.images=64", "student.copies=1");
        Map<Limit, Float> losses = new EnumMap<>(Limit.class);
        Map<Limit, Integer> stepsPerLaunch = new EnumMap<>(Limit.class);
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH)) {
            for (Limit limit : Limit.values()) {
                try (StepBenchmark step =
                        StepBenchmark.of(Role.STUDENT, 0, spec, SmallRun.dataset(spec), backend, 1000, limit)) {
                    stepsPerLaunch.put(limit, step.stepsPerLaunch());
                    for (int done = 0; done < 8; done += step.stepsPerLaunch()) {
                        step.launch();
                        losses.put(limit, step.await());
                    }
                }
            }
        }
        assertThat(stepsPerLaunch.get(Limit.DEVICE)).isGreaterThan(1);
        assertThat(stepsPerLaunch.get(Limit.NONE)).isEqualTo(1);
        assertThat(losses.get(Limit.NONE)).isCloseTo(losses.get(Limit.DEVICE), within(1e-3f));
    }

    @Test
    void onTheEmulatedDriverReplayedStepsAreTimedAndLeaveNothingBehind() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        try (CudaBackend backend = (CudaBackend) EmulatedDriver.openPacked(Steps.GRAPH)) {
            assertThat(backend.isEmulated()).isTrue();
            assertThat(backend.deviceName()).contains("emulated");
            assertThat(backend.driverRelease()).matches("\\d+\\.\\d");
            RunSpec spec = SmallRun.spec("student.images=64", "student.copies=1");
            try (DeviceClock clock = backend.newClock();
                    StepBenchmark step =
                            StepBenchmark.of(Role.STUDENT, 0, spec, SmallRun.dataset(spec), backend, 1000)) {
                clock.start();
                for (int i = 0; i < 3; i++) {
                    step.launch();
                    assertThat(step.await()).isFinite();
                }
                assertThat(step.nodesPerLaunch())
                        .isPositive()
                        .isEqualTo(EmulatedDriver.lastGraph().all());
                clock.stop();
                assertThat(clock.microseconds()).isGreaterThanOrEqualTo(0);
            }
            long before = EmulatedDriver.liveObjects();
            try (DeviceClock clock = backend.newClock()) {
                assertThat(EmulatedDriver.liveObjects()).as("%s", clock).isEqualTo(before + 2);
            }
            assertThat(EmulatedDriver.liveObjects()).isEqualTo(before);
        }
    }
}
