package io.mambapkd.cli.session;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code help} of this program, and of others that take a command line. */
@Command(name = HelpCommand.NAME, helpCommand = true, description = "Prints what a command does, and its options.")
public final class HelpCommand implements Runnable {
    static final String NAME = "help";

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "The command, as in help distill; the whole program without one.")
    private List<String> names = new ArrayList<>();

    /** Gives {@code line} this command, with the commands that {@code line} has by now as candidates for completion. */
    public static void addTo(CommandLine line) {
        List<String> commands = new ArrayList<>(line.getSubcommands().keySet());
        CommandLine help = new CommandLine(new HelpCommand());
        CommandSpec spec = help.getCommandSpec();
        CommandLine.Model.PositionalParamSpec old = spec.positionalParameters().get(0);
        spec.remove(old);
        spec.addPositional(
                old.toBuilder().completionCandidates(new Commands(commands)).build());
        line.addSubcommand(help);
    }

    private record Commands(List<String> names) implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names.iterator();
        }
    }

    @Override
    public void run() {
        CommandLine line = Objects.requireNonNull(spec).commandLine().getParent();
        for (String name : names) {
            CommandLine next = line.getSubcommands().get(name);
            if (next == null && line.getSubcommands().isEmpty()) {
                throw new ParameterException(line, "unknown command '" + name + "'; expected no further word");
            }
            if (next == null) {
                throw new UnmatchedArgumentException(line, List.of(name));
            }
            line = next;
        }
        line.usage(line.getOut());
    }
}
