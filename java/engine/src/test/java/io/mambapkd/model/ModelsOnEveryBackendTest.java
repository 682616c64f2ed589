package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Teacher and students, forward and backward, give on every backend what they give on the CPU. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class ModelsOnEveryBackendTest {
    /**
     * Of the largest value of a tensor. Each layer adds the rounding of its sums, a few units of 2^-24 for the tens of terms here, and a
     * normalisation divides by a deviation below 1: a dozen layers there and back stay below 2^9 units.
     */
    private static final double TOLERANCE = 3e-5;

    private final BackendUnderTest under;

    ModelsOnEveryBackendTest(BackendUnderTest under) {
        this.under = under;
    }

    @Test
    void teacherMatchesTheCpu() {
        CnnSpec spec = new CnnSpec(List.of(4, 6), 2, 0.25);
        matchTheCpu(backend -> new CnnTeacher(backend, spec, new ImageShape(7, 6, 2), 3, 8, 5));
    }

    @Test
    void otherTeachersMatchTheCpu() {
        ImageShape image = new ImageShape(9, 10, 2);
        TeacherSpec residual = new ResNet9Spec(2, Precision.F32);
        matchTheCpu(backend -> new CnnTeacher(backend, residual, image, 3, 8, 5));
        TeacherSpec airbench = new AirbenchSpec(3, Precision.F32);
        matchTheCpu(backend -> new CnnTeacher(backend, airbench, image, 3, 8, 5));
    }

    static Stream<StudentSpec> students() {
        return Stream.of(
                new StudentSpec(
                        "rows",
                        Cut.ROWS,
                        2,
                        8,
                        2,
                        4,
                        4,
                        2,
                        ReadOut.FLAT,
                        MixerSpec.Kind.SCAN,
                        MixerSpec.Direction.FORWARD),
                new StudentSpec(
                        "columns",
                        Cut.COLUMNS,
                        2,
                        12,
                        1,
                        3,
                        4,
                        2,
                        ReadOut.FLAT,
                        MixerSpec.Kind.SCAN,
                        MixerSpec.Direction.BIDIRECTIONAL),
                new StudentSpec(
                        "stem",
                        new Tokenizer(
                                new StemSpec(List.of(4, 6), List.of(1, 2)),
                                Cut.PATCHES,
                                3,
                                PositionEmbedding.Kind.GRID,
                                TokenOrder.ALTERNATING),
                        8,
                        3,
                        4,
                        4,
                        2,
                        ReadOut.MEAN,
                        MixerSpec.Kind.SCAN,
                        MixerSpec.Direction.FORWARD,
                        StudentSpec.Reuse.LOGITS,
                        StudentPrecision.F32));
    }

    @ParameterizedTest
    @MethodSource("students")
    void studentsMatchTheCpu(StudentSpec spec) {
        matchTheCpu(backend -> new MambaStudent(backend, spec, new ImageShape(6, 8, 1), 3, 5));
    }

    private void matchTheCpu(Function<Backend, Classifier> model) {
        try (Backend cpu = new CpuBackend(1);
                Backend backend = under.open()) {
            Map<String, float[]> expected = step(cpu, model);
            Map<String, float[]> actual = step(backend, model);
            expected.forEach((name, values) -> close(name, actual.getOrDefault(name, new float[0]), values));
        }
    }

    /** Logits before and after the statistics moved, gradients, and statistics. */
    private static Map<String, float[]> step(Backend backend, Function<Backend, Classifier> model) {
        Map<String, float[]> results = new LinkedHashMap<>();
        try (Classifier classifier = model.apply(backend)) {
            classifier.parameters().initialise(1, 0);
            backend.upload(random(1, classifier.images()), classifier.images());
            backend.upload(random(2, classifier.dLogits()), classifier.dLogits());
            classifier.groupLogits().ifPresent(group -> backend.upload(random(3, group), group));
            for (Parameter parameter : classifier.parameters().all()) {
                if (parameter.name().equals("reuse.weight")) {
                    backend.upload(random(4, parameter.value()), parameter.value());
                }
            }
            classifier.forward(Mode.TRAINING);
            results.put("logits in training", backend.download(classifier.logits()));
            classifier.backward();
            for (Parameter parameter : classifier.parameters().all()) {
                if (parameter.hasGradient()) {
                    results.put("gradient of " + parameter.name(), backend.download(parameter.gradient()));
                } else {
                    results.put(parameter.name(), backend.download(parameter.value()));
                }
            }
            classifier.forward(Mode.INFERENCE);
            results.put("logits", backend.download(classifier.logits()));
        }
        return results;
    }

    private static float[] random(int stream, Tensor tensor) {
        CounterRandom random = new CounterRandom(17, Purpose.TEST_INPUT);
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.uniform(stream, i, 0, -1, 1);
        }
        return values;
    }

    private static void close(String name, float[] actual, float[] expected) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        double scale = 0;
        int worst = 0;
        for (int i = 0; i < expected.length; i++) {
            scale = Math.max(scale, Math.abs(expected[i]));
            if (!(Math.abs(actual[i] - expected[i]) <= Math.abs(actual[worst] - expected[worst]))) {
                worst = i;
            }
        }
        assertThat((double) Math.abs(actual[worst] - expected[worst]))
                .as("%s[%d] is %.9g, expected %.9g", name, worst, actual[worst], expected[worst])
                .isLessThanOrEqualTo(TOLERANCE * scale);
    }
}
