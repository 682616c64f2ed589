package io.mambapkd.bench.step;

import java.util.Locale;

/** A result of step as Markdown. */
final class StepTable {
    private StepTable() {}

    static String markdown(StepResult result) {
        StringBuilder text = new StringBuilder();
        text.append(
                "| training step | precision | mode | batch | nodes | images/s | step, µs (p10 to p90) | launch by the host,"
                        + " µs | on the device, µs | device busy |\n");
        text.append("|---|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
        for (StepResult.Row row :
                result.rows().stream().filter(StepResult.Row::isMeasured).toList()) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %d | %s | %,.0f | %,.1f (%,.1f to %,.1f) | %s |\n",
                    row.model(),
                    row.precision(),
                    row.mode(),
                    row.batch(),
                    row.nodes() == 0 ? "-" : String.format(Locale.ROOT, "%,.0f", row.nodes()),
                    row.imagesPerSecond(),
                    row.step().median(),
                    row.step().quantile(0.1),
                    row.step().quantile(0.9),
                    device(row)));
        }
        text.append("\nMedians.\n");
        beside(result, StepResult.UNFUSED, "fused", "unfused", text);
        beside(result, StepResult.STREAMED, "data on the device", "streamed from the host", text);
        result.problems()
                .forEach(
                        problem -> text.append("- **Failed**: ").append(problem).append(".\n"));
        return text.toString();
    }

    /**
     * What another way to do a step costs, where both were measured.
     *
     * @param suffix of the mode of the other one
     * @param own and other: what the two are called
     */
    private static void beside(StepResult result, String suffix, String own, String other, StringBuilder text) {
        StringBuilder table = new StringBuilder();
        for (StepResult.Row row : result.rows()) {
            for (StepResult.Row second : result.rows()) {
                if (row.isMeasured() && second.isMeasured() && second.isOtherwise(row, suffix)) {
                    table.append(String.format(
                            Locale.ROOT,
                            "| %s | %s | %s | %d | %,.1f | %,.1f | %.2f |\n",
                            row.model(),
                            row.precision(),
                            row.mode(),
                            row.batch(),
                            row.step().median(),
                            second.step().median(),
                            second.step().median() / row.step().median()));
                }
            }
        }
        if (!table.isEmpty()) {
            text.append(String.format(
                            "\n| training step | precision | mode | batch | %s, µs | %s, µs | ratio |\n", own, other))
                    .append("|---|---|---|---:|---:|---:|---:|\n")
                    .append(table)
                    .append("\nMedians of the same step, one after the other in one run.\n");
        }
    }

    /** On the CPU a launch is the step itself. */
    private static String device(StepResult.Row row) {
        return row.device().isKnown()
                ? String.format(
                        Locale.ROOT,
                        "%,.1f | %,.1f | %.0f %%",
                        row.launch().median(),
                        row.device().median(),
                        100 * row.deviceShare())
                : "- | - | -";
    }
}
