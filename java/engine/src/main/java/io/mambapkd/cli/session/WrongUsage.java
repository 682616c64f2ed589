package io.mambapkd.cli.session;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.MaxValuesExceededException;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Sentences about words and options that a command does not take. */
final class WrongUsage {
    /** A hyphen that a word processor made longer. */
    private static final String DASHES = "^[\u2010-\u2015\u2212]+";

    private WrongUsage() {}

    static String sentence(ParameterException failure) {
        if (failure instanceof UnmatchedArgumentException unmatched) {
            List<String> words = unmatched.getUnmatched();
            return unmatched.isUnknownOption()
                    ? unknownOptions(words) + suggestion(unmatched.getSuggestions())
                    : unexpected(words, failure);
        }
        if (failure instanceof MutuallyExclusiveArgsException || failure instanceof MaxValuesExceededException) {
            List<ArgGroupSpec> groups =
                    failure.getCommandLine().getCommandSpec().argGroups();
            String names = groups.stream()
                    .filter(ArgGroupSpec::exclusive)
                    .flatMap(group -> group.options().stream())
                    .map(OptionSpec::longestName)
                    .collect(Collectors.joining(" and "));
            return "only one of " + names + " can be given, and only once";
        }
        return String.valueOf(failure.getMessage())
                .replaceFirst("^Error: ", "")
                .replaceFirst(" is not an? (?:int|long)$", " is not a whole number")
                .replaceFirst(" is not a boolean$", " is neither true nor false");
    }

    private static String unknownOptions(List<String> words) {
        List<String> options =
                words.stream().filter(word -> word.startsWith("-")).toList();
        return (options.size() == 1 ? "unknown option " : "unknown options ") + String.join(", ", options);
    }

    private static String suggestion(List<String> similar) {
        return similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?";
    }

    private static String unexpected(List<String> words, ParameterException failure) {
        String first = words.get(0);
        String option = "--" + first.replaceFirst(DASHES, "");
        boolean dashed = !option.equals("--" + first);
        String meant = "";
        if (dashed) {
            meant = option + (words.size() > 1 ? " " + words.get(1) : "");
        } else if (first.startsWith("idx:")
                || first.startsWith("folder:")
                || first.startsWith("fashion-mnist")
                || first.startsWith("cifar10")
                || first.equals("mnist")) {
            boolean taken = failure.getCommandLine().getCommandSpec().findOption("--dataset") != null;
            meant = taken ? "--dataset " + first : "";
        }
        return (words.size() == 1 ? "unexpected word " : "unexpected words ")
                + words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(", "))
                + (meant.isEmpty()
                        ? "; leave " + (words.size() == 1 ? "it" : "them") + " out, or write an option in front"
                        : "; options begin with two hyphens, as in " + meant);
    }
}
