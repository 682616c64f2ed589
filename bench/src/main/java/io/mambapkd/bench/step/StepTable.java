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
        streamed(result, text);
        result.problems()
                .forEach(
                        problem -> text.append("- **Failed**: ").append(problem).append(".\n"));
        return text.toString();
    }

    /** What it costs that data are brought batch by batch, where both were measured. */
    private static void streamed(StepResult result, StringBuilder text) {
        StringBuilder table = new StringBuilder();
        for (StepResult.Row row : result.rows()) {
            String other = row.name() + StepResult.STREAMED;
            for (StepResult.Row beside : result.rows()) {
                if (row.isMeasured() && beside.isMeasured() && beside.name().equals(other)) {
                    table.append(String.format(
                            Locale.ROOT,
                            "| %s | %s | %s | %d | %,.1f | %,.1f | %.2f |\n",
                            row.model(),
                            row.precision(),
                            row.mode(),
                            row.batch(),
                            row.step().median(),
                            beside.step().median(),
                            beside.step().median() / row.step().median()));
                }
            }
        }
        if (!table.isEmpty()) {
            text.append(
                            "\n| training step | precision | mode | batch | data on the device, µs | streamed from the host, µs | ratio |\n")
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
