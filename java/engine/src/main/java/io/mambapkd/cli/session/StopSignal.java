package io.mambapkd.cli.session;

import io.mambapkd.InputException;
import io.mambapkd.train.RunStopped;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C, SIGTERM and SIGHUP while a job runs. The first one asks the job to stop, which it does at its next step; the process then ends with
 * {@link ExitCode#INTERRUPTED}. A job that does not stop in time is given up, with the same code: the files that it has finished are whole. A second signal ends the
 * process at once, with 128 and its number.
 *
 * <p>Where Java may not hear signals, as with -Xrs, a shutdown hook asks the job to stop and waits as long; the process then ends with the code of what ended it.
 */
public final class StopSignal implements AutoCloseable {
    private static final List<String> NAMES = List.of("INT", "TERM", "HUP");
    private static final String NOTHING = "nothing was written";
    private static final int SIGNALLED = 128;

    /** Whoever sends a signal may kill the process ten seconds later; the end of a process with a large heap takes a second or two on a busy machine. */
    private static final int PATIENCE_SECONDS = 8;

    /** A program such as timeout sends a signal to its child and to the group of the child: both are one. */
    private static final long TWIN_NANOS = 250_000_000;

    /** Whoever reads the errors may have stopped reading. */
    private static final long SPEECH_MILLIS = 400;

    private final PrintWriter err;
    private final CountDownLatch jobEnded = new CountDownLatch(1);
    private final SystemSignals signals;
    private final @Nullable Thread hook;
    private volatile String remains = NOTHING;
    private volatile boolean requested;
    private boolean heard;
    private long heardAt;

    private StopSignal(PrintWriter err) {
        this.err = err;
        signals = new SystemSignals(NAMES, this::heard);
        hook = signals.isDeaf() ? new Thread(this::stopped, "mamba-pkd-stop") : null;
        if (hook != null) {
            Runtime.getRuntime().addShutdownHook(hook);
        }
    }

    /**
     * Does a job that a signal may stop.
     *
     * @param err gets what there is to say of that
     * @param job returns its exit code, and ends by {@link RunStopped} where it was asked to stop
     * @return the exit code of the process
     */
    public static int during(PrintWriter err, ToIntFunction<StopSignal> job) {
        try (StopSignal stop = new StopSignal(err)) {
            try {
                return job.applyAsInt(stop);
            } catch (RunStopped e) {
                // Said before the job has ended for those who wait: the virtual machine may halt right after.
                err.println("stopped; " + stop.remains);
                return ExitCode.INTERRUPTED;
            }
        }
    }

    /**
     * Tells what a job that stops leaves behind from now on, in place of nothing.
     *
     * @param what is there, and how to go on with it
     */
    public void leaves(String what) {
        remains = what;
    }

    /** Whether the job is to stop. */
    public boolean requested() {
        return requested;
    }

    /** @throws RunStopped if the job is to stop */
    public void stopIfAsked() {
        if (requested) {
            throw new RunStopped("stopped between two stages");
        }
    }

    /**
     * Does a part of the job that a signal can break, as it starts processes that get the signal of a terminal, too.
     *
     * @throws RunStopped in place of a result or a failure if the job is to stop
     */
    public <T> T unlessAsked(Supplier<T> part) {
        stopIfAsked();
        try {
            return part.get();
        } catch (InputException broken) {
            stopIfAsked();
            throw broken;
        }
    }

    private void heard(int number) {
        long now = System.nanoTime();
        boolean first;
        boolean twin;
        synchronized (this) {
            first = !heard;
            heardAt = first ? now : heardAt;
            heard = true;
            twin = now - heardAt < TWIN_NANOS;
        }
        if (first && !stopped()) {
            Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
        }
        if (!first && !twin) {
            Runtime.getRuntime().halt(SIGNALLED + number);
        }
    }

    /** Asks the job to stop, and waits until it does. Returns false if that takes too long. */
    private boolean stopped() {
        long since = System.nanoTime();
        say("", "stopping after this step ...");
        // After the words: the job may answer at once, and its own come second.
        requested = true;
        try {
            long left = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS) - (System.nanoTime() - since);
            if (jobEnded.await(left, TimeUnit.NANOSECONDS)) {
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        say("the work in progress did not end within " + PATIENCE_SECONDS + " s and is given up; " + remains);
        return false;
    }

    /** Prints lines, and does not wait for long until they are printed. */
    private void say(String... lines) {
        Thread speaker = new Thread(() -> List.of(lines).forEach(err::println), "mamba-pkd-stop-words");
        speaker.setDaemon(true);
        speaker.start();
        try {
            speaker.join(SPEECH_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The job has ended. Signals have their usual effect again, unless one has stopped the job: the process is about to end then, and is not to end with another code. */
    @Override
    public void close() {
        jobEnded.countDown();
        if (requested) {
            return;
        }
        signals.close();
        if (hook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The virtual machine is going down at this very moment: the hook runs, and finds the job ended.
                return;
            }
        }
    }
}
