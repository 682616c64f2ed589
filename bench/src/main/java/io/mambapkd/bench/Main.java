package io.mambapkd.bench;

import io.mambapkd.InputException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code mamba-pkd-bench}: exit code 0, 1 if a measurement failed, 2 for bad input. */
@Command(
        name = "mamba-pkd-bench",
        description = "Measurements of mamba-pkd beside its peers.",
        subcommands = {
            KernelsCommand.class,
            StepCommand.class,
            ReportCommand.class,
            CpuStepCommand.class,
            CpuStepTableCommand.class,
            JobTableCommand.class
        },
        mixinStandardHelpOptions = true)
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(new PrintWriter(System.err, true, Charset.defaultCharset()), arguments));
    }

    /** Runs a command and returns its exit code. */
    static int run(PrintWriter errors, String... arguments) {
        CommandLine line = new CommandLine(new Main());
        line.setErr(errors);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((failure, wrong) -> {
            failure.getCommandLine().getErr().println("mamba-pkd-bench: " + failure.getMessage());
            return CommandLine.ExitCode.USAGE;
        });
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("mamba-pkd-bench: " + failure.getMessage());
            if (failure instanceof InputException) {
                return CommandLine.ExitCode.USAGE;
            }
            failure.printStackTrace(command.getErr());
            return CommandLine.ExitCode.SOFTWARE;
        });
        return line.execute(arguments);
    }
}
