package io.mambapkd.report;

import io.mambapkd.results.Format;
import io.mambapkd.results.RunSummary;

/** A run beside the paper's figures as a Markdown table, for the README. */
public final class ResultsTable {
    private ResultsTable() {}

    /** The table, every line ended by {@code \n}. Accuracies are on the test images. */
    public static String markdown(RunSummary summary) {
        StringBuilder table = new StringBuilder();
        table.append("| ")
                .append(cell(Format.dataset(summary.dataset())))
                .append(", test set | accuracy | FLOPs of the teacher's |");
        boolean paper = !PaperFigures.of(summary.dataset()).isEmpty();
        table.append(paper ? " paper: accuracy | paper: FLOPs |\n" : "\n");
        table.append(paper ? "|---|---:|---:|---:|---:|\n" : "|---|---:|---:|\n");
        for (Comparison.Row row : Comparison.rows(summary)) {
            table.append("| ").append(row.name()).append(row.onTest() ? "" : " (validation)");
            table.append(" | ").append(plain(Format.accuracy(row.accuracy())));
            table.append(" | ").append(plain(Format.ratio(row.flopsRatio()))).append(" |");
            if (row.paper() != null) {
                table.append(String.format(
                        java.util.Locale.ROOT,
                        " %.0f %% | %.0f %% |",
                        100 * row.paper().accuracy(),
                        100 * row.paper().flopsRatio()));
            } else if (paper) {
                table.append(" | |");
            }
            table.append('\n');
        }
        return table.toString();
    }

    private static String plain(String text) {
        return text.replace('\u00a0', ' ');
    }

    private static String cell(String text) {
        return text.replace("\\", "\\\\").replace("|", "\\|").replaceAll("\\R", " ");
    }
}
