package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.Bfloat16;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Students with activations of BF16 beside those of F32. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
class StudentInBfloat16Test {
    private static final ImageShape IMAGE = new ImageShape(8, 8, 1);
    private static final int CLASSES = 4;
    private static final int BATCH = 16;
    private static final int STEPS = 20;
    private static final int BLOCKS = 2;

    /** On the way through a block: the normalised input, x and z, u, y, and the weights of the three projections that are not of dt. */
    private static final int ROUNDINGS = 7;

    /** And on the way back: the gradients of the output, y, u by the scan and by x_proj, what x_proj gave, x and z, and the normalised input. */
    private static final int ROUNDINGS_BACK = 7;

    /** Errors of one rounding are independent of those of another, so that the square of their norm grows with their number. */
    private static final double OF_LOGITS = Math.sqrt(BLOCKS * ROUNDINGS) * Bfloat16.ROUNDING;

    private static final double OF_GRADIENTS = Math.sqrt(BLOCKS * (ROUNDINGS + ROUNDINGS_BACK)) * Bfloat16.ROUNDING;

    private static final StudentSpec WITH_STEM = new StudentSpec(
            "stem",
            new Tokenizer(
                    new StemSpec(List.of(8, 16), List.of(1, 2)),
                    Cut.PATCHES,
                    1,
                    PositionEmbedding.Kind.TOKEN,
                    TokenOrder.ALTERNATING),
            16,
            BLOCKS,
            4,
            4,
            2,
            ReadOut.FLAT,
            MixerSpec.Kind.SCAN,
            MixerSpec.Direction.FORWARD,
            StudentSpec.Reuse.NONE,
            StudentPrecision.F32);

    private final BackendUnderTest under;

    StudentInBfloat16Test(BackendUnderTest under) {
        this.under = under;
    }

    static Stream<StudentSpec> students() {
        return Stream.of(MixerSpec.Kind.values())
                .flatMap(mixer -> Stream.of(MixerSpec.Direction.values())
                        .map(direction -> new StudentSpec(
                                mixer + "-" + direction,
                                Cut.ROWS,
                                1,
                                16,
                                BLOCKS,
                                4,
                                4,
                                2,
                                direction == MixerSpec.Direction.FORWARD ? ReadOut.FLAT : ReadOut.MEAN,
                                mixer,
                                direction)));
    }

    private static MambaStudent narrow(Backend backend, StudentSpec spec) {
        assumeTrue(backend.supports(DType.BF16), "there is no BF16 on this backend");
        return student(backend, spec.with(Precision.BF16));
    }

    private static MambaStudent student(Backend backend, StudentSpec spec) {
        return ModelRuns.prepare(backend, new MambaStudent(backend, spec, IMAGE, CLASSES, BATCH));
    }

    @ParameterizedTest
    @MethodSource("students")
    void logitsAndGradientsAreThoseOfFloatsButForRoundings(StudentSpec spec) {
        try (Backend cpu = new CpuBackend(1);
                Backend backend = under.open();
                MambaStudent floats = student(cpu, spec);
                MambaStudent narrow = narrow(backend, spec)) {
            Map<String, float[]> expected = ModelRuns.passes(cpu, floats);
            Map<String, float[]> actual = ModelRuns.passes(backend, narrow);
            expected.forEach((name, values) -> assertThat(
                            ModelRuns.distance(actual.getOrDefault(name, new float[0]), values))
                    .as("%s: norm of the difference by the norm", name)
                    .isLessThan(name.startsWith("gradient") ? OF_GRADIENTS : OF_LOGITS));
            // Else nothing was rounded.
            assertThat(ModelRuns.distance(actual.getOrDefault("logits", new float[0]), expected.get("logits")))
                    .isGreaterThan(Bfloat16.ROUNDING / 16);
        }
    }

    /** Parameters are F32 and keep updates below half a step of BF16: were they BF16, most updates would be lost, and the loss would stay. */
    @Test
    void trainingLosesAsInFloats() {
        StudentSpec spec = students().findFirst().orElseThrow();
        double[] expected;
        double[] actual;
        try (Backend cpu = new CpuBackend(2);
                MambaStudent floats = student(cpu, spec)) {
            expected = ModelRuns.losses(cpu, floats, STEPS);
        }
        try (Backend backend = under.open();
                MambaStudent narrow = narrow(backend, spec)) {
            actual = ModelRuns.losses(backend, narrow, STEPS);
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

    private static float[] firstLogits(Backend backend, StudentSpec spec) {
        try (MambaStudent student = student(backend, spec)) {
            student.forward(Mode.TRAINING);
            return backend.download(student.logits());
        }
    }

    /** With a stem an image is rounded before each convolution too, and after it, after its batch norm, and where the blocks begin. */
    @Test
    void aStemInBfloat16IsCloseToFloats() {
        try (Backend backend = under.open()) {
            assumeTrue(backend.supports(DType.BF16), "there is no BF16 on this backend");
            float[] floats = firstLogits(backend, WITH_STEM);
            float[] narrow = firstLogits(backend, WITH_STEM.with(Precision.BF16));
            assertThat(narrow).isNotEqualTo(floats);
            assertThat(ModelRuns.distance(narrow, floats))
                    .isLessThan(Math.sqrt(BLOCKS * ROUNDINGS + 2 * 4) * Bfloat16.ROUNDING);
        }
    }

    /** The CPU has no BF16 tensors: it rounds what the convolutions of a stem multiply, and nothing else. */
    @Test
    void theCpuRoundsWhatAStemMultipliesAndLeavesTheBlocksAlone() {
        try (Backend cpu = new CpuBackend(1)) {
            StudentSpec plain = students().findFirst().orElseThrow();
            assertThat(firstLogits(cpu, plain.with(Precision.BF16))).isEqualTo(firstLogits(cpu, plain));

            StudentSpec stem = WITH_STEM;
            float[] floats = firstLogits(cpu, stem);
            float[] rounded = firstLogits(cpu, stem.with(Precision.BF16));
            assertThat(rounded).isNotEqualTo(floats);
            for (int i = 0; i < floats.length; i++) {
                assertThat(rounded[i]).isCloseTo(floats[i], within(0.1f));
            }
        }
    }
}
