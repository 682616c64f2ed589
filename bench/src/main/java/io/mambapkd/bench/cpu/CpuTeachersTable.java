package io.mambapkd.bench.cpu;

import io.mambapkd.bench.result.Machine;
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
        Machine machine = result.machine();
        int blocks = result.rows().stream()
                .mapToInt(row -> row.ours().imagesPerSecond().size())
                .max()
                .orElse(0);
        text.append("\nMedian of ").append(blocks);
        text.append(" blocks each (smallest to largest), ")
                .append(result.settings())
                .append(" settings; load is that of the minute before the row, and includes the row before.\n");
        text.append("- Machine: ").append(result.origin().device()).append(", ").append(machine.cores());
        text.append(" cores; threads used: ")
                .append(result.threads())
                .append("; ")
                .append(machine.system());
        text.append("; JDK: ").append(machine.jdk());
        text.append(String.format(Locale.ROOT, "; load before the run: %.1f.%n", machine.load()));
        if (machine.isBusy()) {
            text.append("- **The machine was busy: do not rely on these numbers.**\n");
        }
        text.append("- Ours: ").append(result.ours()).append(".\n");
        text.append("- Peer: ").append(result.peer()).append(".\n");
        return text.toString();
    }
}
