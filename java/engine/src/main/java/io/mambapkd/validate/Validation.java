package io.mambapkd.validate;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.results.Origin;
import io.mambapkd.results.ValidationRecord;
import io.mambapkd.results.ValidationRecord.Row;
import io.mambapkd.tensor.DType;
import io.mambapkd.validate.golden.GoldenCase;
import io.mambapkd.validate.golden.GoldenRunners;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

    /** What is told while a comparison goes on. */
    public interface Progress {
        /** The comparison of an operation begins. */
        void begins(String operation);

        /** Before each operation: what would be left of the comparison if it ended now. */
        void soFar(ValidationRecord record);
    }

    /** All comparisons of one operation. */
    private record Step(String operation, Runnable comparison) {}

    private final Backend specification;
    private final Backend tested;
    private final Origin origin;
    private final List<Row> rows = new ArrayList<>();
    private int references;
    private String stopped = "";

    /**
     * @param specification what is right; its failures are not caught
     * @param tested what is compared with it
     * @param origin for the record
     */
    public Validation(Backend specification, Backend tested, Origin origin) {
        this.specification = specification;
        this.tested = tested;
        this.origin = origin;
    }

    /**
     * Compares. A case that fails on the tested device is a row that failed, and the next one is run, until the device is lost: then the comparison stops.
     *
     * @throws InputException if a case of the reference vectors lacks what its operation needs
     */
    public ValidationRecord run(Plan plan, Progress progress) {
        List<Step> steps = steps(plan);
        for (int i = 0; i < steps.size(); i++) {
            progress.soFar(record(plan, steps.subList(i, steps.size())));
            progress.begins(steps.get(i).operation());
            steps.get(i).comparison().run();
            if (!stopped.isEmpty()) {
                return record(plan, steps.subList(i, steps.size()));
            }
        }
        return record(plan, List.of());
    }

    private ValidationRecord record(Plan plan, List<Step> notCompared) {
        return new ValidationRecord(
                ValidationRecord.FORMAT_VERSION,
                origin,
                tested.name(),
                tested.description(),
                specification.description(),
                plan.cases(),
                plan.seed(),
                references,
                notCompared.stream().map(Step::operation).toList(),
                stopped,
                rows);
    }

    private List<Step> steps(Plan plan) {
        List<Extents> shapes = plan.shapes().isEmpty() ? List.of(Extents.DRAWN) : Extents.parse(plan.shapes());
        List<Step> steps = new ArrayList<>();
        for (Operation operation : Operations.named(plan.operations())) {
            steps.add(new Step(operation.name(), () -> compare(operation, shapes, plan)));
        }
        Map<String, List<Integer>> cases = new LinkedHashMap<>();
        for (int i = 0; i < plan.references().size(); i++) {
            GoldenCase golden = plan.references().get(i);
            if (GoldenRunners.isAbout(golden, plan.operations())) {
                cases.computeIfAbsent(golden.operation(), name -> new ArrayList<>())
                        .add(i);
            }
        }
        cases.forEach((name, indices) ->
                steps.add(new Step(GoldenRunners.PREFIX + name, () -> compareReferences(plan.references(), indices))));
        return steps;
    }

    private void compareReferences(List<GoldenCase> all, List<Integer> indices) {
        for (int i = 0; i < indices.size() && stopped.isEmpty(); i++) {
            int index = indices.get(i);
            List<Row> compared = GoldenRunners.compare(tested, specification, all.get(index), index + 1);
            rows.addAll(compared);
            references++;
            if (!compared.stream().allMatch(Row::isCompared)) {
                stopIfLost();
            }
        }
    }

    private void compare(Operation operation, List<Extents> shapes, Plan plan) {
        for (DType dtype : operation.types()) {
            boolean compared = stopped.isEmpty() && tested.supports(dtype);
            for (int i = 0; compared && i < plan.cases() && stopped.isEmpty(); i++) {
                int stream = 1000 * Operations.names().indexOf(operation.name()) + i;
                compare(operation, dtype, shapes.get(i % shapes.size()), plan.seed(), stream, i + 1);
            }
        }
    }

    private void compare(Operation operation, DType dtype, Extents fixed, long seed, int stream, int number) {
        try (Trial expected = new Trial(specification, dtype, fixed, seed, stream)) {
            operation.work().run(expected);
            List<TrialResult> right = expected.results();
            List<TrialResult> results = new ArrayList<>();
            String failure = runTested(operation, new Trial(tested, dtype, fixed, seed, stream), results);
            List<Row> compared =
                    rows(operation, dtype, number, expected.description(), right, results, new double[right.size()]);
            if (operation.bends() && dtype == DType.F32 && !compared.stream().allMatch(Row::passed)) {
                double[] moves = Sensitivity.of(
                        operation, right, moved -> new Trial(specification, dtype, fixed, seed, stream, moved));
                compared = rows(operation, dtype, number, expected.description(), right, results, moves);
            }
            rows.addAll(compared);
            if (!failure.isEmpty()) {
                String missing = results.size() < right.size()
                        ? right.get(results.size()).name()
                        : "";
                rows.add(Row.failed(operation.name(), name(dtype), number, expected.description(), missing, failure));
                stopIfLost();
            }
        }
    }

    /** @param moves what else may lie between two results, for each */
    private static List<Row> rows(
            Operation operation,
            DType dtype,
            int number,
            String extents,
            List<TrialResult> right,
            List<TrialResult> results,
            double[] moves) {
        List<Row> compared = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            compared.add(row(operation.name(), dtype, number, extents, right.get(i), results.get(i), moves[i]));
        }
        return compared;
    }

    /** Adds what came out of the trial, and closes it. Returns why it failed, or nothing. */
    private static String runTested(Operation operation, Trial trial, List<TrialResult> results) {
        try (trial) {
            try {
                operation.work().run(trial);
            } finally {
                results.addAll(trial.results());
            }
            return "";
        } catch (RuntimeException failure) {
            return DeviceCheck.reason(failure);
        }
    }

    private void stopIfLost() {
        stopped = DeviceCheck.lost(tested).orElse("");
    }

    private static String name(DType dtype) {
        return dtype.name().toLowerCase(Locale.ROOT);
    }

    private static Row row(
            String operation,
            DType dtype,
            int number,
            String extents,
            TrialResult expected,
            TrialResult actual,
            double moves) {
        float[] right = expected.values();
        float[] other = actual.values();
        double scale = 0;
        for (float value : right) {
            scale = Math.max(scale, Math.abs(value));
        }
        double allowed = expected.tolerance() == 0
                ? 0
                : expected.tolerance() * Math.max(scale, expected.leastScale()) + FLOOR + moves;
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
                name(dtype),
                number,
                extents,
                expected.name(),
                largest,
                scale == 0 ? 0 : largest / scale,
                expected.shape().coordinate(worst),
                Float.toString(right[worst]),
                Float.toString(other[worst]),
                allowed,
                largest <= allowed,
                "");
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
