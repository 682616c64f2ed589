package io.mambapkd.bench;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.bench.result.DocumentSection;
import io.mambapkd.storage.OutputFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code report}. */
@Command(
        name = "report",
        description = "Prints the tables of result files, or writes them into a document, between its markers.")
final class ReportCommand implements Callable<Integer> {
    /** One or the other. */
    static final class Form {
        @Option(names = "--markdown", required = true, description = "Prints them as Markdown.")
        @SuppressWarnings("UnusedVariable") // That it was given is all there is to know.
        private boolean markdown;

        @Option(
                names = "--into",
                paramLabel = "DOCUMENT",
                description = "Writes them between the two marker lines that the document has for each kind.")
        private @Nullable Path document;
    }

    @Spec
    private @Nullable CommandSpec command;

    @ArgGroup(multiplicity = "1")
    private Form form = new Form();

    @Option(
            names = "--allow-emulated",
            description = "Also results of an emulated device, each table marked as not a performance figure.")
    private boolean allowEmulated;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILES",
            description = "Result files, as the other commands write them, or the summary.json of a run.")
    private List<Path> files = new ArrayList<>();

    @Override
    public Integer call() {
        List<ResultKinds.Shown> results = files.stream()
                .map(file -> accepted(file, ResultKinds.show(file)))
                .toList();
        Path document = form.document;
        if (document != null) {
            write(document, results);
            return 0;
        }
        PrintWriter out = Objects.requireNonNull(command).commandLine().getOut();
        out.print(results.stream().map(ResultKinds.Shown::markdown).collect(Collectors.joining("\n")));
        out.flush();
        return 0;
    }

    private ResultKinds.Shown accepted(Path file, ResultKinds.Shown result) {
        if (result.emulated() && !allowEmulated) {
            throw new InputException("expected results of a GPU or a CPU, got times of an emulated device in " + file
                    + ", which say nothing about speed; measure on a GPU, or mark them with --allow-emulated");
        }
        return result;
    }

    /** Every section, or none if one of them has no place. */
    private static void write(Path document, List<ResultKinds.Shown> results) {
        Map<String, String> sections = new LinkedHashMap<>();
        results.forEach(
                result -> sections.merge(result.kind(), result.markdown(), (first, next) -> first + "\n" + next));
        String text;
        try {
            if (!Files.isRegularFile(document) && Files.exists(document)) {
                throw new FileSystemException(document.toString(), null, "it is no file with text");
            }
            text = Files.readString(document);
        } catch (IOException failure) {
            throw new InputException(
                    "the document " + document + " cannot be read: " + FileFailure.reason(failure)
                            + "; name another one with --into",
                    failure);
        }
        for (Map.Entry<String, String> section : sections.entrySet()) {
            text = new DocumentSection(section.getKey()).insert(text, document.toString(), section.getValue());
        }
        OutputFile.of("--into", document).write(text);
    }
}
