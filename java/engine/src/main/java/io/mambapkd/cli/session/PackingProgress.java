package io.mambapkd.cli.session;

import io.mambapkd.data.folder.PackingListener;
import io.mambapkd.storage.LockHolder;
import io.mambapkd.terminal.ProgressDisplay;
import java.io.PrintWriter;

/** The decoding of images on the terminal, which begins with the first of them. */
public final class PackingProgress implements PackingListener, AutoCloseable {
    private static final String STAGE = "decoding images";

    private final ProgressDisplay display;
    private final WaitingNote waiting;
    private boolean started;

    public PackingProgress(PrintWriter err) {
        display = ProgressListener.display(err);
        waiting = new WaitingNote(display, "which decodes these images");
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
        waiting.on(holder);
    }

    @Override
    public void close() {
        display.clear();
    }
}
