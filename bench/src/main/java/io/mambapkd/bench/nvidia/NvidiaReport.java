package io.mambapkd.bench.nvidia;

import io.mambapkd.doctor.Finding;
import io.mambapkd.tensor.DType;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A check as Markdown, which reads as well on a terminal. It names no folder of the machine. */
public final class NvidiaReport {
    private static final String ENGINES = """

            Engines for an H100 (sm_90), images channels-last, sums in float: KiB of workspace, or why the engine does not work. The program asks for them in this order,
            forward for both with the filter channels-last first. Engine 0 is not deterministic for the gradients. An engine that rounds floats to TF32 counts as
            refused. Where cuDNN notes that an engine uses tensor cores, the cell says so.
            """;

    private NvidiaReport() {}

    /**
     * Writes it.
     *
     * @param date of the check, UTC
     * @param commit of the program
     * @param command that repeats it
     */
    public static String of(NvidiaCheck check, String date, String commit, String command) {
        StringBuilder text = new StringBuilder();
        text.append("# NVIDIA's libraries without a device")
                .append(title(check))
                .append("\n\n");
        text.append("Date ").append(date).append(", commit ").append(commit).append(", command `");
        text.append(command)
                .append(
                        "`. No GPU took part: this says what the files export, and what cuDNN answers about a described H100.\n\n");
        text.append("| check | verdict | found |\n|---|---|---|\n");
        for (Finding finding : check.findings()) {
            text.append("| ").append(finding.name()).append(" | ");
            text.append(finding.verdict().name().toLowerCase(Locale.ROOT)).append(" | ");
            text.append(cell(finding.text()));
            if (!finding.remedy().isEmpty()) {
                text.append("; ").append(cell(finding.remedy()));
            }
            text.append(" |\n");
        }
        if (!check.engines().isEmpty()) {
            engines(text, check);
        }
        return text.toString();
    }

    private static void engines(StringBuilder text, NvidiaCheck check) {
        text.append(ENGINES).append("\n| convolution | direction | models |");
        StringBuilder line = new StringBuilder("\n|---|---|---|");
        for (DType type : EngineCheck.TYPES) {
            for (CandidateEngine engine : CandidateEngine.ALL) {
                text.append(' ')
                        .append(EngineCheck.words(type))
                        .append(", ")
                        .append(engine.words())
                        .append(" |");
                line.append("---:|");
            }
        }
        text.append(line).append('\n');
        for (EngineCheck.Row row : check.engines()) {
            text.append("| ").append(EngineCheck.extents(row.call())).append(" | ");
            text.append(row.call().direction().words()).append(" | ").append(row.users());
            row.cells().forEach(cell -> text.append(" | ").append(cell));
            text.append(" |\n");
        }
    }

    /** With the versions that are known. */
    private static String title(NvidiaCheck check) {
        String cublas = check.cublasVersion().isEmpty() ? "" : "cuBLAS " + check.cublasVersion();
        String cudnn = check.cudnnVersion().isEmpty() ? "" : "cuDNN " + check.cudnnVersion();
        String known = Stream.of(cublas, cudnn).filter(name -> !name.isEmpty()).collect(Collectors.joining(", "));
        return known.isEmpty() ? "" : ": " + known;
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
