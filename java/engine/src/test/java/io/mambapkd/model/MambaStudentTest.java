package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /** A convolution that halves the image, one that does not, and tokens that do not divide what is left: 3x4 is continued to 4x4. */
    @Test
    void gradientsOfStemsPositionsAndOrdersMatchCentralDifferences() {
        for (TokenOrder order : TokenOrder.values()) {
            for (PositionEmbedding.Kind positions : PositionEmbedding.Kind.values()) {
                for (Cut cut : Cut.values()) {
                    StemSpec stem = new StemSpec(List.of(3, 5), List.of(2, 1));
                    checkGradients(withTokenizer(new Tokenizer(stem, cut, 2, positions, order), 4, 5));
                }
            }
        }
    }

    @Test
    void gradientsOfAStudentThatReadsItsGroupMatchCentralDifferences() {
        for (ReadOut readOut : ReadOut.values()) {
            StudentSpec alone = new StudentSpec(
                    "s", Cut.ROWS, 2, 4, 2, 3, 4, 2, readOut, MixerSpec.Kind.SCAN, MixerSpec.Direction.FORWARD);
            checkGradients(alone.with(StudentSpec.Reuse.LOGITS));
        }
    }

    /** Whatever the group says, until the matrix is learned; then its product with the group's logits is added. */
    @Test
    void aFreshStudentThatReadsItsGroupIsOneThatDoesNot() {
        StudentSpec alone = spec(Cut.ROWS, 4, 4, 1, 4);
        float[] group = numbers(8, 6);
        try (Backend backend = new CpuBackend(1);
                MambaStudent without = new MambaStudent(backend, alone, MNIST, 3, 2);
                MambaStudent with = new MambaStudent(backend, alone.with(StudentSpec.Reuse.LOGITS), MNIST, 3, 2)) {
            assertThat(without.groupLogits()).isEmpty();
            backend.upload(group, with.groupLogits().orElseThrow());
            for (MambaStudent student : List.of(without, with)) {
                student.parameters().initialise(3, 1);
                backend.upload(numbers(7, size(student.images())), student.images());
                student.forward(Mode.INFERENCE);
            }
            float[] expected = backend.download(without.logits());
            assertThat(backend.download(with.logits())).containsExactly(expected);

            Parameter matrix = parameter(with, "reuse.weight");
            assertThat(matrix.decay()).isEqualTo(Decay.YES);
            backend.upload(new float[] {0, 2, 0, 0, 0, -1, 1, 0, 0}, matrix.value());
            with.forward(Mode.INFERENCE);
            for (int row = 0; row < 6; row += 3) {
                expected[row] += 2 * group[row + 1];
                expected[row + 1] -= group[row + 2];
                expected[row + 2] += group[row];
            }
            assertThat(backend.download(with.logits())).containsExactly(expected, within(1e-6f));
        }
    }

    private static StudentSpec withTokenizer(Tokenizer tokenizer, int width, int blocks) {
        return new StudentSpec(
                "s",
                tokenizer,
                width,
                blocks,
                3,
                4,
                2,
                ReadOut.FLAT,
                MixerSpec.Kind.SCAN,
                MixerSpec.Direction.FORWARD,
                StudentSpec.Reuse.NONE,
                StudentPrecision.F32);
    }

    @Test
    void aStemAddsItsConvolutionsAndBatchNormsByName() {
        Tokenizer tokenizer = new Tokenizer(
                new StemSpec(List.of(6, 5), List.of(2, 2)),
                Cut.PATCHES,
                1,
                PositionEmbedding.Kind.GRID,
                TokenOrder.ROW);
        try (Backend backend = new CpuBackend(1);
                MambaStudent student =
                        new MambaStudent(backend, withTokenizer(tokenizer, 4, 1), new ImageShape(9, 10, 3), 10, 2)) {
            assertThat(student.parameters().all())
                    .extracting(parameter -> parameter.name() + " " + parameter.shape())
                    .contains(
                            "stem.0.conv.weight (6, 3, 3, 3)",
                            "stem.0.bn.weight (6)",
                            "stem.0.bn.bias (6)",
                            "stem.0.bn.running_mean (6)",
                            "stem.0.bn.running_var (6)",
                            "stem.1.conv.weight (5, 6, 3, 3)",
                            "embed.weight (4, 5)",
                            // 9x10 is halved to 5x5, and that to 3x3: a vector for each of 3 rows and 3 columns.
                            "pos_embed (6, 4)",
                            "head.weight (10, 36)");
            assertThat(student.batchNorms()).hasSize(2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ROW, 0 1 2 3 4 5, 0 1 2 3 4 5",
        "COLUMN, 0 3 1 4 2 5, 0 3 1 4 2 5",
        "REVERSED_ROW, 5 4 3 2 1 0, 5 4 3 2 1 0",
        "REVERSED_COLUMN, 5 2 4 1 3 0, 5 2 4 1 3 0",
        "ALTERNATING, 0 1 2 3 4 5, 5 2 4 1 3 0"
    })
    void blocksReadTheGridInTheirOrder(TokenOrder order, String first, String second) {
        assertThat(orderOfBlock(0, order)).isEqualTo(first);
        assertThat(orderOfBlock(1, order)).isEqualTo(second);
    }

    /**
     * The pixels of a 2x3 image in the order in which the last of several blocks reads them: what a place of its sequence tells depends on the pixels of that place and of all before.
     * The blocks before it are made to pass on what they get.
     */
    private static String orderOfBlock(int block, TokenOrder order) {
        int width = 4;
        Tokenizer tokenizer = new Tokenizer(StemSpec.NONE, Cut.PATCHES, 1, PositionEmbedding.Kind.TOKEN, order);
        List<String> read = new ArrayList<>();
        try (Backend backend = new CpuBackend(1);
                MambaStudent student = new MambaStudent(
                        backend, withTokenizer(tokenizer, width, block + 1), new ImageShape(2, 3, 1), 1, 1)) {
            student.parameters().initialise(9, 0);
            for (int i = 0; i < block; i++) {
                backend.zero(parameter(student, "layers." + i + ".mixer.out_proj.weight")
                        .value());
            }
            for (int place = 0; place < 6; place++) {
                float[] head = new float[6 * width];
                Arrays.fill(head, place * width, (place + 1) * width, 1f);
                head[place * width] = 2;
                backend.upload(head, parameter(student, "head.weight").value());
                float before = logit(backend, student, -1);
                for (int pixel = 0; pixel < 6; pixel++) {
                    String name = Integer.toString(pixel);
                    if (logit(backend, student, pixel) != before && !read.contains(name)) {
                        read.add(name);
                    }
                }
            }
        }
        return String.join(" ", read);
    }

    private static Parameter parameter(MambaStudent student, String name) {
        return student.parameters().all().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static float logit(Backend backend, MambaStudent student, int changed) {
        float[] pixels = numbers(6, 6);
        if (changed >= 0) {
            pixels[changed] += 1;
        }
        backend.upload(pixels, student.images());
        student.forward(Mode.INFERENCE);
        return backend.download(student.logits())[0];
    }

    /** Along the gradient of each parameter, where the change of the loss is largest against rounding. */
    private static void checkGradients(StudentSpec spec) {
        try (Backend backend = new CpuBackend(2);
                MambaStudent student = new MambaStudent(backend, spec, new ImageShape(6, 8, 1), 3, 2)) {
            student.parameters().initialise(5, 1);
            backend.upload(numbers(1, size(student.images())), student.images());
            student.groupLogits().ifPresent(group -> {
                backend.upload(numbers(9, size(group)), group);
                Tensor matrix = parameter(student, "reuse.weight").value();
                backend.upload(numbers(10, size(matrix)), matrix);
            });
            float[] upstream = numbers(2, size(student.logits()));
            backend.upload(upstream, student.dLogits());
            student.forward(Mode.TRAINING);
            student.backward();
            for (Parameter parameter : student.parameters().all()) {
                if (!parameter.hasGradient()) {
                    continue;
                }
                float[] gradient = backend.download(parameter.gradient());
                double norm = 0;
                for (float g : gradient) {
                    norm += (double) g * g;
                }
                norm = Math.sqrt(norm);
                assertThat(norm).as(spec + " " + parameter.name()).isPositive();
                float[] kept = backend.download(parameter.value());
                double step = 0.005;
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
