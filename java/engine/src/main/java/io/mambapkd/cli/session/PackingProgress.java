package io.mambapkd.cli.session;

import io.mambapkd.data.folder.PackingListener;
import io.mambapkd.storage.LockHolder;
import io.mambapkd.terminal.ProgressDisplay;
import java.io.PrintWriter;

/** The decoding of images on the terminal, which begins with the first of them, and Ctrl-C for it. */
public final class PackingProgress implements PackingListener, AutoCloseable {
    private static final String STAGE = "decoding images";

    /** Asks nobody: for a command that a signal ends at once. */
    public static final Runnable NEVER = () -> {};

    private final ProgressDisplay display;
    private final WaitingNote waiting;
    private final Runnable stopIfAsked;
    private boolean started;

    /** @param stopIfAsked throws where the decoding is to end */
    public PackingProgress(PrintWriter err, Runnable stopIfAsked) {
        display = ProgressListener.display(err);
        waiting = new WaitingNote(display, "which decodes these images");
        this.stopIfAsked = stopIfAsked;
    }

    @Override
    public void stopIfAsked() {
        stopIfAsked.run();
    }

    @Override
    public void progress(int done, int total, double imagesPerSecond) {
        if (!started) {
            started = true;
            display.stageStarted(STAGE);
        }
        display.progress(STAGE, done, total, Double.NaN, Double.NaN, imagesPerSecond);
    }

    @Override
    public void waiting(LockHolder holder) {
        stopIfAsked();
        waiting.on(holder);
    }

    @Override
    public void close() {
        display.clear();
    }
}
