package io.mambapkd.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The completion of a program for the shell fish, from the model of its command line. */
final class FishCompletion {
    private static final String DATASET = "DATASET";
    private static final String DIRECTORIES = "(__fish_complete_directories)";

    private final String program;
    private final StringBuilder script;

    private FishCompletion(String program) {
        this.program = program;
        this.script = new StringBuilder(CompletionCommand.resource("completion.fish"));
    }

    static String script(String program, CommandSpec spec) {
        FishCompletion completion = new FishCompletion(program);
        completion.write(spec, List.of());
        return completion.script.toString();
    }

    /** @param path the names of the command, outermost first; empty for the program */
    private void write(CommandSpec spec, List<String> path) {
        String within = condition("__mamba_pkd_within", path);
        spec.subcommands()
                .forEach((name, line) ->
                        complete(condition("__mamba_pkd_at", path), "-a " + quoted(name), text(line.getCommandSpec())));
        for (OptionSpec option : spec.options()) {
            complete(within, names(option) + (option.arity().max() == 0 ? "" : " " + values(option)), text(option));
        }
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            // Without values of its own a parameter of fish has nothing to complete.
            String values = words(parameter);
            if (values != null) {
                complete(within, "-a " + quoted(values), text(parameter));
            }
        }
        for (CommandLine line : spec.subcommands().values()) {
            List<String> below = new ArrayList<>(path);
            below.add(line.getCommandName());
            write(line.getCommandSpec(), below);
        }
    }

    private void complete(String condition, String what, String description) {
        script.append("complete -c ")
                .append(program)
                .append(" -n ")
                .append(quoted(condition))
                .append(' ')
                .append(what)
                .append(description.isEmpty() ? "" : " -d " + quoted(description))
                .append('\n');
    }

    private static String condition(String function, List<String> path) {
        return path.isEmpty() ? function : function + " " + String.join(" ", path);
    }

    /** {@code -s h -l help}. */
    private static String names(OptionSpec option) {
        return java.util.Arrays.stream(option.names())
                .map(name -> name.startsWith("--") ? "-l " + name.substring(2) : "-s " + name.substring(1))
                .collect(Collectors.joining(" "));
    }

    /** What follows an option: values and nothing else, or any file. */
    private static String values(ArgSpec option) {
        String words = words(option);
        if (words != null) {
            return "-x -a " + quoted(words);
        }
        return option.type() == java.nio.file.Path.class ? "-r -F" : "-x";
    }

    /** Values as words of fish, or a command that prints them; null where there is nothing to choose from. */
    private static @Nullable String words(ArgSpec arg) {
        if (arg.paramLabel().equals(DATASET)) {
            return "(__mamba_pkd_datasets)";
        }
        if (arg.completionCandidates() != null) {
            return StreamSupport.stream(arg.completionCandidates().spliterator(), false)
                    .collect(Collectors.joining(" "));
        }
        boolean folder = arg.paramLabel().startsWith("DIR") || arg.paramLabel().equals("RUN");
        return folder ? DIRECTORIES : null;
    }

    private static String text(CommandSpec spec) {
        return sentence(spec.usageMessage().description());
    }

    private static String text(ArgSpec arg) {
        return sentence(arg.description());
    }

    /** The first sentence, or what is before its semicolon; without a full stop, as fish shows it beside a name. */
    private static String sentence(String... description) {
        String text =
                description.length == 0 ? "" : description[0].replace("%%", "%").strip();
        int end = text.length();
        for (String stop : List.of(". ", "; ", ": ")) {
            int at = text.indexOf(stop);
            end = at > 0 ? Math.min(end, at) : end;
        }
        return text.substring(0, end).replaceFirst("\\.$", "");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
