package io.mambapkd.bench;

import io.mambapkd.bench.cpu.CpuStepCommand;
import io.mambapkd.bench.cpu.CpuTeachersCommand;
import io.mambapkd.bench.cpu.WrongMeasurement;
import io.mambapkd.bench.job.JobCommand;
import io.mambapkd.bench.kernels.KernelsCommand;
import io.mambapkd.bench.model.ModelCommand;
import io.mambapkd.bench.nvidia.NvidiaCheckCommand;
import io.mambapkd.bench.peers.PeersCommand;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.saves.SavesCommand;
import io.mambapkd.bench.step.StepCommand;
import io.mambapkd.cli.session.Failures;
import io.mambapkd.cli.session.HelpCommand;
import io.mambapkd.cli.session.StandardOutput;
import io.mambapkd.cli.text.PathOption;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code mamba-pkd bench}; the launcher takes the word bench away. A stack trace is printed only when asked for. */
@Command(
        name = Problems.PROGRAM,
        description = "Measures mamba-pkd, and what a user would pick instead beside it.",
        subcommands = {
            KernelsCommand.class,
            StepCommand.class,
            JobCommand.class,
            SavesCommand.class,
            PeersCommand.class,
            CpuStepCommand.class,
            CpuTeachersCommand.class,
            ModelCommand.class,
            NvidiaCheckCommand.class,
            ReportCommand.class
        },
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:something that was measured is wrong, failed, or is missing",
            "2:something given to the program is wrong",
            "5:the device failed; another process can go on",
            "8:another process uses the run folder",
            "70:the program is wrong",
            "141:the output was closed by its reader"
        })
public final class Main implements Runnable {
    @Spec
    private @org.jspecify.annotations.Nullable CommandSpec spec;

    @Option(
            names = "--stacktrace",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of an internal error.")
    private boolean stacktrace;

    private Main() {}

    public static void main(String[] arguments) {
        StandardOutput out = new StandardOutput();
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(out.end(Problems.PROGRAM, err, run(out.writer(), err, arguments)));
    }

    /** Runs a command and returns its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... arguments) {
        Main main = new Main();
        Failures failures = new Failures(Problems.PROGRAM, err, () -> main.stacktrace);
        CommandLine line = new CommandLine(main);
        HelpCommand.addTo(line);
        line.registerConverter(Path.class, new PathOption())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (failure instanceof WrongMeasurement wrong) {
                        failures.say(String.valueOf(wrong.getMessage()));
                        return WrongMeasurement.EXIT_CODE;
                    }
                    return failures.handleExecutionException(failure, command, parsed);
                });
        try {
            return line.execute(arguments);
        } catch (OutOfMemoryError | LinkageError | StackOverflowError | AssertionError failure) {
            return failures.internal(failure);
        }
    }

    @Override
    public void run() {
        CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
        throw new ParameterException(
                line,
                "expected a command: " + String.join(", ", line.getSubcommands().keySet()));
    }
}
