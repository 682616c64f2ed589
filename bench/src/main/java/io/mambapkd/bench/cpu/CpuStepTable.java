package io.mambapkd.bench.cpu;

import io.mambapkd.bench.result.Machine;
import java.util.Locale;

/** A result of cpu-step as Markdown. */
final class CpuStepTable {
    private CpuStepTable() {}

    static String markdown(CpuStepResult result) {
        StringBuilder text = new StringBuilder();
        text.append("| training step, batch ")
                .append(result.batch())
                .append(" | parameters | mamba-pkd, images/s | PyTorch, images/s | ratio |\n");
        text.append("|---|---:|---:|---:|---:|\n");
        for (CpuStepResult.Model model : result.models()) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %,d | %s | %s | **%.2fx** |%n",
                    model.name(),
                    model.parameters(),
                    model.ours().text(),
                    model.peer().text(),
                    model.ratio()));
        }
        Machine machine = result.machine();
        text.append("\nMedian of ")
                .append(result.models().get(0).ours().imagesPerSecond().size());
        text.append(" blocks each (smallest to largest), ")
                .append(result.settings())
                .append(" settings.\n");
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
