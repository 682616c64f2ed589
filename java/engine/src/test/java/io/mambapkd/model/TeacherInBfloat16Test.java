package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.Bfloat16;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The teacher with activations of BF16 beside the one of F32. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
class TeacherInBfloat16Test {
    private static final ImageShape IMAGE = new ImageShape(8, 7, 2);
    private static final int CLASSES = 4;
    private static final int BATCH = 32;
    private static final int STEPS = 30;

    /**
     * Roundings on the way from the images to the logits: images, kernels, convolutions and normalised values of four layers; a pool rounds nothing. There
     * are as many on the way back.
     */
    private static final int ROUNDINGS = 13;

    private static final double OF_LOGITS = Math.sqrt(ROUNDINGS) * Bfloat16.ROUNDING;

    private static final double OF_SIGNS = ofSigns();

    /**
     * What changed signs change in a gradient, by its norm. Roundings are spread evenly, so that their root mean square is 1/sqrt 3 of the largest; the mean of
     * an error is 0.8 of it; normalised values have a density of 0.4 at 0. That makes a share of signs that change, of values of which half pass a gradient.
     */
    private static double ofSigns() {
        double share = 0.4 * 0.8 * OF_LOGITS / Math.sqrt(3);
        int layers = 4;
        return Math.sqrt(layers * share / 0.5);
    }

    private final BackendUnderTest under;

    TeacherInBfloat16Test(BackendUnderTest under) {
        this.under = under;
    }

    private static CnnTeacher teacher(Backend backend, Precision precision) {
        CnnSpec spec = new CnnSpec(List.of(6, 8), 2, 0.25, precision);
        return ModelRuns.prepare(backend, new CnnTeacher(backend, spec, IMAGE, CLASSES, BATCH, 5));
    }

    private Backend open() {
        Backend backend = under.open();
        boolean narrow = backend.supports(DType.BF16);
        if (!narrow) {
            backend.close();
        }
        assumeTrue(narrow, "there is no BF16 on this backend");
        return backend;
    }

    /**
     * Errors of one rounding are independent of those of another, so that the square of their norm grows with their number; a normalisation over the batch
     * keeps relative errors. That is the tolerance of logits. Gradients differ more: where an error changes the sign of a normalised value, a ReLU lets all of a
     * gradient through or none.
     */
    @Test
    void logitsAndGradientsAreThoseOfFloatsButForRoundings() {
        try (Backend cpu = new CpuBackend(1);
                Backend backend = open()) {
            Map<String, float[]> expected = step(cpu, Precision.F32);
            Map<String, float[]> actual = step(backend, Precision.BF16);
            expected.forEach((name, values) -> {
                boolean gradient = name.startsWith("gradient") && !name.contains("head");
                assertThat(ModelRuns.distance(actual.getOrDefault(name, new float[0]), values))
                        .as("%s: norm of the difference by the norm", name)
                        .isLessThan(gradient ? OF_LOGITS + OF_SIGNS : OF_LOGITS);
            });
        }
    }

    private static Map<String, float[]> step(Backend backend, Precision precision) {
        try (CnnTeacher teacher = teacher(backend, precision)) {
            return ModelRuns.passes(backend, teacher);
        }
    }

    /** Parameters are F32 and keep updates below half a step of BF16: were they BF16, most updates would be lost, and the loss would stay. */
    @Test
    void trainingLosesAsInFloats() {
        double[] expected;
        double[] actual;
        try (Backend cpu = new CpuBackend(2)) {
            expected = losses(cpu, Precision.F32);
        }
        try (Backend backend = open()) {
            actual = losses(backend, Precision.BF16);
        }
        assertThat(actual[STEPS - 1]).isLessThan(actual[0] / 2);
        for (int i = 0; i < STEPS; i++) {
            // The slope of the loss by the norm of a row of logits is below sqrt 2, and those are of the size of the
            // first loss.
            assertThat(Math.abs(actual[i] - expected[i]))
                    .as("step %d: loss %g, in floats %g", i, actual[i], expected[i])
                    .isLessThan(2 * OF_LOGITS * expected[0]);
        }
    }

    private static double[] losses(Backend backend, Precision precision) {
        try (CnnTeacher teacher = teacher(backend, precision)) {
            return ModelRuns.losses(backend, teacher, STEPS);
        }
    }

    @Test
    void aBackendWithoutBfloat16RefusesTheTeacher() {
        try (Backend cpu = new CpuBackend(1)) {
            assertThatThrownBy(() -> teacher(cpu, Precision.BF16))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "arena teacher activations cannot be BF16 on the CPU; use precision f32, or a CUDA device");
        }
    }
}
