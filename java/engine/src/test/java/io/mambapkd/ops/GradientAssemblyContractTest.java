package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of one flat buffer, made by sums of many lengths and by products, beside the same in double precision. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class GradientAssemblyContractTest {
    private static final double TOLERANCE = 3e-6;

    private final BackendUnderTest under;
    private final Backend backend;

    GradientAssemblyContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Something that adds to a part of the gradients, in each pass from other values. */
    private interface Term {
        void draw(int pass);

        void run();

        /** Adds to the gradients of a pass in double precision. */
        void addTo(double[] flat);
    }

    /** Gradients of a model that has no other parts, and how they are made. */
    private static final class Model implements AutoCloseable {
        private final Backend backend;
        private final TestTensors of;
        private final Arena arena;
        private final List<Term> terms = new ArrayList<>();
        private int streams;
        final Tensor norm;
        final Tensor factor;
        /** The input of a sum of one row and one column. */
        Tensor ofOneRow;

        Model(Backend backend, int streams) {
            this.backend = backend;
            this.streams = streams;
            of = new TestTensors(backend);
            arena = backend.newArena("gradients", Arena.Layout.FLAT);
            norm = of.unwritten(1);
            factor = of.unwritten(1);
            ofOneRow = factor;
        }

        Tensor parameter(int... extents) {
            return arena.allocate("parameter", extents);
        }

        Tensor flat() {
            return arena.flat(DType.F32, 0, arena.planned(DType.F32));
        }

        /** Sum of the rows of a matrix, all of which are summed in one piece where they are few. */
        void sumOfRows(Tensor target, int rows) {
            int columns = Math.toIntExact(target.shape().elements());
            Tensor dy = of.unwritten(rows, columns);
            ofOneRow = rows * columns == 1 ? dy : ofOneRow;
            int stream = streams++;
            terms.add(new Term() {
                private float[] values = new float[0];

                @Override
                public void draw(int pass) {
                    values = TestTensors.random(100 * pass + stream, rows, columns);
                    backend.upload(values, dy);
                }

                @Override
                public void run() {
                    backend.pointwise().biasGradient(dy, target.reshape(columns));
                }

                @Override
                public void addTo(double[] flat) {
                    for (int i = 0; i < values.length; i++) {
                        flat[Math.toIntExact(target.offset()) + i % columns] += values[i];
                    }
                }
            });
        }

        /** Product of a matrix with {@code length} rows with another, added to the target. */
        void product(Tensor target, int length) {
            int m = target.shape().rows();
            int n = target.shape().last();
            Tensor x = of.unwritten(length, m);
            Tensor dy = of.unwritten(length, n);
            int stream = streams;
            streams += 2;
            terms.add(new Term() {
                private float[] left = new float[0];
                private float[] right = new float[0];

                @Override
                public void draw(int pass) {
                    left = TestTensors.random(100 * pass + stream, length, m);
                    right = TestTensors.random(100 * pass + stream + 1, length, n);
                    backend.upload(left, x);
                    backend.upload(right, dy);
                }

                @Override
                public void run() {
                    backend.gemm().multiply(x, Transpose.YES, dy, Transpose.NO, Write.ADD, target);
                }

                @Override
                public void addTo(double[] flat) {
                    for (int i = 0; i < m * n; i++) {
                        double sum = 0;
                        for (int k = 0; k < length; k++) {
                            sum += (double) left[k * m + i / n] * right[k * n + i % n];
                        }
                        flat[Math.toIntExact(target.offset()) + i] += sum;
                    }
                }
            });
        }

        void seal() {
            arena.seal();
        }

        void draw(int pass) {
            terms.forEach(term -> term.draw(pass));
        }

        void run(GradientAssembly assembly, double maximum, OptimizerOps.@Nullable Books books) {
            assembly.begin();
            terms.forEach(Term::run);
            assembly.end(maximum, norm, factor, books);
        }

        double[] expected() {
            double[] flat = new double[Math.toIntExact(flat().shape().elements())];
            terms.forEach(term -> term.addTo(flat));
            return flat;
        }

        void matches(double maximum, String when) {
            double[] expected = expected();
            double squares = Arrays.stream(expected).map(value -> value * value).sum();
            double length = Math.sqrt(squares);
            GradientCheck.close("gradients of " + when, backend.download(flat()), expected, TOLERANCE);
            assertThat((double) backend.download(norm)[0])
                    .as("norm of %s", when)
                    .isCloseTo(length, within(3e-6 * length));
            double clip = Math.min(1, maximum / (length + 1e-6));
            assertThat((double) backend.download(factor)[0])
                    .as("factor of %s", when)
                    .isCloseTo(clip, within(3e-6));
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** Sums of one row and of many, of one column and of thousands; products whole and in pieces; with gaps, and with parameters that nothing adds to. */
    private static Model sumsAndProducts(Backend backend) {
        Model model = new Model(backend, 0);
        model.parameter(3);
        model.sumOfRows(model.parameter(1), 1);
        model.sumOfRows(model.parameter(1), 40_000);
        model.sumOfRows(model.parameter(17), 300);
        model.product(model.parameter(3, 7), 5);
        model.product(model.parameter(2, 5), 30);
        model.product(model.parameter(65, 33), 1100);
        model.parameter(19);
        model.product(model.parameter(1, 3000), 2);
        model.sumOfRows(model.parameter(5000), 2);
        model.sumOfRows(model.parameter(40, 3), 9000);
        model.product(model.parameter(4, 4), 3);
        model.seal();
        return model;
    }

    private static Model sumsAlone(Backend backend) {
        Model model = new Model(backend, 50);
        model.sumOfRows(model.parameter(16), 700);
        model.sumOfRows(model.parameter(37), 64);
        model.seal();
        return model;
    }

    private static Model productsAlone(Backend backend) {
        Model model = new Model(backend, 60);
        model.product(model.parameter(5, 5), 6);
        model.product(model.parameter(70, 40), 3);
        model.seal();
        return model;
    }

    /** Sums twice into one parameter, into parts of one that overlap, and beside a product, which comes before or after. */
    private static Model overlapping(Backend backend) {
        Model model = new Model(backend, 70);
        Tensor twice = model.parameter(21);
        model.sumOfRows(twice, 500);
        Tensor parts = model.parameter(100);
        model.sumOfRows(parts.slices(0, 60), 3);
        Tensor before = model.parameter(6, 6);
        model.product(before, 4);
        model.sumOfRows(before, 200);
        model.sumOfRows(parts.slices(40, 60), 700);
        Tensor after = model.parameter(6, 6);
        model.sumOfRows(after.slices(1, 3), 200);
        model.product(after, 4);
        model.sumOfRows(twice, 2);
        model.seal();
        return model;
    }

    private void stepsMatch(Model model) {
        try (model;
                GradientAssembly assembly = backend.assembly(model.flat())) {
            for (int pass = 0; pass < 3; pass++) {
                model.draw(pass);
                model.run(assembly, 2, null);
                model.matches(2, "pass " + pass);
            }
        }
    }

    @Test
    void everyStepHasItsOwnGradients() {
        stepsMatch(sumsAndProducts(backend));
    }

    @Test
    void noGradientNeedsToBeSetToZero() {
        stepsMatch(sumsAlone(backend));
    }

    @Test
    void noGradientIsASumOfRows() {
        stepsMatch(productsAlone(backend));
    }

    @Test
    void sumsIntoTheSameGradientsAreAdded() {
        stepsMatch(overlapping(backend));
    }

    @Test
    void nothingAddsToAnything() {
        Model model = new Model(backend, 0);
        model.parameter(33);
        model.seal();
        stepsMatch(model);
    }

    /** A pass that broke off, before the first that ends and later. */
    @Test
    void stepThatBreaksOffLeavesNothing() {
        try (Model model = sumsAndProducts(backend);
                GradientAssembly assembly = backend.assembly(model.flat())) {
            for (int pass = 0; pass < 2; pass++) {
                model.draw(pass + 5);
                assembly.begin();
                model.terms.subList(0, 5).forEach(Term::run);
                model.draw(pass);
                model.run(assembly, 2, null);
                model.matches(2, "pass " + pass);
            }
        }
    }

    @Test
    void twoModelsTakeTurns() {
        try (Model one = sumsAndProducts(backend);
                Model other = overlapping(backend);
                GradientAssembly first = backend.assembly(one.flat());
                GradientAssembly second = backend.assembly(other.flat())) {
            for (int pass = 0; pass < 3; pass++) {
                one.draw(pass);
                other.draw(pass);
                one.run(first, 2, null);
                other.run(second, 2, null);
                one.matches(2, "pass " + pass + " of the first");
                other.matches(2, "pass " + pass + " of the second");
            }
        }
    }

    /** What lies outside of the gradients can be read at once. */
    @Test
    void sumsElsewhereAreMadeAtOnce() {
        try (Model model = sumsAlone(backend);
                GradientAssembly assembly = backend.assembly(model.flat())) {
            TestTensors of = new TestTensors(backend);
            Tensor dy = of.of(TestTensors.random(3, 600, 8), 600, 8);
            Tensor read = of.unwritten(8);
            Tensor elsewhere = of.of(new float[8], 8);
            Tensor alone = of.of(new float[8], 8);
            backend.pointwise().biasGradient(dy, alone);
            for (int pass = 0; pass < 2; pass++) {
                model.draw(pass);
                backend.zero(elsewhere);
                assembly.begin();
                backend.pointwise().biasGradient(dy, elsewhere);
                backend.copy(elsewhere, read);
                model.terms.forEach(Term::run);
                assembly.end(2, model.norm, model.factor, null);
                assertThat(backend.download(read)).containsExactly(backend.download(alone));
                model.matches(2, "pass " + pass);
            }
        }
    }

    /** The third step of five has a gradient that is not a number. */
    @Test
    void gradientThatIsNotANumberHalts() {
        try (Model model = sumsAndProducts(backend);
                GradientAssembly assembly = backend.assembly(model.flat())) {
            TestTensors of = new TestTensors(backend);
            DatasetTensors integers = new DatasetTensors(backend);
            OptimizerOps.Books books = new OptimizerOps.Books(
                    of.of(new float[] {1, 2}, 2), integers.integers(0), integers.integers(-1), of.unwritten(5, 3));
            for (int step = 0; step < 5; step++) {
                model.draw(step);
                if (step == 2) {
                    backend.upload(new float[] {Float.NaN}, model.ofOneRow);
                }
                model.run(assembly, 1, books);
                assertThat(backend.downloadIntegers(books.halted())).containsExactly(step < 2 ? -1 : 2);
                assertThat(backend.downloadIntegers(books.step())).containsExactly(step + 1);
                float[] journal = backend.download(books.journal());
                assertThat(Float.isNaN(journal[3 * step + 2])).isEqualTo(step == 2);
                assertThat(journal[3 * step]).isEqualTo(1f);
            }
        }
    }

    private static Map<String, float[]> threeSteps(Backend on, boolean replayed) {
        Map<String, float[]> results = new LinkedHashMap<>();
        try (Model model = sumsAndProducts(on);
                Model other = overlapping(on);
                GradientAssembly assembly = on.assembly(model.flat());
                GradientAssembly second = on.assembly(other.flat())) {
            Runnable work = () -> {
                // Several steps in one graph.
                model.run(assembly, 2, null);
                other.run(second, 2, null);
                model.run(assembly, 2, null);
            };
            try (Replay replay = replayed ? on.replay(work) : Replay.eager(work)) {
                for (int pass = 0; pass < 4; pass++) {
                    model.draw(pass);
                    other.draw(pass);
                    replay.run();
                    results.put("gradients " + pass, on.download(model.flat()));
                    results.put("norm " + pass, on.download(model.norm));
                    results.put("other gradients " + pass, on.download(other.flat()));
                    results.put("other norm " + pass, on.download(other.norm));
                }
            }
        }
        return results;
    }

    @Test
    void replayedStepsGiveTheSameBits() {
        Map<String, float[]> replayed = threeSteps(backend, true);
        threeSteps(backend, false)
                .forEach((name, values) -> assertThat(Arrays.equals(values, replayed.get(name)))
                        .as(name)
                        .isTrue());
    }

    @Test
    void bitsDoNotDependOnTheOrderOfThreads() {
        TestTensors.haveTheSameBits(under, on -> threeSteps(on, false));
    }
}
