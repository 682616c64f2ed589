package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code mamba-pkd bench}, for the list of commands and for completion: it is a program of its own, which the launcher starts. Its commands are named here, as this
 * program cannot ask it.
 */
@Command(name = "bench", description = "Measures this program, and others beside it; mamba-pkd bench --help says more.")
public final class BenchCommand implements Runnable {
    /** The commands of bench, in its order, and what each does in a few words. */
    public static final Map<String, String> COMMANDS = commands();

    private static Map<String, String> commands() {
        Map<String, String> commands = new LinkedHashMap<>();
        commands.put("kernels", "Checks and times each operation.");
        commands.put("step", "Times the training step of each model.");
        commands.put("job", "Times the whole job of a preset.");
        commands.put("saves", "Times training steps with saves and without.");
        commands.put("peers", "Times step and loss beside PyTorch.");
        commands.put("cpu-step", "Times the training step on the CPU beside PyTorch.");
        commands.put("cpu-teachers", "Times training steps of all kinds of teachers on the CPU beside PyTorch.");
        commands.put("model", "Predicts without a GPU what operations and training steps take.");
        commands.put("nvidia-check", "Says without a GPU whether NVIDIA's libraries fit.");
        commands.put("report", "Prints the tables of result files.");
        return commands;
    }

    private BenchCommand() {}

    /** The command with its own commands. */
    public static CommandLine create() {
        CommandLine bench = new CommandLine(new BenchCommand());
        COMMANDS.forEach((name, description) -> {
            CommandSpec spec =
                    CommandSpec.forAnnotatedObject(new BenchCommand()).name(name);
            spec.usageMessage().description(description);
            bench.addSubcommand(name, spec);
        });
        return bench;
    }

    @Override
    public void run() {
        throw new InputException(
                "bench is a program of its own, which bin/mamba-pkd starts; expected mamba-pkd bench as"
                        + " the first words of the command line");
    }
}
