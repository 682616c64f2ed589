package io.mambapkd.ops.cpu.threads;

import io.mambapkd.ops.cpu.blas.Blas;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs numbered tasks on a fixed set of threads. Which thread runs which task is left to chance, so a task must not depend on
 * it: results go to places chosen by the task's number.
 *
 * <p>One job at a time, started from one thread at a time. Workers spin for some microseconds before they sleep, because
 * the operations of a training step follow each other closely.
 */
public final class CpuExecutor implements AutoCloseable {
    private static final int SPINS = 3000;

    /** A piece of work. */
    @FunctionalInterface
    public interface Task {
        /**
         * @param index number of the task, from 0
         * @param scratch buffers of the thread that runs it; contents are undefined
         */
        void run(int index, Scratch scratch);
    }

    private static final class Job {
        private final Task task;
        private final int tasks;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger finished = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(Task task, int tasks) {
            this.task = task;
            this.tasks = tasks;
        }
    }

    private final Thread[] workers;
    private final Scratch callerScratch;
    private volatile @Nullable Job current;
    private volatile boolean closed;

    /**
     * @param threads number of threads that compute, the caller among them, at least 1
     */
    public CpuExecutor(int threads, Blas blas) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, got " + threads);
        }
        callerScratch = new Scratch(blas);
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            Scratch scratch = new Scratch(blas);
            workers[i] = new Thread(() -> work(scratch), "mamba-pkd-cpu-" + (i + 1));
            workers[i].setDaemon(true);
            workers[i].start();
        }
    }

    public int threads() {
        return workers.length + 1;
    }

    /** Runs tasks 0..tasks-1 and returns when all have ended. The first exception of a task is thrown here. */
    public void run(int tasks, Task task) {
        if (tasks <= 1 || workers.length == 0) {
            for (int i = 0; i < tasks; i++) {
                task.run(i, callerScratch);
            }
            return;
        }
        Job job = new Job(task, tasks);
        current = job;
        for (Thread worker : workers) {
            LockSupport.unpark(worker);
        }
        drain(job, callerScratch);
        while (job.finished.get() < tasks) {
            Thread.onSpinWait();
        }
        current = null;
        Throwable cause = job.failure.get();
        if (cause instanceof RuntimeException failure) {
            throw failure;
        }
        if (cause instanceof Error failure) {
            throw failure;
        }
    }

    private void work(Scratch scratch) {
        Job done = null;
        int spins = 0;
        while (!closed) {
            Job job = current;
            if (job != null && job != done) {
                drain(job, scratch);
                done = job;
                spins = 0;
            } else if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
                spins = 0;
            }
        }
    }

    private static void drain(Job job, Scratch scratch) {
        for (int i = job.next.getAndIncrement(); i < job.tasks; i = job.next.getAndIncrement()) {
            try {
                job.task.run(i, scratch);
            } catch (RuntimeException | Error failure) {
                job.failure.compareAndSet(null, failure);
            } finally {
                job.finished.incrementAndGet();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread worker : workers) {
            LockSupport.unpark(worker);
        }
    }
}
