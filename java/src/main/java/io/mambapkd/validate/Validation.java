package io.mambapkd.validate;

import io.mambapkd.ops.Backend;
import io.mambapkd.report.ValidationRecord;
import io.mambapkd.report.ValidationRecord.Row;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Runs operations on two backends with the same inputs and compares what comes out. */
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
     */
    public record Plan(List<String> operations, String shapes, int cases, long seed) {
        /** @throws io.mambapkd.InputException if an operation or shape makes no sense, or there are no cases */
        public Plan {
            operations = List.copyOf(operations);
            if (cases < 1) {
                throw new io.mambapkd.InputException("--cases must be at least 1, got " + cases);
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
        return new ValidationRecord(
                ValidationRecord.FORMAT_VERSION,
                tested.name(),
                tested.description(),
                specification.description(),
                plan.cases(),
                plan.seed(),
                rows);
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
            operation.work().run(actual);
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

    private static Row row(
            String operation, DType dtype, int number, String extents, TrialResult expected, TrialResult actual) {
        float[] right = expected.values();
        float[] other = actual.values();
        double scale = 0;
        for (float value : right) {
            scale = Math.max(scale, Math.abs(value));
        }
        double allowed = expected.tolerance() == 0 ? 0 : expected.tolerance() * scale + FLOOR;
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
                coordinate(expected.shape(), worst),
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

    private static String coordinate(Shape shape, int index) {
        int[] extents = shape.toArray();
        String[] at = new String[extents.length];
        int rest = index;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            at[axis] = Integer.toString(rest % extents[axis]);
            rest /= extents[axis];
        }
        return "[" + String.join(", ", at) + "]";
    }
}
