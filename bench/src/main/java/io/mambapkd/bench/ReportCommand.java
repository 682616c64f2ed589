package io.mambapkd.bench;

import io.mambapkd.InputException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code report}. */
@Command(name = "report", description = "Prints the tables of result files.", mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec command;

    @Option(names = "--markdown", description = "As Markdown, to standard output.")
    private boolean markdown;

    @Option(
            names = "--allow-emulated",
            description = "Also results of an emulated device, each table marked as not a performance figure.")
    private boolean allowEmulated;

    @Parameters(arity = "1..*", paramLabel = "FILES", description = "Result files, as the other commands write them.")
    private List<Path> files = new ArrayList<>();

    @Override
    public Integer call() {
        if (!markdown) {
            throw new InputException("report needs the form of its tables, got none; give --markdown");
        }
        List<String> tables = new ArrayList<>();
        for (Path file : files) {
            ResultKinds.Shown result = ResultKinds.show(file);
            if (result.origin().emulated() && !allowEmulated) {
                throw new InputException(
                        "expected results of a GPU or a CPU, got times of an emulated device in " + file
                                + ", which say nothing about speed; measure on a GPU, or mark them with"
                                + " --allow-emulated");
            }
            tables.add(result.markdown());
        }
        PrintWriter out = Objects.requireNonNull(command).commandLine().getOut();
        out.print(String.join("\n", tables));
        out.flush();
        return 0;
    }
}
