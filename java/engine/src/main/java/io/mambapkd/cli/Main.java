package io.mambapkd.cli;

import io.mambapkd.cli.calibration.CalibrateCommand;
import io.mambapkd.cli.commands.BenchCommand;
import io.mambapkd.cli.commands.CompletionCommand;
import io.mambapkd.cli.commands.DataCommand;
import io.mambapkd.cli.commands.DistillCommand;
import io.mambapkd.cli.commands.DoctorCommand;
import io.mambapkd.cli.commands.EvaluateCommand;
import io.mambapkd.cli.commands.FlopsCommand;
import io.mambapkd.cli.commands.InfoCommand;
import io.mambapkd.cli.commands.ReportCommand;
import io.mambapkd.cli.commands.TeacherCommand;
import io.mambapkd.cli.commands.ValidateCommand;
import io.mambapkd.cli.commands.VerifyCommand;
import io.mambapkd.cli.machine.CudaMachine;
import io.mambapkd.cli.predict.PredictCommand;
import io.mambapkd.cli.session.Failures;
import io.mambapkd.cli.session.HelpCommand;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.cli.session.ProgramVersion;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StandardOutput;
import io.mambapkd.cli.text.PathOption;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program. Exit codes are in {@link io.mambapkd.cli.session.ExitCode}; a stack trace is printed only when asked for. */
@Command(
        name = "mamba-pkd",
        mixinStandardHelpOptions = true,
        versionProvider = ProgramVersion.class,
        scope = ScopeType.INHERIT,
        description = "Distils an image classifier into a chain of small Mamba students.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:validate found a difference or a failure, doctor a problem, verify a damaged or missing file, or predict what cannot be read",
            "2:something given to the program is wrong",
            "5:the device failed; another process can go on",
            "8:another process uses the run folder",
            "70:the program is wrong",
            "75:a signal has stopped the run; distill --resume goes on with it",
            "128+N:signal N has ended it at once, as a second one does",
            "141:the output was closed by its reader"
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--stacktrace",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of an internal error.")
    private boolean stacktrace;

    private Main() {}

    public static void main(String[] args) {
        StandardOutput out = new StandardOutput();
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Session session = new Session(
                out.writer(), err, Jobs.REAL, Path.of("runs"), Clock.system(ZoneId.systemDefault()), CudaMachine.REAL);
        System.exit(out.end("mamba-pkd", err, execute(session, args)));
    }

    /** Runs a command line and returns its exit code. */
    public static int execute(Session session, String... args) {
        Main main = new Main();
        Failures failures = new Failures("mamba-pkd", session.err(), () -> main.stacktrace);
        CommandLine line = new CommandLine(main);
        Map<String, Supplier<Object>> commands = commands(session);
        // Making all commands takes a tenth of a second; the others are wanted for help and for completion alone.
        String first = args.length == 0 ? "" : args[0];
        if (commands.containsKey(first) && !first.equals("completion")) {
            commands.keySet().retainAll(List.of(first));
        }
        commands.forEach((name, command) -> line.addSubcommand(command.get()));
        HelpCommand.addTo(line);
        line.registerConverter(Path.class, new PathOption())
                .setOut(session.out())
                .setErr(session.err())
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures);
        try {
            return line.execute(args);
        } catch (OutOfMemoryError | LinkageError | StackOverflowError | AssertionError failure) {
            return failures.internal(failure);
        }
    }

    /** What makes each command, by its name, in the order in which help lists them. */
    private static Map<String, Supplier<Object>> commands(Session session) {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("distill", () -> new DistillCommand(session));
        commands.put("teacher", () -> new TeacherCommand(session));
        commands.put("evaluate", () -> new EvaluateCommand(session));
        commands.put("calibrate", () -> new CalibrateCommand(session));
        commands.put("predict", () -> new PredictCommand(session, () -> System.in));
        commands.put("report", () -> new ReportCommand(session));
        commands.put("verify", () -> new VerifyCommand(session));
        commands.put("flops", () -> new FlopsCommand(session));
        commands.put("validate", () -> new ValidateCommand(session));
        commands.put("doctor", () -> new DoctorCommand(session));
        commands.put("info", () -> new InfoCommand(session));
        commands.put("data", () -> DataCommand.create(session));
        commands.put("bench", () -> BenchCommand.create());
        commands.put("completion", () -> new CompletionCommand(session));
        return commands;
    }

    @Override
    public void run() {
        CommandLine line = spec.commandLine();
        throw new ParameterException(
                line,
                "expected a command: " + String.join(", ", line.getSubcommands().keySet()));
    }
}
