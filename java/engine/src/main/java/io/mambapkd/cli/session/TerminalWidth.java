package io.mambapkd.cli.session;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The width of the terminal, in columns. Java cannot ask for it, so a process of {@code stty} does, once a second at most and while the program goes on: an answer
 * counts from the next question on. Where there is no answer, the width stays what it was.
 */
final class TerminalWidth implements IntSupplier {
    /** Prints rows and columns of the terminal that it reads from. */
    static final List<String> STTY = List.of("stty", "size");

    /** What {@link #STTY} reads from. */
    static final Redirect TERMINAL = Redirect.from(new File("/dev/tty"));

    private static final long NANOS_BETWEEN_QUESTIONS = 1_000_000_000;
    private static final Pattern ANSWER = Pattern.compile("\\d+ (\\d{1,5})");

    private final List<String> command;
    private final Redirect input;
    private final LongSupplier nanoTime;
    private int columns;
    private @Nullable Process question;
    private long askedAt;
    private boolean silent;

    /**
     * @param columns width at first; nothing is asked where it is 0, as there is no terminal then
     * @param command that prints rows and columns
     * @param input of the command
     * @param nanoTime a clock that never goes back
     */
    TerminalWidth(int columns, List<String> command, Redirect input, LongSupplier nanoTime) {
        this.columns = columns;
        this.command = command;
        this.input = input;
        this.nanoTime = nanoTime;
        silent = columns == 0;
        askedAt = nanoTime.getAsLong();
    }

    @Override
    public synchronized int getAsInt() {
        Process asked = question;
        if (asked != null && !asked.isAlive()) {
            question = null;
            hear(asked);
        }
        long now = nanoTime.getAsLong();
        if (!silent && question == null && now - askedAt >= NANOS_BETWEEN_QUESTIONS) {
            askedAt = now;
            ask();
        }
        return columns;
    }

    private void ask() {
        try {
            question = new ProcessBuilder(command)
                    .redirectInput(input)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException missing) {
            silent = true;
        }
    }

    private void hear(Process asked) {
        try (var answer = asked.getInputStream()) {
            Matcher size = ANSWER.matcher(new String(answer.readAllBytes(), StandardCharsets.US_ASCII).strip());
            // A terminal that does not know its size says 0.
            if (asked.exitValue() == 0 && size.matches() && !size.group(1).equals("0")) {
                columns = Integer.parseInt(size.group(1));
            } else {
                silent = true;
            }
        } catch (IOException broken) {
            silent = true;
        }
    }
}
