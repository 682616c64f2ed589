package io.mambapkd.cli.commands;

import io.mambapkd.cli.session.Session;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mamba-pkd data}: commands about data sets. */
@Command(name = "data", description = "Gets published data sets, and says what is in any.")
public final class DataCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    private DataCommand() {}

    /** The command with its own commands. */
    public static CommandLine create(Session session) {
        return new CommandLine(new DataCommand())
                .addSubcommand(new DataFetchCommand(session))
                .addSubcommand(new DataInfoCommand(session));
    }

    @Override
    public void run() {
        CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
        throw new ParameterException(
                line,
                "expected a command after data: "
                        + String.join(", ", line.getSubcommands().keySet()));
    }
}
