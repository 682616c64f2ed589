package io.mambapkd.bench.model;

import java.util.List;
import java.util.Locale;

/** Choices between one kernel and several operations as Markdown. */
final class FusedTable {
    /** What the engine takes may be slower by this share before it is marked. */
    private static final double SLOWER = 0.1;

    private static final String NONE = "-";

    private FusedTable() {}

    static String markdown(FusedResult result) {
        StringBuilder text = new StringBuilder();
        text.append(
                "| part | precision | size | forward, µs: fused | separate | backward, µs: fused | separate | fused, of separate | taken |\n");
        text.append("|---|---|---|---:|---:|---:|---:|---:|---|\n");
        for (FusedChoice row : result.rows()) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
                    row.part(),
                    row.precision(),
                    row.size(),
                    row.isFused() ? time(row.fused().get(0)) : NONE,
                    time(row.separate().get(0)),
                    row.isFused() ? time(row.fused().get(1)) : NONE,
                    time(row.separate().get(1)),
                    row.isFused() ? share(row) : NONE,
                    row.isFused() ? "fused" : "separate"));
        }
        List<String> slower = result.rows().stream()
                .filter(FusedTable::isSlower)
                .map(row -> row.part() + " " + row.precision() + " " + row.size())
                .toList();
        text.append("\nPredicted")
                .append(result.measured().isEmpty() ? ", not measured" : ", in brackets measured")
                .append(
                        ". `*`: a kernel has loops that loops.tsv does not list. Calls of cuBLAS are bounds. A width that the engine does not take has no fused kernel.\n");
        text.append("- Taken although slower by more than 10 %: ")
                .append(slower.isEmpty() ? "none" : String.join("; ", slower))
                .append(".\n");
        List<String> sizes = result.rows().stream()
                .map(row -> row.size() + ": " + row.extents())
                .distinct()
                .toList();
        text.append("- Sizes: ").append(String.join("; ", sizes)).append(".\n");
        if (!result.measured().isEmpty()) {
            text.append("- Measured: ")
                    .append(String.join(", ", result.measured()))
                    .append(".\n");
        }
        return text.toString();
    }

    private static boolean isSlower(FusedChoice row) {
        return row.isFused() && row.ratio() > 1 + SLOWER;
    }

    private static String share(FusedChoice row) {
        String share = String.format(Locale.ROOT, "%.0f %%", 100 * row.ratio());
        return isSlower(row) ? "**" + share + "**" : share;
    }

    private static String time(Prediction row) {
        return String.format(Locale.ROOT, "%,.1f%s", row.microseconds(), row.whole() ? "" : "*")
                + (row.isMeasured() ? String.format(Locale.ROOT, " (%,.1f)", row.measured()) : "");
    }
}
