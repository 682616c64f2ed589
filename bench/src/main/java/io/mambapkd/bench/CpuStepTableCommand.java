package io.mambapkd.bench;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cpu-step-table}. */
@Command(
        name = "cpu-step-table",
        description = "Writes a result of cpu-step into a document, between its markers.",
        mixinStandardHelpOptions = true)
final class CpuStepTableCommand implements Callable<Integer> {
    static final DocumentSection SECTION = new DocumentSection("cpu-step");

    @Option(names = "--from", required = true, paramLabel = "FILE", description = "Result of cpu-step.")
    private Path from = Path.of("");

    @Option(
            names = "--into",
            defaultValue = "bench/README.md",
            paramLabel = "FILE",
            description = "Document to change (default: ${DEFAULT-VALUE}).")
    private Path into = Path.of("");

    @Override
    public Integer call() {
        SECTION.write(into, ResultKinds.CPU_STEP.markdown(ResultFile.read(from, ResultKinds.CPU_STEP)));
        return 0;
    }
}
