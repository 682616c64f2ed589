package io.mambapkd.data.folder;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/** Does the same for each of many things, on several threads. */
final class Workers {
    private static final double NANOS = 1e9;

    /** Hears how far the work is. */
    interface Progress {
        /** @param perSecond things done in a second, since the beginning */
        void at(int done, double perSecond);
    }

    private Workers() {}

    /** Calls {@code work} once with each number below {@code count}, from at most {@code threads} threads, the calling one among them. What it or {@code progress} throws ends the work and is thrown. */
    static void each(int count, int threads, IntConsumer work, Progress progress) {
        long start = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Object oneAtATime = new Object();
        int[] done = new int[1];
        Runnable worker = () -> {
            try {
                for (int i = next.getAndIncrement(); i < count && failure.get() == null; i = next.getAndIncrement()) {
                    work.accept(i);
                    synchronized (oneAtATime) {
                        done[0]++;
                        progress.at(done[0], done[0] / seconds(start));
                    }
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        };
        List<Thread> others = new ArrayList<>();
        int wanted = Math.min(count, threads);
        for (int i = 1; i < wanted; i++) {
            Thread thread = new Thread(worker, "mamba-pkd-images-" + i);
            thread.setDaemon(true);
            thread.start();
            others.add(thread);
        }
        worker.run();
        for (Thread thread : others) {
            join(thread);
        }
        Throwable thrown = failure.get();
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static double seconds(long start) {
        return Math.max(1e-9, (System.nanoTime() - start) / NANOS);
    }
}
