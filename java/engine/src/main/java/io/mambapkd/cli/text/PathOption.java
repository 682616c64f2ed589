package io.mambapkd.cli.text;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Paths on the command line. All options and parameters with paths are read by it: nothing, which an unset variable of a script leaves, is no path, nor is a
 * {@code ~} that the shell passed on as it is.
 */
public final class PathOption implements ITypeConverter<Path> {
    /** @throws InputException if the text is no path; {@link #refusal} makes a sentence of it */
    @Override
    public Path convert(String text) {
        if (text.isBlank()) {
            throw new InputException(nothing(text));
        }
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException failure) {
            throw new InputException(unnameable(text), failure);
        }
        // Bytes that are not UTF-8 have become this, and the file would have another name.
        if (text.indexOf('\ufffd') >= 0 && Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new InputException(unnameable(text));
        }
        if (path.isAbsolute()) {
            return path;
        }
        Path first = path.getName(0);
        boolean home = first.toString().equals("~") || first.toString().startsWith("~") && path.getNameCount() > 1;
        if (home && Files.notExists(first)) {
            throw new InputException(new Problem(
                    "got " + text + ", whose " + first + " the shell has not replaced",
                    "write $HOME in place of ~, or ./" + first + " for a folder of that name"));
        }
        return path;
    }

    /**
     * For options that take several paths in one text.
     *
     * @throws InputException if there is none
     */
    public static void requireAny(String option, String expected, String text) {
        if (text.isBlank()) {
            throw new InputException(sentence(option, expected, nothing(text)));
        }
    }

    private static Problem nothing(String text) {
        return new Problem(
                text.isEmpty() ? "got nothing" : "got nothing but spaces", "name one; is a variable not set?");
    }

    private static Problem sentence(String option, String expected, Problem problem) {
        return new Problem(option + ": expected " + expected + ", " + problem.text(), problem.remedy());
    }

    private static Problem unnameable(String text) {
        String charset = System.getProperty("sun.jnu.encoding", "");
        return charset.toUpperCase(Locale.ROOT).equals("UTF-8")
                ? new Problem("got " + text + ", which is no name in UTF-8", "rename it")
                : new Problem("got " + text + ", which this locale cannot name", "set LC_ALL=C.UTF-8");
    }

    /** The sentence of a refusal: the option, what it takes, and what it got. */
    public static Problem refusal(ArgSpec argument, Problem problem) {
        String label = argument.paramLabel();
        String name = argument instanceof OptionSpec option ? option.longestName() : label;
        boolean folder = label.startsWith("DIR") || label.equals("RUN");
        return sentence(name, folder ? "a folder" : "a file", problem);
    }
}
