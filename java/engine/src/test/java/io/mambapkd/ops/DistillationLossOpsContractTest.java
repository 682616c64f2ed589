package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.ops.DistillationLossOps.Inputs;
import io.mambapkd.ops.DistillationLossOps.Options;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One long class: the cases of loss and gradient share the drawn logits and the double-precision reference. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class DistillationLossOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;

    DistillationLossOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** All tensors of one case; poisoned outputs, so that an element nobody writes shows. */
    private static final class Case implements AutoCloseable {
        final Backend backend;
        final int rows;
        final int classes;
        final Arena arena;
        final Tensor student;
        final Tensor ensemble;
        final Tensor teacher;
        final Tensor labels;
        final Tensor weights;
        final Tensor gradient;
        final Tensor combined;
        final Tensor statistics;
        final float[] studentValues;
        final LossReference.Host host;

        Case(Backend backend, int rows, int classes, float scale) {
            this.backend = backend;
            this.rows = rows;
            this.classes = classes;
            arena = backend.newArena("case");
            student = arena.allocate("student", rows, classes);
            ensemble = arena.allocate("ensemble", rows, classes);
            teacher = arena.allocate("teacher", rows, classes);
            labels = arena.allocate("labels", DType.I32, Shape.of(rows));
            weights = arena.allocate("weights", rows);
            gradient = arena.allocate("gradient", rows, classes);
            combined = arena.allocate("combined", rows, classes);
            statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
            arena.seal();
            studentValues = values(1, scale);
            float[] ensembleValues = values(2, scale);
            float[] teacherValues = values(3, scale);
            backend.upload(studentValues, student);
            backend.upload(ensembleValues, ensemble);
            backend.upload(teacherValues, teacher);
            int[] classOf = new int[rows];
            float[] weightOf = new float[rows];
            CounterRandom random = new CounterRandom(7, Purpose.TEST_INPUT);
            for (int i = 0; i < rows; i++) {
                classOf[i] = random.below(4, i, 0, classes);
                weightOf[i] = random.uniform(5, i, 0, 0.2f, 2f);
            }
            backend.upload(classOf, labels);
            backend.upload(weightOf, weights);
            float[] poison = new float[rows * classes];
            Arrays.fill(poison, Float.NaN);
            backend.upload(poison, gradient);
            backend.upload(poison, combined);
            backend.upload(new float[] {Float.NaN, Float.NaN, Float.NaN, Float.NaN, Float.NaN}, statistics);
            host = new LossReference.Host(studentValues, ensembleValues, teacherValues, classOf, weightOf);
        }

        private float[] values(int stream, float scale) {
            CounterRandom random = new CounterRandom(7, Purpose.TEST_INPUT);
            float[] values = new float[rows * classes];
            for (int i = 0; i < values.length; i++) {
                values[i] = scale * random.normal(stream, i, 0);
            }
            return values;
        }

        float[] run(Options options, Inputs inputs) {
            backend.distillationLoss().lossAndGradient(options, inputs, gradient, combined, statistics);
            return backend.download(statistics);
        }

        Inputs all(int valid) {
            return new Inputs(student, ensemble, teacher, labels, weights, valid);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 2, 0.3, 1, 0", "33, 10, 0.1, 2, 0.1", "4, 257, 0.7, 4, 0", "3, 10, 0, 20, 0", "3, 10, 1, 1, 0.2"})
    void gradientEqualsCentralDifferencesOfTheLoss(
            int rows, int classes, double alpha, double temperature, double smoothing) {
        try (Case c = new Case(backend, rows, classes, 1.5f)) {
            Options options = new Options(alpha, temperature, smoothing, 0.5, 0.7);
            c.run(options, c.all(rows));
            float[] gradient = c.backend.download(c.gradient);
            double step = 1 / 64.0;
            for (int i = 0; i < Math.min(40, rows * classes); i++) {
                float[] moved = c.studentValues.clone();
                moved[i] += (float) step;
                c.backend.upload(moved, c.student);
                double up = c.run(options, c.all(rows))[0];
                moved[i] -= (float) (2 * step);
                c.backend.upload(moved, c.student);
                double down = c.run(options, c.all(rows))[0];
                assertThat((up - down) / (2 * step))
                        .as("element %d", i)
                        .isCloseTo(gradient[i], within(3e-4 * Math.max(1, temperature * temperature) / rows + 1e-5));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 40, 70})
    void onlyValidRowsCount(int classes) {
        try (Case c = new Case(backend, 6, classes, 1)) {
            Options options = new Options(0.1, 2, 0, 1, 1);
            float[] some = c.run(options, c.all(4));
            float[] gradient = c.backend.download(c.gradient);
            assertThat(Arrays.copyOfRange(gradient, 4 * classes, 6 * classes)).containsOnly(0f);
            float[] changed = c.studentValues.clone();
            Arrays.fill(changed, 4 * classes, 6 * classes, 99f);
            c.backend.upload(changed, c.student);
            assertThat(c.run(options, c.all(4))).containsExactly(some);
        }
    }

    @Test
    void extremeLogitsGiveFiniteValues() {
        try (Case c = new Case(backend, 8, 10, 1e4f)) {
            for (double temperature : new double[] {1, 2, 4, 20}) {
                float[] statistics = c.run(new Options(0.5, temperature, 0, 1, 1), c.all(8));
                for (float value : statistics) {
                    assertThat(value).isFinite();
                }
                for (float value : c.backend.download(c.gradient)) {
                    assertThat(value).isFinite();
                }
            }
        }
    }

    @Test
    void equalLogitsOfTeacherAndGroupHaveNoDivergenceAndNoSoftGradient() {
        try (Case c = new Case(backend, 5, 10, 2)) {
            Inputs inputs = new Inputs(c.student, null, c.student, c.labels, null, 5);
            float[] statistics = c.run(new Options(0, 3, 0, 0, 1), inputs);
            assertThat(statistics[0]).isCloseTo(0f, within(1e-7f));
            for (float value : c.backend.download(c.gradient)) {
                assertThat(value).isCloseTo(0f, within(1e-8f));
            }
        }
    }

    @Test
    void smoothedCrossEntropyOfUniformLogitsIsLogOfTheClasses() {
        try (Case c = new Case(backend, 3, 10, 0)) {
            Inputs inputs = new Inputs(c.student, null, null, c.labels, null, 3);
            float[] statistics = c.run(Options.crossEntropy(0.1), inputs);
            assertThat(statistics[0]).isCloseTo((float) Math.log(10), within(1e-6f));
        }
    }

    @Test
    void combinedLogitsAndCorrectCountAreThoseOfTheWeightedSum() {
        try (Case c = new Case(backend, 40, 4, 1)) {
            float[] statistics = c.run(new Options(1, 1, 0, 0.25, 0.75), c.all(40));
            float[] ensemble = c.backend.download(c.ensemble);
            float[] combined = c.backend.download(c.combined);
            int[] labels = new int[40];
            CounterRandom random = new CounterRandom(7, Purpose.TEST_INPUT);
            int correct = 0;
            for (int i = 0; i < 40; i++) {
                labels[i] = random.below(4, i, 0, 4);
                int best = 0;
                for (int k = 0; k < 4; k++) {
                    double expected = 0.25 * ensemble[i * 4 + k] + 0.75 * c.studentValues[i * 4 + k];
                    assertThat((double) combined[i * 4 + k]).isCloseTo(expected, within(1e-6));
                    best = combined[i * 4 + k] > combined[i * 4 + best] ? k : best;
                }
                correct += best == labels[i] ? 1 : 0;
            }
            assertThat(statistics[3]).isEqualTo(correct);
        }
    }

    @Test
    void allVariationsGiveTheSameBits() {
        Options options = new Options(0.3, 2, 0.05, 0.5, 0.5);
        for (int classes : new int[] {10, 33, 70}) {
            float[] statistics = null;
            float[] gradient = null;
            for (Supplier<Backend> variation : under.variations()) {
                try (Backend other = variation.get();
                        Case c = new Case(other, 257, classes, 1)) {
                    float[] values = c.run(options, c.all(250));
                    assertThat(statistics == null ? values : statistics).containsExactly(values);
                    statistics = values;
                    values = c.backend.download(c.gradient);
                    assertThat(gradient == null ? values : gradient).containsExactly(values);
                    gradient = values;
                }
            }
        }
    }

    /** The limits of the ways that rows are computed in: 16, 32 and 64 classes in registers, more in turns of 32. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 10, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 257, 1000, 1024})
    void everyNumberOfClassesMatchesTheReference(int classes) {
        for (int rows : classes <= 64 ? new int[] {1, 2, 15, 16, 17, 130} : new int[] {1, 7, 9}) {
            for (float scale : new float[] {0.01f, 2f}) {
                matchesTheReference(new Options(0.3, 3, 0.1, 0.5, 0.75), rows, classes, scale);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10", "40", "70"})
    void everyWeightTemperatureAndSizeOfLogitsMatchesTheReference(int classes) {
        for (double alpha : new double[] {0, 0.5, 1}) {
            for (double temperature : new double[] {1, 2, 4, 20}) {
                for (float scale : new float[] {0, 30, 1e4f}) {
                    matchesTheReference(new Options(alpha, temperature, 0, 1, 1), 9, classes, scale);
                    matchesTheReference(new Options(alpha, temperature, 0.2, 0.5, 0.25), 9, classes, scale);
                }
            }
        }
    }

    private void matchesTheReference(Options options, int rows, int classes, float scale) {
        try (Case c = new Case(backend, rows, classes, scale)) {
            String name = options + ", " + rows + " rows, " + classes + " classes, logits of size " + scale;
            float[] actual = c.run(options, c.all(rows));
            LossReference reference = new LossReference(options, c.host, classes);
            // Combined logits are rounded to float: by 2^-24 of the largest, about 5 times the scale, twice, for each
            // logit of a difference.
            double rounding = 0x1p-22 * 5 * scale;
            double tolerance = 5e-6 + rounding / Math.min(1, options.temperature());
            GradientCheck.close(name + ": combined", c.backend.download(c.combined), reference.combined, 2e-7);
            GradientCheck.close(name + ": gradient", c.backend.download(c.gradient), reference.gradient, tolerance);
            double[] scales = {
                Math.abs(reference.statistics[0]) + rounding * options.temperature(),
                Math.abs(reference.statistics[1]) + rounding,
                Math.abs(reference.statistics[2]) + rounding,
                0,
                5 * scale
            };
            for (int s = 0; s < DistillationLossOps.STATISTICS; s++) {
                assertThat((double) actual[s])
                        .as("%s: statistic %d", name, s)
                        .isCloseTo(reference.statistics[s], within(tolerance * scales[s] + 1e-7));
            }
        }
    }

    @Test
    void theFirstOfEqualLogitsIsTheGuess() {
        for (int classes : new int[] {10, 40, 70}) {
            try (Case c = new Case(backend, 3, classes, 0)) {
                float[] logits = new float[3 * classes];
                int[] labels = {1, 4, 7};
                for (int row = 0; row < 3; row++) {
                    logits[row * classes + 4] = 2;
                    logits[row * classes + 7] = 2;
                }
                c.backend.upload(logits, c.student);
                c.backend.upload(labels, c.labels);
                Inputs inputs = new Inputs(c.student, null, null, c.labels, null, 3);
                assertThat(c.run(Options.crossEntropy(0), inputs)[3]).isEqualTo(1f);
            }
        }
    }

    @Test
    void aLossFarBelowTheRoundingOfOneKeepsItsValueAndGradient() {
        for (int classes : new int[] {2, 40, 70}) {
            try (Case c = new Case(backend, 1, classes, 0)) {
                float[] logits = new float[classes];
                Arrays.fill(logits, -30f);
                logits[0] = 0;
                c.backend.upload(logits, c.student);
                c.backend.upload(new int[] {0}, c.labels);
                Inputs inputs = new Inputs(c.student, null, null, c.labels, null, 1);
                double rest = (classes - 1) * StrictMath.exp(-30);
                assertThat((double) c.run(Options.crossEntropy(0), inputs)[0]).isCloseTo(rest, within(5e-3 * rest));
                assertThat((double) c.backend.download(c.gradient)[0]).isCloseTo(-rest, within(5e-3 * rest));
            }
        }
    }

    /** Both distributions are 1 at class 0 but for 3e-7: the difference there is less than a rounding, times logits that are 15 apart. */
    @ParameterizedTest
    @ValueSource(ints = {2, 40, 70})
    void theGradientOfTheWeightIsExactWhereOneClassIsAlmostCertain(int classes) {
        try (Case c = new Case(backend, 1, classes, 0)) {
            float[] student = new float[classes];
            Arrays.fill(student, -1000);
            student[0] = 15;
            student[1] = 0;
            float[] teacher = student.clone();
            teacher[1] = 1;
            c.backend.upload(student, c.student);
            c.backend.upload(teacher, c.teacher);
            c.backend.upload(new int[] {1}, c.labels);
            Inputs inputs = new Inputs(c.student, null, c.teacher, c.labels, null, 1);
            double ofStudent = 1 / (1 + StrictMath.exp(15));
            double ofTeacher = 1 / (1 + StrictMath.exp(14));
            double expected = -15 * (ofStudent - ofTeacher);
            assertThat((double) c.run(new Options(0, 1, 0, 0, 1), inputs)[4])
                    .isCloseTo(expected, within(1e-4 * expected));
        }
    }

    @Test
    void combinedLogitsNeedNotBeAskedFor() {
        for (int classes : new int[] {10, 40, 70}) {
            try (Case c = new Case(backend, 5, classes, 1)) {
                Options options = new Options(0.3, 2, 0, 0.5, 0.5);
                float[] expected = c.run(options, c.all(5));
                backend.distillationLoss().lossAndGradient(options, c.all(5), c.gradient, null, c.statistics);
                assertThat(backend.download(c.statistics)).containsExactly(expected);
            }
        }
    }

    @Test
    void anOffsetOfAllLogitsChangesNothingBeyondRounding() {
        try (Case c = new Case(backend, 17, 10, 1)) {
            float[] moved = c.studentValues.clone();
            for (int i = 0; i < moved.length; i++) {
                // Exact, so that the offset is the only change.
                moved[i] = Math.round(moved[i] * 256) / 256f;
            }
            c.backend.upload(moved, c.student);
            Inputs inputs = new Inputs(c.student, null, c.teacher, c.labels, null, 17);
            float[] expected = c.run(new Options(0.5, 2, 0.1, 0, 1), inputs);
            for (int i = 0; i < moved.length; i++) {
                moved[i] += 4096;
            }
            c.backend.upload(moved, c.student);
            float[] statistics = c.run(new Options(0.5, 2, 0.1, 0, 1), inputs);
            for (int s = 0; s < DistillationLossOps.STATISTICS; s++) {
                assertThat(statistics[s])
                        .as("statistic %d", s)
                        .isCloseTo(expected[s], within(1e-6f * Math.max(1, expected[s])));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 3", "3, -1", "33, 33", "33, -1", "70, 70", "70, -1"})
    void aLabelOutsideTheClassesIsNamedOrMakesTheLossNaN(int classes, int label) {
        try (Case c = new Case(backend, 2, classes, 1)) {
            c.backend.upload(new int[] {0, label}, c.labels);
            Inputs inputs = new Inputs(c.student, null, null, c.labels, null, 2);
            if (under.computesOnCpu()) {
                assertThatThrownBy(() -> c.run(Options.crossEntropy(0), inputs))
                        .hasMessage("distillation_loss: label " + label + " of row 1 is outside 0.." + (classes - 1));
            } else {
                assertThat(c.run(Options.crossEntropy(0), inputs)[0]).isNaN();
                // A row that does not count is not looked at.
                Inputs first = new Inputs(c.student, null, null, c.labels, null, 1);
                assertThat(c.run(Options.crossEntropy(0), first)[0]).isFinite();
            }
        }
    }

    @Test
    void aTeacherWithOtherClassesIsRefused() {
        try (Case c = new Case(backend, 2, 3, 1);
                Case other = new Case(backend, 2, 4, 1)) {
            assertThatThrownBy(() -> c.run(
                            new Options(0.5, 1, 0, 0, 1),
                            new Inputs(c.student, null, other.teacher, c.labels, null, 2)))
                    .hasMessageContaining("teacher logits are (2, 4) but student logits are (2, 3)");
        }
    }
}
