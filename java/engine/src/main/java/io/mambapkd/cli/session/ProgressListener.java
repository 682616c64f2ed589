package io.mambapkd.cli.session;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.terminal.ProgressDisplay;
import io.mambapkd.terminal.ProgressDisplay.Colour;
import io.mambapkd.terminal.ProgressDisplay.Output;
import io.mambapkd.train.RunListener;
import java.io.PrintWriter;

/** A run's events on the terminal, and Ctrl-C for the run. */
public final class ProgressListener implements RunListener {
    /** Set by the launcher: the width that the terminal had then, empty where the output is none that a line can be redrawn on. */
    private static final String COLUMNS = "mambapkd.columns";

    /** Set by the launcher: whether the results go to a terminal. */
    private static final String OUTPUT_IS_TERMINAL = "mambapkd.outputIsTerminal";

    private final ProgressDisplay display;
    private final StopSignal stop;

    public ProgressListener(PrintWriter err, StopSignal stop) {
        this.display = display(err);
        this.stop = stop;
    }

    /** The display for what is printed to {@code err}: a line that is redrawn on a terminal, else lines. */
    public static ProgressDisplay display(PrintWriter err) {
        int columns = Integer.getInteger(COLUMNS, 0);
        return new ProgressDisplay(
                err,
                columns > 0 ? Output.TERMINAL : Output.LINES,
                columns > 0 && System.getenv("NO_COLOR") == null ? Colour.ANSI : Colour.NONE,
                new TerminalWidth(columns, TerminalWidth.STTY, TerminalWidth.TERMINAL, System::nanoTime),
                System::nanoTime);
    }

    /** Whether a line that is redrawn would be among the results, where those are printed meanwhile. */
    public static boolean isAmongResults() {
        return Boolean.getBoolean(OUTPUT_IS_TERMINAL);
    }

    @Override
    public void stageStarted(String stage) {
        display.stageStarted(stage);
    }

    @Override
    public void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {
        display.progress(stage, done, total, loss, accuracy, imagesPerSecond);
    }

    @Override
    public void epochFinished(EpochRecord epoch) {
        display.epochFinished(epoch);
    }

    @Override
    public void note(String sentence) {
        display.note("note: " + sentence);
    }

    @Override
    public boolean stopRequested() {
        return stop.requested();
    }

    /** The run has ended; other output may follow. */
    public void end() {
        display.clear();
    }
}
