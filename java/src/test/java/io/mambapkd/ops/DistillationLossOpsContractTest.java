package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.ops.DistillationLossOps.Inputs;
import io.mambapkd.ops.DistillationLossOps.Options;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DistillationLossOpsContractTest {
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

        Case(int threads, int rows, int classes, float scale) {
            this.backend = new CpuBackend(threads, CpuBackend.javaBlas());
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
            backend.upload(studentValues, student);
            backend.upload(values(2, scale), ensemble);
            backend.upload(values(3, scale), teacher);
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
            backend.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 2, 0.3, 1, 0", "33, 10, 0.1, 2, 0.1", "4, 257, 0.7, 4, 0", "3, 10, 0, 20, 0", "3, 10, 1, 1, 0.2"})
    void gradientEqualsCentralDifferencesOfTheLoss(
            int rows, int classes, double alpha, double temperature, double smoothing) {
        try (Case c = new Case(2, rows, classes, 1.5f)) {
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

    @Test
    void onlyValidRowsCount() {
        try (Case c = new Case(1, 6, 10, 1)) {
            Options options = new Options(0.1, 2, 0, 1, 1);
            float[] some = c.run(options, c.all(4));
            float[] gradient = c.backend.download(c.gradient);
            assertThat(Arrays.copyOfRange(gradient, 40, 60)).containsOnly(0f);
            float[] changed = c.studentValues.clone();
            Arrays.fill(changed, 40, 60, 99f);
            c.backend.upload(changed, c.student);
            assertThat(c.run(options, c.all(4))).containsExactly(some);
        }
    }

    @Test
    void extremeLogitsGiveFiniteValues() {
        try (Case c = new Case(1, 8, 10, 1e4f)) {
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
        try (Case c = new Case(1, 5, 10, 2)) {
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
        try (Case c = new Case(1, 3, 10, 0)) {
            Inputs inputs = new Inputs(c.student, null, null, c.labels, null, 3);
            float[] statistics = c.run(Options.crossEntropy(0.1), inputs);
            assertThat(statistics[0]).isCloseTo((float) Math.log(10), within(1e-6f));
        }
    }

    @Test
    void combinedLogitsAndCorrectCountAreThoseOfTheWeightedSum() {
        try (Case c = new Case(2, 40, 4, 1)) {
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
    void sameBitsForAnyNumberOfThreads() {
        Options options = new Options(0.3, 2, 0.05, 0.5, 0.5);
        try (Case one = new Case(1, 257, 10, 1);
                Case three = new Case(3, 257, 10, 1)) {
            assertThat(three.run(options, three.all(250))).containsExactly(one.run(options, one.all(250)));
            assertThat(three.backend.download(three.gradient)).containsExactly(one.backend.download(one.gradient));
        }
    }

    @Test
    void aLabelOutsideTheClassesIsNamed() {
        try (Case c = new Case(1, 2, 3, 1)) {
            c.backend.upload(new int[] {0, 3}, c.labels);
            assertThatThrownBy(
                            () -> c.run(Options.crossEntropy(0), new Inputs(c.student, null, null, c.labels, null, 2)))
                    .hasMessage("distillation_loss: label 3 of row 1 is outside 0..2");
        }
    }

    @Test
    void aTeacherWithOtherClassesIsRefused() {
        try (Case c = new Case(1, 2, 3, 1);
                Case other = new Case(1, 2, 4, 1)) {
            assertThatThrownBy(() -> c.run(
                            new Options(0.5, 1, 0, 0, 1),
                            new Inputs(c.student, null, other.teacher, c.labels, null, 2)))
                    .hasMessageContaining("teacher logits are (2, 4) but student logits are (2, 3)");
        }
    }
}
