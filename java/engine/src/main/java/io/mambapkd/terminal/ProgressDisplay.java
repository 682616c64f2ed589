package io.mambapkd.terminal;

import io.mambapkd.PlainText;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.Format;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a run does, as it does it. On a terminal one line is redrawn, and every finished stage leaves one line behind; elsewhere there is a plain
 * line for every stage and every epoch, and nothing between them. Nothing
 * but ASCII is added to names and notes, and their control characters are not passed on.
 *
 * <p>May be called from several threads, such as the one that trains and the one that handles Ctrl-C.
 */
public final class ProgressDisplay {
    /** What the output is. */
    public enum Output {
        TERMINAL,
        /** A file or a pipe. */
        LINES
    }

    /** Whether a terminal is sent colours; not where NO_COLOR is set (no-color.org). */
    public enum Colour {
        NONE,
        ANSI
    }

    private static final long NANOS_BETWEEN_REDRAWS = 100_000_000;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int LEAST_COLUMNS = 2;
    /** DECAWM of xterm, tmux and the Linux console: off and on again. */
    private static final String NO_WRAP = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";
    /** From the cursor to the end of the row. */
    private static final String CLEAR = "\u001b[K";

    private static final String BOLD = "\u001b[1m";
    private static final String RESET = "\u001b[0m";

    private final PrintWriter out;
    private final Output output;
    private final Colour colour;
    private final IntSupplier columns;
    private final LongSupplier nanoTime;

    private @Nullable StageState stage;
    /** The text on the redrawn line; empty for none. */
    private String drawn = "";

    private long drawnAt;

    /**
     * @param columns width of the terminal, asked for at every redraw
     * @param nanoTime a clock that never goes back, such as {@link System#nanoTime}
     */
    public ProgressDisplay(PrintWriter out, Output output, Colour colour, IntSupplier columns, LongSupplier nanoTime) {
        this.out = out;
        this.output = output;
        this.colour = colour;
        this.columns = columns;
        this.nanoTime = nanoTime;
    }

    /** A stage begins; the one before has ended. */
    public synchronized void stageStarted(String name) {
        endStage();
        String shown = PlainText.of(name);
        stage = new StageState(shown, nanoTime.getAsLong(), null);
        if (output == Output.TERMINAL) {
            draw(shown, List.of());
        } else {
            line(shown + ": started");
        }
    }

    /**
     * Part of an epoch is done.
     *
     * @param done steps of the whole stage done
     * @param total steps of the whole stage
     * @param loss mean of the last steps, or NaN
     * @param accuracy mean of the last steps in 0..1, or NaN
     * @param imagesPerSecond of the last steps
     */
    public synchronized void progress(
            String name, long done, long total, double loss, double accuracy, double imagesPerSecond) {
        StageState current = stage;
        if (output == Output.LINES || current == null) {
            return;
        }
        long now = nanoTime.getAsLong();
        boolean due = now - drawnAt >= NANOS_BETWEEN_REDRAWS;
        if (due || done == total) {
            draw(PlainText.of(name), parts(current, now, done, total, loss, accuracy, imagesPerSecond));
        }
    }

    /** An epoch has ended and was evaluated. */
    public synchronized void epochFinished(EpochRecord epoch) {
        StageState current = stage;
        if (current != null) {
            stage = current.after(epoch);
        }
        if (output == Output.LINES) {
            line(String.format(
                    Locale.ROOT,
                    "%s: epoch %d/%d, loss %.4f, training accuracy %s, validation accuracy %s, %,.0f images/s, %s",
                    PlainText.of(epoch.stage()),
                    epoch.epoch(),
                    epoch.epochs(),
                    epoch.loss(),
                    percent(epoch.trainAccuracy()),
                    percent(epoch.validationAccuracy()),
                    epoch.imagesPerSecond(),
                    duration(epoch.seconds())));
        }
    }

    /** A sentence for the user; stays on the terminal. */
    public synchronized void note(String sentence) {
        String redrawn = drawn;
        erase();
        line(PlainText.of(sentence));
        if (!redrawn.isEmpty()) {
            draw(redrawn, List.of());
        }
    }

    /** Ends the last stage and leaves the cursor at the beginning of an empty line. May be called again. */
    public synchronized void clear() {
        endStage();
        out.flush();
    }

    private void endStage() {
        erase();
        StageState ended = stage;
        if (output == Output.TERMINAL && ended != null) {
            line(ended.summary(nanoTime.getAsLong()));
        }
        stage = null;
    }

    private static List<String> parts(
            StageState stage, long now, long done, long total, double loss, double accuracy, double imagesPerSecond) {
        List<String> parts = new ArrayList<>();
        if (Double.isFinite(loss)) {
            parts.add(stage.epochUnderWay());
        }
        if (total > 0) {
            parts.add(100 * done / total + " %");
        }
        if (done > 0 && total > 0) {
            double seconds = (now - stage.startedAt()) / NANOS_PER_SECOND;
            parts.add(duration(seconds * (total - done) / done) + " left");
        }
        if (Double.isFinite(loss)) {
            parts.add(String.format(Locale.ROOT, "loss %.4f", loss));
        }
        if (Double.isFinite(accuracy)) {
            parts.add("accuracy " + percent(accuracy));
        }
        if (imagesPerSecond > 0) {
            parts.add(String.format(Locale.ROOT, "%,.0f images/s", imagesPerSecond));
        }
        return parts;
    }

    /** Redraws the line with as many parts as fit one row: a line that wraps cannot be redrawn. */
    private void draw(String name, List<String> parts) {
        // The last column stays free: some terminals wrap as soon as it is written.
        int room = Math.max(columns.getAsInt(), LEAST_COLUMNS) - 1;
        String head = name.length() > room ? name.substring(0, room) : name;
        StringBuilder text = new StringBuilder(head);
        for (String part : parts) {
            if (text.length() + 2 + part.length() > room) {
                break;
            }
            text.append("  ").append(part);
        }
        drawn = text.toString();
        drawnAt = nanoTime.getAsLong();
        if (colour == Colour.ANSI) {
            text.insert(head.length(), RESET).insert(0, BOLD);
        }
        overwrite(text.toString());
        out.flush();
    }

    private void erase() {
        if (!drawn.isEmpty()) {
            out.print("\r" + CLEAR);
        }
        drawn = "";
    }

    /** Puts a text in the place of the line. A terminal that has become narrower since it told its width cuts the text off; wrapped, it would stay. */
    private void overwrite(String text) {
        out.print("\r" + NO_WRAP + text + CLEAR + WRAP);
    }

    private void line(String text) {
        out.print(text + "\n");
        out.flush();
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    static String duration(double seconds) {
        return Format.seconds(seconds).replace('\u00a0', ' ');
    }
}
