package io.mambapkd.validate;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.report.ValidationRecord;
import io.mambapkd.report.ValidationRecord.Row;
import io.mambapkd.tensor.DType;
import io.mambapkd.validate.golden.GoldenCase;
import io.mambapkd.validate.golden.GoldenRunners;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Runs operations on two backends with the same inputs and compares what comes out, and one of them with reference vectors. */
public final class Validation {
    /** Errors below this are those of a sum that should be 0. */
    private static final double FLOOR = 1e-7;

    /**
     * What to compare.
     *
     * @param operations names; empty for all
     * @param shapes extents that the user fixed, as {@code B=4,L=28;B=1}; empty to draw all
     * @param cases random cases of each operation, at least 1
     * @param seed of the draws
     * @param references cases of reference vectors, of which those of the operations are run; see {@link GoldenRunners#isAbout}
     */
    public record Plan(List<String> operations, String shapes, int cases, long seed, List<GoldenCase> references) {
        /** @throws InputException if an operation or shape makes no sense, or there are no cases */
        public Plan {
            operations = List.copyOf(operations);
            references = List.copyOf(references);
            for (String name : operations) {
                if (name.startsWith(GoldenRunners.PREFIX) && references.isEmpty()) {
                    throw new InputException("--ops: '" + name
                            + "' is about reference vectors but there are none; name their folder with --golden DIR");
                }
            }
            if (cases < 1) {
                throw new InputException("--cases must be at least 1, got " + cases);
            }
            Operations.named(operations);
            if (!shapes.isEmpty()) {
                Extents.parse(shapes);
            }
        }
    }

    private final Backend specification;
    private final Backend tested;
    private final List<Row> rows = new ArrayList<>();

    /**
     * @param specification what is right
     * @param tested what is compared with it
     */
    public Validation(Backend specification, Backend tested) {
        this.specification = specification;
        this.tested = tested;
    }

    /**
     * Compares.
     *
     * @param progress told the name of each operation when its comparison begins
     */
    public ValidationRecord run(Plan plan, Consumer<String> progress) {
        List<Extents> shapes = plan.shapes().isEmpty() ? List.of(Extents.DRAWN) : Extents.parse(plan.shapes());
        for (Operation operation : Operations.named(plan.operations())) {
            progress.accept(operation.name());
            for (DType dtype : operation.types()) {
                if (tested.supports(dtype)) {
                    compare(operation, dtype, shapes, plan);
                }
            }
        }
        int compared = compareReferences(plan, progress);
        return new ValidationRecord(
                ValidationRecord.FORMAT_VERSION,
                tested.name(),
                tested.description(),
                specification.description(),
                plan.cases(),
                plan.seed(),
                compared,
                rows);
    }

    /** Returns the number of cases. */
    private int compareReferences(Plan plan, Consumer<String> progress) {
        int compared = 0;
        String last = "";
        for (int i = 0; i < plan.references().size(); i++) {
            GoldenCase golden = plan.references().get(i);
            if (GoldenRunners.isAbout(golden, plan.operations())) {
                if (!golden.operation().equals(last)) {
                    progress.accept(GoldenRunners.PREFIX + golden.operation());
                }
                last = golden.operation();
                rows.addAll(GoldenRunners.compare(tested, golden, i + 1));
                compared++;
            }
        }
        return compared;
    }

    private void compare(Operation operation, DType dtype, List<Extents> shapes, Plan plan) {
        for (int i = 0; i < plan.cases(); i++) {
            int stream = 1000 * Operations.names().indexOf(operation.name()) + i;
            compare(operation, dtype, shapes.get(i % shapes.size()), plan.seed(), stream, i + 1);
        }
    }

    private void compare(Operation operation, DType dtype, Extents fixed, long seed, int stream, int number) {
        try (Trial expected = new Trial(specification, dtype, fixed, seed, stream);
                Trial actual = new Trial(tested, dtype, fixed, seed, stream)) {
            operation.work().run(expected);
            runTested(operation, dtype, actual, number);
            for (int i = 0; i < expected.results().size(); i++) {
                rows.add(row(
                        operation.name(),
                        dtype,
                        number,
                        expected.description(),
                        expected.results().get(i),
                        actual.results().get(i)));
            }
        }
    }

    /** A device that fails does so in an operation: names it. */
    private static void runTested(Operation operation, DType dtype, Trial trial, int number) {
        try {
            operation.work().run(trial);
        } catch (InputException failure) {
            throw new InputException(
                    operation.name() + " " + dtype + ", case " + number + " (" + trial.description() + "), failed: "
                            + failure.getMessage(),
                    failure);
        }
    }

    private static Row row(
            String operation, DType dtype, int number, String extents, TrialResult expected, TrialResult actual) {
        float[] right = expected.values();
        float[] other = actual.values();
        double scale = 0;
        for (float value : right) {
            scale = Math.max(scale, Math.abs(value));
        }
        double allowed =
                expected.tolerance() == 0 ? 0 : expected.tolerance() * Math.max(scale, expected.leastScale()) + FLOOR;
        int worst = 0;
        double largest = 0;
        for (int i = 0; i < right.length; i++) {
            double error = difference(right[i], other[i]);
            if (error > largest) {
                largest = error;
                worst = i;
            }
        }
        return new Row(
                operation,
                dtype.name().toLowerCase(Locale.ROOT),
                number,
                extents,
                expected.name(),
                largest,
                scale == 0 ? 0 : largest / scale,
                expected.shape().coordinate(worst),
                Float.toString(right[worst]),
                Float.toString(other[worst]),
                allowed,
                largest <= allowed);
    }

    /** Infinite where one of two is not finite and the other is not the same. */
    private static double difference(float expected, float actual) {
        if (Float.isFinite(expected) && Float.isFinite(actual)) {
            return Math.abs((double) expected - actual);
        }
        boolean same = Float.isNaN(expected) ? Float.isNaN(actual) : expected == actual;
        return same ? 0 : Double.MAX_VALUE;
    }
}
