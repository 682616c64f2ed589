package io.mambapkd.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.data.Dataset;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.SmallRun;
import io.mambapkd.train.settings.RunSpec;
import java.lang.reflect.Proxy;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The times in a plan. */
final class RunPlanTest {
    private static final MemoryNeed LITTLE = new MemoryNeed(1, 1, 1, "teacher", "teacher");

    private final CpuBackend cpu = new CpuBackend(2);

    @AfterEach
    void close() {
        cpu.close();
    }

    private static RunPlan plan(Backend backend, BooleanSupplier stopRequested) {
        Dataset dataset = Data.of(256, 28, 28);
        return RunPlan.of(Data.spec(), dataset, Extent.GROUP, backend, LITTLE, stopRequested);
    }

    @Test
    void aPlanWithoutTimesWhereThoseOfTheDeviceSayNothing() {
        Backend emulated = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) ->
                        method.getName().equals("isEmulated") ? true : method.invoke(cpu, arguments));
        RunPlan plan = plan(emulated, () -> false);
        assertThat(plan.times()).isEmpty();
        assertThat(plan.parameters()).hasSize(8);
    }

    @Test
    void studentsThatReadTheLogitsOfTheirGroupAreTimedToo() {
        RunSpec spec = SmallRun.spec("student.reuse=logits", "student.images=64", "teacher.images=64");
        RunPlan plan = RunPlan.of(spec, Data.of(256, 28, 28), Extent.GROUP, cpu, LITTLE, () -> false);
        assertThat(plan.times().orElseThrow().students())
                .hasSize(3)
                .allSatisfy(seconds -> assertThat(seconds).isPositive());
    }

    @Test
    void aPlanWhoseStepsAreTimedEndsWhereTheUserAsksForIt() {
        assertThatThrownBy(() -> plan(cpu, () -> true))
                .isInstanceOf(RunStopped.class)
                .hasMessage("stopped while timing teacher");
    }
}
