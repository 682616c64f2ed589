package io.mambapkd.data.fetch;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;

/** Closes a stream of which nothing has come for a while, so that its reader does not wait for ever. */
final class Stall implements AutoCloseable {
    private final Timer watch = new Timer("mamba-pkd-download-watch", true);
    private final Closeable stream;
    private final long patience;
    private volatile long heard = System.nanoTime();
    private volatile boolean stalled;

    Stall(Closeable stream, Duration patience) {
        this.stream = stream;
        this.patience = patience.toNanos();
        long often = Math.max(1, patience.toMillis() / 4);
        watch.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        look();
                    }
                },
                often,
                often);
    }

    private void look() {
        if (!stalled && System.nanoTime() - heard > patience) {
            stalled = true;
            try {
                stream.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Something has come. */
    void heard() {
        heard = System.nanoTime();
    }

    boolean isStalled() {
        return stalled;
    }

    @Override
    public void close() {
        watch.cancel();
    }
}
