package io.mambapkd.validate;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.results.Origin;
import io.mambapkd.results.ValidationRecord;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SensitivityTest {
    private static final long SEED = 3;

    private final Backend cpu = new CpuBackend(1);

    @AfterEach
    void closeBackend() {
        cpu.close();
    }

    /** The gradient of a ReLU of images, where the upstream gradient is 5 everywhere. */
    private double largestMove(double low, double high) {
        Operation operation = new Operation("bent", trial -> {
                    Tensor x = trial.zeros(64);
                    trial.backend().upload(trial.images(low, high, Shape.of(64)), x);
                    Tensor dx = trial.unwritten(64);
                    trial.backend().activation().backward(Activation.RELU, x, trial.uniform(5, 5, 64), dx);
                    trial.result("dx", dx, 1);
                })
                .withBends();
        try (Trial trial = new Trial(cpu, operation.types().get(0), Extents.DRAWN, SEED, 1)) {
            operation.work().run(trial);
            return Sensitivity.of(
                    operation,
                    trial.results(),
                    moved -> new Trial(cpu, operation.types().get(0), Extents.DRAWN, SEED, 1, moved))[0];
        }
    }

    /** All of the gradient, either way. */
    @Test
    void valuesThatARoundingTakesOverABendMoveTheirWholeGradient() {
        assertThat(largestMove(-1e-6, 1e-6)).isEqualTo(10);
        assertThat(largestMove(-1e-6, 0)).isEqualTo(10);
    }

    @Test
    void valuesFarFromABendMoveNothing() {
        assertThat(largestMove(0.5, 1)).isZero();
        assertThat(largestMove(-1, -0.5)).isZero();
    }

    /** A backend whose batch norm takes 100 times the epsilon that it is given, an error of less than a thousandth. */
    private Backend broken() {
        BatchNormOps norm = (BatchNormOps) proxy(BatchNormOps.class, cpu.batchNorm(), (name, arguments) -> {
            for (int i = 0; i < arguments.length; i++) {
                if (arguments[i] instanceof BatchNormOps.Options options) {
                    arguments[i] =
                            new BatchNormOps.Options(100 * options.epsilon(), options.momentum(), options.activation());
                }
            }
            return null;
        });
        return (Backend) proxy(Backend.class, cpu, (name, arguments) -> name.equals("batchNorm") ? norm : null);
    }

    /** What a call is answered by, or null for the real answer. */
    @FunctionalInterface
    private interface Answer {
        Object of(String method, Object[] arguments);
    }

    private static Object proxy(Class<?> type, Object real, Answer answer) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            Object other = answer.of(method.getName(), arguments == null ? new Object[0] : arguments);
            try {
                return other == null ? method.invoke(real, arguments) : other;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    @Test
    void aFaultOfAnOperationIsFoundInStepsWithBends() {
        Origin origin = new Origin("a GPU", "12.8", "2026-01-02T03:04:05Z", "0123abcd", "a command", false);
        ValidationRecord record = new Validation(cpu, broken(), origin)
                .run(new Validation.Plan(List.of("teacher_step"), "", 6, SEED, List.of()), new Validation.Progress() {
                    @Override
                    public void begins(String operation) {}

                    @Override
                    public void soFar(ValidationRecord soFar) {}
                });
        assertThat(record.failures().stream().map(ValidationRecord.Row::number).distinct())
                .containsExactly(1, 2, 3, 4, 5, 6);
    }
}
