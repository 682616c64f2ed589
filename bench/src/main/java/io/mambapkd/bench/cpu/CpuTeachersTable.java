package io.mambapkd.bench.cpu;

import java.util.Locale;

/** A result of cpu-teachers as Markdown. */
final class CpuTeachersTable {
    private CpuTeachersTable() {}

    static String markdown(CpuTeachersResult result) {
        StringBuilder text = new StringBuilder();
        text.append("| training step of a teacher | images | precision | batch | parameters | mamba-pkd, images/s"
                + " | PyTorch, images/s | ratio | products of patches, images/s | oneDNN to patches | load |\n");
        text.append("|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        for (CpuTeachersResult.Row row : result.rows()) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %,d | %,d | %s | %s, %s | **%.2fx** | %s | %s | %.1f |%n",
                    row.teacher(),
                    row.image(),
                    row.precision(),
                    row.batch(),
                    row.parameters(),
                    row.ours().text(),
                    row.peer().text(),
                    row.layout(),
                    row.ratio(),
                    row.patches().stream().map(Samples::text).findFirst().orElse("-"),
                    row.patches().stream()
                            .map(patches -> String.format(
                                    Locale.ROOT, "%.2fx", row.ours().median() / patches.median()))
                            .findFirst()
                            .orElse("-"),
                    row.load()));
        }
        int blocks = result.rows().stream()
                .mapToInt(row -> row.ours().imagesPerSecond().size())
                .max()
                .orElse(0);
        text.append(TableNotes.markdown(
                blocks,
                result.settings() + " settings; load is that of the minute before the row, and includes the row before",
                result.origin(),
                result.machine(),
                result.threads(),
                result.ours(),
                result.peer()));
        return text.toString();
    }
}
