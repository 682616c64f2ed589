package io.mambapkd.bench.model;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** Predictions as Markdown. */
final class ModelTable {
    private ModelTable() {}

    static String markdown(ModelResult result) {
        boolean beside = result.rows().stream().anyMatch(Prediction::isMeasured);
        StringBuilder text = new StringBuilder();
        text.append(
                        "| operation | variant | precision | size | nodes | predicted, µs | memory, µs | instructions, µs | most of it |")
                .append(beside ? " measured, µs | error |\n" : "\n");
        text.append("|---|---|---|---|---:|---:|---:|---:|---|").append(beside ? "---:|---:|\n" : "\n");
        for (Prediction row : result.rows()) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %d | %,.1f | %,.1f | %,.1f%s | %s |",
                    row.operation(),
                    row.variant(),
                    row.precision(),
                    row.size(),
                    row.nodes(),
                    row.microseconds(),
                    row.memory(),
                    row.compute(),
                    row.whole() ? "" : "*",
                    row.limit()));
            text.append(beside ? measured(row) : "").append('\n');
        }
        text.append(
                "\nPredicted, not measured. `*`: a kernel has loops that loops.tsv does not list, so its instructions are a guess, mostly too low.\n");
        if (beside) {
            summary(text, "All rows", result.rows(), row -> true);
            summary(
                    text,
                    "Counted in full",
                    result.rows(),
                    row -> row.whole() && !row.limit().equals(library()));
            summary(
                    text,
                    "Loops not counted",
                    result.rows(),
                    row -> !row.whole() && !row.limit().equals(library()));
            summary(
                    text,
                    "Libraries, whose rows are bounds",
                    result.rows(),
                    row -> row.limit().equals(library()));
            text.append("- Measured: ")
                    .append(String.join(", ", result.measured()))
                    .append(".\n");
        }
        return text.toString();
    }

    private static String library() {
        return KernelModel.Limit.LIBRARY.words();
    }

    private static String measured(Prediction row) {
        if (!row.isMeasured()) {
            return " - | - |";
        }
        String error = String.format(Locale.ROOT, "%+.0f %%", 100 * row.error());
        return String.format(Locale.ROOT, " %,.1f | %s |", row.measured(), row.isFar() ? "**" + error + "**" : error);
    }

    private static void summary(StringBuilder text, String name, List<Prediction> rows, Predicate<Prediction> which) {
        List<Prediction> some =
                rows.stream().filter(Prediction::isMeasured).filter(which).toList();
        if (some.isEmpty()) {
            return;
        }
        double[] errors =
                some.stream().mapToDouble(row -> Math.abs(row.error())).sorted().toArray();
        Prediction worst = some.stream()
                .max(Comparator.comparingDouble(row -> Math.abs(row.error())))
                .orElseThrow();
        text.append(String.format(
                Locale.ROOT,
                "- %s: %d rows, median error %.0f %%, %d off by more than %.0f %%; worst %s %s %s %s, %+.0f %%.\n",
                name,
                some.size(),
                100 * errors[errors.length / 2],
                some.stream().filter(Prediction::isFar).count(),
                100 * Prediction.FAR,
                worst.operation(),
                worst.variant(),
                worst.precision(),
                worst.size(),
                100 * worst.error()));
    }
}
