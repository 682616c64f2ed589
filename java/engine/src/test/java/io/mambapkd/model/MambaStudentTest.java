package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.MixerSpec;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class MambaStudentTest {
    private static final ImageShape MNIST = new ImageShape(28, 28, 1);

    private static StudentSpec spec(Cut cut, int size, int width, int blocks, int states) {
        return new StudentSpec(
                "s",
                cut,
                size,
                width,
                blocks,
                states,
                4,
                2,
                ReadOut.FLAT,
                MixerSpec.Kind.SCAN,
                MixerSpec.Direction.FORWARD);
    }

    private static float[] numbers(int stream, int count) {
        CounterRandom random = new CounterRandom(1, Purpose.TEST_INPUT);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.uniform(stream, i, 0, -1f, 1f);
        }
        return values;
    }

    private static int size(Tensor tensor) {
        return Math.toIntExact(tensor.shape().elements());
    }

    @Test
    void parameterCountsAndFlopsAreThoseOfTheRecipe() {
        assertThat(counts(spec(Cut.ROWS, 4, 4, 1, 4))).containsExactly(1_042, 13_086);
        assertThat(counts(spec(Cut.COLUMNS, 4, 8, 1, 4))).containsExactly(2_266, 28_850);
        assertThat(counts(spec(Cut.ROWS, 2, 8, 1, 4))).containsExactly(2_434, 45_146);
        assertThat(counts(spec(Cut.COLUMNS, 2, 12, 1, 4))).containsExactly(3_934, 75_778);
        assertThat(counts(spec(Cut.ROWS, 2, 16, 1, 4))).containsExactly(5_626, 111_786);
        assertThat(counts(spec(Cut.COLUMNS, 2, 32, 1, 4))).containsExactly(14_442, 313_162);
        assertThat(counts(spec(Cut.ROWS, 2, 48, 2, 8))).containsExactly(45_034, 1_255_306);
    }

    private static long[] counts(StudentSpec spec) {
        try (Backend backend = new CpuBackend(1);
                MambaStudent student = new MambaStudent(backend, spec, MNIST, 10, 2)) {
            return new long[] {student.parameters().count(), student.flops()};
        }
    }

    @Test
    void parametersCarryTheNamesOfTheReferenceAndDecayFromTwoAxesOn() {
        try (Backend backend = new CpuBackend(1);
                MambaStudent student = new MambaStudent(backend, spec(Cut.ROWS, 4, 4, 1, 4), MNIST, 10, 2)) {
            List<Parameter> all = student.parameters().all();
            assertThat(all)
                    .extracting(Parameter::name)
                    .containsExactlyInAnyOrder(
                            "embed.weight",
                            "embed.bias",
                            "pos_embed",
                            "layers.0.norm.weight",
                            "layers.0.mixer.in_proj.weight",
                            "layers.0.mixer.conv1d.weight",
                            "layers.0.mixer.conv1d.bias",
                            "layers.0.mixer.x_proj.weight",
                            "layers.0.mixer.dt_proj.weight",
                            "layers.0.mixer.dt_proj.bias",
                            "layers.0.mixer.A_log",
                            "layers.0.mixer.D",
                            "layers.0.mixer.out_proj.weight",
                            "norm_f.weight",
                            "head.weight",
                            "head.bias");
            assertThat(all)
                    .allSatisfy(parameter -> assertThat(parameter.decay())
                            .as(parameter.name())
                            .isEqualTo(parameter.shape().rank() >= 2 ? Decay.YES : Decay.NO));
        }
    }

    @Test
    void initialisationFollowsTheRecipe() {
        try (Backend backend = new CpuBackend(1);
                MambaStudent student = new MambaStudent(backend, spec(Cut.ROWS, 2, 48, 1, 8), MNIST, 10, 2)) {
            student.parameters().initialise(3, 0);
            for (Parameter parameter : student.parameters().all()) {
                float[] values = backend.download(parameter.value());
                if (parameter.name().endsWith("A_log")) {
                    for (int i = 0; i < values.length; i++) {
                        assertThat(values[i]).isEqualTo((float) StrictMath.log(i % 8 + 1));
                    }
                } else if (parameter.name().endsWith("dt_proj.bias")) {
                    // softplus of the bias is the first dt.
                    for (float value : values) {
                        assertThat(StrictMath.log1p(StrictMath.exp(value))).isBetween(0.00999, 0.50001);
                    }
                } else if (parameter.name().endsWith("mixer.D")
                        || parameter.name().endsWith("norm.weight")) {
                    assertThat(values).containsOnly(1f);
                } else if (parameter.name().endsWith("conv1d.weight")) {
                    for (float value : values) {
                        assertThat(value).isBetween(-0.5f, 0.5f);
                    }
                }
            }
        }
    }

    @Test
    void gradientsOfEveryVariantMatchCentralDifferences() {
        for (MixerSpec.Kind mixer : MixerSpec.Kind.values()) {
            for (MixerSpec.Direction direction : MixerSpec.Direction.values()) {
                for (ReadOut readOut : ReadOut.values()) {
                    for (Cut cut : Cut.values()) {
                        checkGradients(new StudentSpec("s", cut, 2, 4, 2, 3, 4, 2, readOut, mixer, direction));
                    }
                }
            }
        }
    }

    /** Along the gradient of each parameter, where the change of the loss is largest against rounding. */
    private static void checkGradients(StudentSpec spec) {
        try (Backend backend = new CpuBackend(2);
                MambaStudent student = new MambaStudent(backend, spec, new ImageShape(6, 8, 1), 3, 2)) {
            student.parameters().initialise(5, 1);
            backend.upload(numbers(1, size(student.images())), student.images());
            float[] upstream = numbers(2, size(student.logits()));
            backend.upload(upstream, student.dLogits());
            student.forward(Mode.TRAINING);
            student.backward();
            for (Parameter parameter : student.parameters().all()) {
                float[] gradient = backend.download(parameter.gradient());
                double norm = 0;
                for (float g : gradient) {
                    norm += (double) g * g;
                }
                norm = Math.sqrt(norm);
                assertThat(norm).as(spec + " " + parameter.name()).isPositive();
                float[] kept = backend.download(parameter.value());
                double step = 0.01;
                double above = loss(backend, student, parameter, kept, gradient, step / norm, upstream);
                double below = loss(backend, student, parameter, kept, gradient, -step / norm, upstream);
                backend.upload(kept, parameter.value());
                double slope = (above - below) / (2 * step);
                // Rounding of the losses is about 1e-6; the third derivative gives the rest.
                assertThat(Math.abs(slope - norm))
                        .as("%s %s: slope %s, gradient %s", spec, parameter.name(), slope, norm)
                        .isLessThan(5e-3 * norm + 3e-4);
            }
        }
    }

    private static double loss(
            Backend backend,
            MambaStudent student,
            Parameter parameter,
            float[] kept,
            float[] direction,
            double step,
            float[] upstream) {
        float[] moved = new float[kept.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = (float) (kept[i] + step * direction[i]);
        }
        backend.upload(moved, parameter.value());
        student.forward(Mode.TRAINING);
        float[] logits = backend.download(student.logits());
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            sum += (double) logits[i] * upstream[i];
        }
        return sum;
    }

    @Test
    void logitsAndGradientsHaveTheSameBitsForOneAndThreeThreads() {
        assertThat(trainingStep(3)).isEqualTo(trainingStep(1));
    }

    private static float[] trainingStep(int threads) {
        StudentSpec spec = spec(Cut.ROWS, 2, 16, 2, 4);
        try (Backend backend = new CpuBackend(threads);
                MambaStudent student = new MambaStudent(backend, spec, MNIST, 10, 96)) {
            student.parameters().initialise(7, 0);
            backend.upload(numbers(3, size(student.images())), student.images());
            backend.upload(numbers(4, size(student.dLogits())), student.dLogits());
            student.forward(Mode.TRAINING);
            student.backward();
            return backend.download(
                    student.parameters().flatGradients(0, student.parameters().flatElements()));
        }
    }
}
