package io.mambapkd.bench;

import io.mambapkd.InputException;
import io.mambapkd.report.ResultsTable;
import io.mambapkd.report.SummaryJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code job-table}. */
@Command(
        name = "job-table",
        description = "Writes the result of a distillation run into a document, between its markers.",
        mixinStandardHelpOptions = true)
final class JobTableCommand implements Callable<Integer> {
    static final DocumentSection SECTION = new DocumentSection("job");

    @Option(names = "--from", required = true, paramLabel = "FILE", description = "summary.json of a run.")
    private Path from = Path.of("");

    @Option(
            names = "--into",
            defaultValue = "README.md",
            paramLabel = "FILE",
            description = "Document to change (default: ${DEFAULT-VALUE}).")
    private Path into = Path.of("");

    @Override
    public Integer call() {
        byte[] json;
        try {
            json = Files.readAllBytes(from);
        } catch (IOException failure) {
            throw new InputException("the summary " + from + " cannot be read: " + failure, failure);
        }
        SECTION.write(into, ResultsTable.markdown(SummaryJson.read(json, from.toString())));
        return 0;
    }
}
