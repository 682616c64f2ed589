package io.mambapkd.cli.session;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C, heard between {@link #install} and {@link #close}. The first one asks the run to stop and waits a while for the step in progress to end; the
 * virtual machine then exits with the signal's own code, 130.
 */
public final class StopSignal implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final CountDownLatch runEnded = new CountDownLatch(1);
    private final PrintWriter err;
    private final String lastWords;
    private final Thread hook = new Thread(this::stop, "mamba-pkd-stop");
    private volatile boolean requested;

    private StopSignal(PrintWriter err, String lastWords) {
        this.err = err;
        this.lastWords = lastWords;
    }

    /** @param lastWords printed if the run does not end in time */
    public static StopSignal install(PrintWriter err, String lastWords) {
        StopSignal signal = new StopSignal(err, lastWords);
        Runtime.getRuntime().addShutdownHook(signal.hook);
        return signal;
    }

    boolean requested() {
        return requested;
    }

    /** What the hook does. */
    void stop() {
        err.println();
        err.println("stopping after this step ...");
        // After the words: the run may answer at once, and its own come second.
        requested = true;
        try {
            if (!runEnded.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                err.println("the step in progress did not end within " + PATIENCE_SECONDS + " s; " + lastWords);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The run has ended, by itself or because it was asked to. */
    @Override
    public void close() {
        runEnded.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The virtual machine is going down at this very moment: the hook runs, and finds the run ended.
                return;
            }
        }
    }
}
