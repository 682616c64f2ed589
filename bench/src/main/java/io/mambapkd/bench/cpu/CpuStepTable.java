package io.mambapkd.bench.cpu;

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
        text.append(TableNotes.markdown(
                result.models().get(0).ours().imagesPerSecond().size(),
                result.settings() + " settings",
                result.origin(),
                result.machine(),
                result.threads(),
                result.ours(),
                result.peer()));
        return text.toString();
    }
}
