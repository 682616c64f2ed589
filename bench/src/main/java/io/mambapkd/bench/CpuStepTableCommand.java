package io.mambapkd.bench;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
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
        String table = ResultTable.markdown(CpuStepResult.read(from));
        try {
            Files.writeString(into, ResultTable.insert(Files.readString(into), into.toString(), table));
        } catch (IOException failure) {
            throw new InputException("the document " + into + " cannot be read and written: " + failure, failure);
        }
        return 0;
    }
}
