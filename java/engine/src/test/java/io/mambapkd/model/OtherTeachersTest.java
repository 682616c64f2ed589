package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The residual network, and that of airbench. */
class OtherTeachersTest {
    private static final ImageShape IMAGE = new ImageShape(9, 10, 2);

    static List<TeacherSpec> specs() {
        return List.of(new ResNet9Spec(2, Precision.F32), new AirbenchSpec(3, Precision.F32));
    }

    private static float[] random(int stream, Tensor tensor) {
        CounterRandom random = new CounterRandom(17, Purpose.TEST_INPUT);
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.uniform(stream, i, 0, -1, 1);
        }
        return values;
    }

    private static CnnTeacher prepared(Backend backend, TeacherSpec spec) {
        CnnTeacher teacher = new CnnTeacher(backend, spec, IMAGE, 3, 8, 5);
        teacher.parameters().initialise(1, 0);
        backend.upload(random(1, teacher.images()), teacher.images());
        backend.upload(random(2, teacher.dLogits()), teacher.dLogits());
        return teacher;
    }

    private static double loss(Backend backend, CnnTeacher teacher) {
        teacher.forward(Mode.TRAINING);
        float[] logits = backend.download(teacher.logits());
        float[] factors = backend.download(teacher.dLogits());
        double loss = 0;
        for (int i = 0; i < logits.length; i++) {
            loss += (double) logits[i] * factors[i];
        }
        return loss;
    }

    /** Along the gradient of a parameter the derivative is the norm of that gradient; through the residual branches and around them. */
    @ParameterizedTest
    @MethodSource("specs")
    void gradientsAreCentralDifferences(TeacherSpec spec) {
        try (Backend backend = new CpuBackend(2);
                CnnTeacher teacher = prepared(backend, spec)) {
            teacher.forward(Mode.TRAINING);
            teacher.backward();
            for (Parameter parameter : teacher.parameters().all()) {
                if (parameter.hasGradient()) {
                    float[] gradient = backend.download(parameter.gradient());
                    float[] values = backend.download(parameter.value());
                    double norm = 0;
                    for (float g : gradient) {
                        norm += (double) g * g;
                    }
                    norm = Math.sqrt(norm);
                    assertThat(norm).as("gradient of " + parameter.name()).isGreaterThan(0);
                    // Small, because ReLU and maximum have kinks.
                    double step = 2e-4;
                    double[] losses = new double[2];
                    for (int side = 0; side < 2; side++) {
                        float[] moved = values.clone();
                        for (int i = 0; i < moved.length; i++) {
                            moved[i] += (float) ((2 * side - 1) * step * gradient[i] / norm);
                        }
                        backend.upload(moved, parameter.value());
                        losses[side] = loss(backend, teacher);
                    }
                    backend.upload(values, parameter.value());
                    assertThat((losses[1] - losses[0]) / (2 * step))
                            .as("derivative along the gradient of " + parameter.name())
                            .isCloseTo(norm, within(0.03 * norm));
                }
            }
        }
    }

    @Test
    void partsOfTheResidualNetworkHaveTheirNamesAndOnlyMatricesDecay() {
        try (Backend backend = new CpuBackend(1);
                CnnTeacher teacher = prepared(backend, new ResNet9Spec(2, Precision.F32))) {
            assertThat(teacher.parameters().all())
                    .extracting(Parameter::name)
                    .startsWith("prep.conv.weight", "prep.bn.weight", "prep.bn.bias")
                    .contains("residual1.0.conv.weight", "residual3.1.bn.running_var", "layer3.conv.weight")
                    .endsWith("head.weight")
                    .hasSize(8 * 5 + 1);
            for (Parameter parameter : teacher.parameters().all()) {
                assertThat(parameter.decay())
                        .as(parameter.name())
                        .isEqualTo(parameter.shape().rank() >= 2 ? Decay.YES : Decay.NO);
            }
        }
    }

    /**
     * Convolutions 3*w*9 + w*2w*9 + 2 * 2w*2w*9 + 2w*4w*9 + 4w*8w*9 + 2 * 8w*8w*9, scales and biases of norms 2 * (w + 3*2w + 4w + 3*8w), head 8w*10, at
     * w = 16.
     */
    @Test
    void theResidualNetworkHasTheParametersOfItsLayers() {
        try (Backend backend = new CpuBackend(1);
                CnnTeacher published = new CnnTeacher(
                        backend, new ResNet9Spec(16, Precision.F32), new ImageShape(32, 32, 3), 10, 1, 0)) {
            assertThat(published.parameters().count()).isEqualTo(412_944);
        }
    }

    /** Convolutions 24*64*9 + 64*64*9 + 64*256*9 + 3 * 256*256*9, head 2560, biases 24 + 2 * (64 + 256 + 256). */
    @Test
    void airbenchLearnsNoScalesAndNoKernelsOfItsFirstLayer() {
        try (Backend backend = new CpuBackend(1);
                CnnTeacher teacher = new CnnTeacher(
                        backend, new AirbenchSpec(64, Precision.F32), new ImageShape(32, 32, 3), 10, 1, 0)) {
            assertThat(teacher.parameters().count()).isEqualTo(1_971_352);
            for (Parameter parameter : teacher.parameters().all()) {
                String name = parameter.name();
                boolean fixed =
                        name.contains("running") || name.equals("whiten.weight") || name.matches(".*norm..weight");
                assertThat(parameter.hasGradient()).as(name).isEqualTo(!fixed);
                if (!fixed) {
                    assertThat(parameter.decay())
                            .as(name)
                            .isEqualTo(
                                    name.equals("whiten.bias")
                                            ? Decay.INPUT_BIAS
                                            : name.endsWith("bias") ? Decay.NORM_BIAS : Decay.YES);
                }
            }
        }
    }

    /** The first convolution of a group starts as a copy of its inputs where it has as many. */
    @Test
    void convolutionsOfAirbenchBeginByPassingChannelsOn() {
        try (Backend backend = new CpuBackend(1);
                CnnTeacher teacher = prepared(backend, new AirbenchSpec(3, Precision.F32))) {
            for (Parameter parameter : teacher.parameters().all()) {
                if (parameter.name().matches("groups.*conv..weight")) {
                    float[] values = backend.download(parameter.value());
                    int inputs = parameter.shape().extent(1);
                    for (int i = 0; i < Math.min(inputs, parameter.shape().extent(0)) * inputs * 9; i++) {
                        boolean center = i % 9 == 4 && i / 9 % inputs == i / 9 / inputs;
                        assertThat(values[i]).as(parameter.name()).isEqualTo(center ? 1f : 0f);
                    }
                }
            }
        }
    }

    @Test
    void imagesThatAreTooSmallAreNamedWithARemedy() {
        ImageShape seven = new ImageShape(7, 28, 1);
        try (Backend backend = new CpuBackend(1)) {
            assertThatThrownBy(() -> new CnnTeacher(backend, new ResNet9Spec(2, Precision.F32), seven, 10, 1, 0))
                    .isInstanceOf(InputException.class)
                    .hasMessage("resnet9 needs images of at least 8x8, got " + seven + "; use --set teacher.model=cnn");
            assertThatThrownBy(() -> new CnnTeacher(
                            backend, new AirbenchSpec(2, Precision.F32), new ImageShape(9, 8, 1), 10, 1, 0))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith("airbench needs images of at least 9x9, got 9x8");
        }
        assertThatThrownBy(() -> new ResNet9Spec(513, Precision.F32))
                .hasMessageContaining("teacher.width must be from 1 to 512 for resnet9, got 513");
    }

    @ParameterizedTest
    @MethodSource("specs")
    void theNumberOfThreadsDoesNotChangeABit(TeacherSpec spec) {
        float[][] logits = new float[2][];
        float[][] gradients = new float[2][];
        for (int run = 0; run < 2; run++) {
            try (Backend backend = new CpuBackend(1 + 2 * run);
                    CnnTeacher teacher = prepared(backend, spec)) {
                teacher.forward(Mode.TRAINING);
                teacher.backward();
                logits[run] = backend.download(teacher.logits());
                gradients[run] = backend.download(teacher.parameters()
                        .flatGradients(0, teacher.parameters().flatElements()));
            }
        }
        assertThat(logits[1]).containsExactly(logits[0]);
        assertThat(gradients[1]).containsExactly(gradients[0]);
    }
}
