package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class CnnTeacherTest {
    private static final CnnSpec SMALL = new CnnSpec(List.of(4, 6), 2, 0.25);
    private static final ImageShape IMAGE = new ImageShape(7, 6, 2);

    private static float[] random(int stream, Tensor tensor) {
        CounterRandom random = new CounterRandom(17, Purpose.TEST_INPUT);
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.uniform(stream, i, 0, -1, 1);
        }
        return values;
    }

    private static CnnTeacher small(Backend backend) {
        CnnTeacher teacher = new CnnTeacher(backend, SMALL, IMAGE, 3, 8, 5);
        teacher.parameters().initialise(1, 0);
        backend.upload(random(1, teacher.images()), teacher.images());
        backend.upload(random(2, teacher.dLogits()), teacher.dLogits());
        return teacher;
    }

    @Test
    void defaultTeacherHasThePublishedSize() {
        try (Backend backend = new CpuBackend(1);
                CnnTeacher teacher = new CnnTeacher(backend, CnnSpec.DEFAULT, new ImageShape(28, 28, 1), 10, 1, 0)) {
            assertThat(teacher.parameters().count()).isEqualTo(72_666);
            assertThat(teacher.flops()).isEqualTo(14_677_760);
        }
    }

    @Test
    void parametersAreNamedByStageAndOnlyMatricesDecay() {
        try (Backend backend = new CpuBackend(1);
                CnnTeacher teacher = small(backend)) {
            assertThat(teacher.parameters().all())
                    .extracting(Parameter::name)
                    .startsWith(
                            "features.0.0.conv.weight",
                            "features.0.0.bn.weight",
                            "features.0.0.bn.bias",
                            "features.0.0.bn.running_mean",
                            "features.0.0.bn.running_var",
                            "features.0.1.conv.weight")
                    .contains("features.1.1.bn.running_var")
                    .endsWith("head.weight", "head.bias")
                    .hasSize(4 * 5 + 2);
            for (Parameter parameter : teacher.parameters().all()) {
                assertThat(parameter.decay())
                        .as(parameter.name())
                        .isEqualTo(parameter.shape().rank() >= 2 ? Decay.YES : Decay.NO);
            }
        }
    }

    @Test
    void gradientsAreCentralDifferences() {
        try (Backend backend = new CpuBackend(2);
                CnnTeacher teacher = small(backend)) {
            teacher.forward(Mode.TRAINING);
            teacher.backward();
            for (Parameter parameter : teacher.parameters().all()) {
                if (parameter.hasGradient()) {
                    compare(backend, teacher, parameter);
                }
            }
        }
    }

    private static void compare(Backend backend, CnnTeacher teacher, Parameter parameter) {
        float[] gradient = backend.download(parameter.gradient());
        float[] values = backend.download(parameter.value());
        double norm = 0;
        for (float g : gradient) {
            norm += (double) g * g;
        }
        norm = Math.sqrt(norm);
        assertThat(norm).as("gradient of " + parameter.name()).isGreaterThan(0);
        // Along the gradient the derivative is its norm. A small step, because ReLU and maximum have kinks, but all
        // elements at once,
        // so that the loss changes by far more than its rounding.
        double step = 2e-3;
        double[] losses = new double[2];
        for (int side = 0; side < 2; side++) {
            float[] moved = values.clone();
            for (int i = 0; i < moved.length; i++) {
                moved[i] += (float) ((2 * side - 1) * step * gradient[i] / norm);
            }
            backend.upload(moved, parameter.value());
            teacher.forward(Mode.TRAINING);
            losses[side] = loss(backend, teacher);
        }
        backend.upload(values, parameter.value());
        double derivative = (losses[1] - losses[0]) / (2 * step);
        assertThat(Math.abs(derivative - norm))
                .as("%s: derivative along the gradient is %g, its norm %g", parameter.name(), derivative, norm)
                .isLessThan(0.02 * norm);
    }

    private static double loss(Backend backend, CnnTeacher teacher) {
        float[] logits = backend.download(teacher.logits());
        float[] factors = backend.download(teacher.dLogits());
        double loss = 0;
        for (int i = 0; i < logits.length; i++) {
            loss += (double) logits[i] * factors[i];
        }
        return loss;
    }

    @Test
    void theNumberOfThreadsDoesNotChangeABit() {
        try (Backend one = new CpuBackend(1);
                Backend three = new CpuBackend(3);
                CnnTeacher first = small(one);
                CnnTeacher second = small(three)) {
            first.forward(Mode.TRAINING);
            first.backward();
            second.forward(Mode.TRAINING);
            second.backward();
            assertThat(three.download(second.logits())).containsExactly(one.download(first.logits()));
            long elements = first.parameters().flatElements();
            assertThat(three.download(second.parameters().flatGradients(0, elements)))
                    .containsExactly(one.download(first.parameters().flatGradients(0, elements)));
        }
    }

    @Test
    void onlyTrainingMovesTheStatisticsAndDependsOnTheStep() {
        try (Backend backend = new CpuBackend(1);
                CnnTeacher teacher = small(backend)) {
            Parameter mean = teacher.parameters().all().stream()
                    .filter(p -> p.name().equals("features.0.0.bn.running_mean"))
                    .findFirst()
                    .orElseThrow();
            teacher.forward(Mode.INFERENCE);
            float[] inference = backend.download(teacher.logits());
            assertThat(backend.download(mean.value())).containsOnly(0f);
            backend.upload(new int[] {1}, teacher.step());
            teacher.forward(Mode.INFERENCE);
            assertThat(backend.download(teacher.logits())).containsExactly(inference);
            teacher.forward(Mode.TRAINING);
            float[] training = backend.download(teacher.logits());
            assertThat(backend.download(mean.value())).doesNotContain(0f);
            backend.upload(new int[] {2}, teacher.step());
            teacher.forward(Mode.TRAINING);
            assertThat(backend.download(teacher.logits())).isNotEqualTo(training);
        }
    }

    @Test
    void imagesTooSmallForTheStagesAreRefused() {
        try (Backend backend = new CpuBackend(1)) {
            assertThatThrownBy(() -> new CnnTeacher(backend, CnnSpec.DEFAULT, new ImageShape(3, 28, 1), 10, 1, 0))
                    .isInstanceOf(InputException.class)
                    .hasMessage("a teacher of 3 stages halves its images 2 times, but images of 3x28x1 allow at most 2"
                            + " stages; use --set 'teacher.channels=[16,32]'");
        }
    }
}
