package io.mambapkd.nn.mamba;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which scans save states within the sequence: those of a training, of more steps than a segment has. */
class ScanStatesTest {
    private static final int BATCH = 2;
    private static final int WIDTH = 3;

    private final Backend cpu = new CpuBackend(1);

    /** What the scans were given for their states. */
    private final List<@Nullable Tensor> given = new ArrayList<>();

    @AfterEach
    void close() {
        cpu.close();
    }

    /** The CPU, with a scan that notes what it is given. */
    private Backend noting() {
        ScanOps scan = (ScanOps) Proxy.newProxyInstance(
                ScanOps.class.getClassLoader(), new Class<?>[] {ScanOps.class}, (self, method, arguments) -> {
                    if (method.getName().equals("forward")) {
                        given.add((Tensor) arguments[4]);
                    }
                    return invoke(method, cpu.scan(), arguments);
                });
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (self, method, arguments) -> method.getName().equals("scan") ? scan : invoke(method, cpu, arguments));
    }

    private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException failure) {
            throw failure.getCause();
        }
    }

    private void forward(MixerSpec.Direction direction, int length, Mode mode) {
        given.clear();
        Backend backend = noting();
        Parameters parameters = new Parameters(backend, "test");
        try (Arena arena = backend.newArena("test")) {
            MambaMixer mixer = new MambaMixer(MixerSpec.standard(2 * WIDTH, 4, 1, 4, MixerSpec.Kind.SCAN, direction));
            LayerPlan plan = new LayerPlan(backend, parameters, arena, "");
            Shape shape = Shape.of(BATCH, length, WIDTH);
            mixer.allocate(plan, shape);
            Tensor x = plan.tensor("x", shape);
            Tensor y = plan.tensor("y", shape);
            arena.seal();
            parameters.seal();
            parameters.initialise(1, 0);
            mixer.forward(x, y, mode);
        }
    }

    @Test
    void aTrainingKeepsTheStatesOfEachScanOfALongSequence() {
        forward(MixerSpec.Direction.BIDIRECTIONAL, 105, Mode.TRAINING);
        assertThat(given).hasSize(2).doesNotContainNull().doesNotHaveDuplicates();
        assertThat(given).extracting(Tensor::shape).containsOnly(Shape.of(BATCH, 2, 2 * WIDTH, 4));
    }

    @Test
    void anEvaluationKeepsNone() {
        forward(MixerSpec.Direction.BIDIRECTIONAL, 105, Mode.INFERENCE);
        assertThat(given).hasSize(2).containsOnlyNulls();
    }

    @Test
    void aSequenceOfOneSegmentHasNone() {
        forward(MixerSpec.Direction.FORWARD, 52, Mode.TRAINING);
        assertThat(given).hasSize(1).containsOnlyNulls();
        forward(MixerSpec.Direction.FORWARD, 53, Mode.TRAINING);
        assertThat(given).hasSize(1).doesNotContainNull();
    }
}
