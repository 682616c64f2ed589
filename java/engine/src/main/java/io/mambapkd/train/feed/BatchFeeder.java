package io.mambapkd.train.feed;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Prepares the next batch on a thread of its own while the current one is trained on. */
final class BatchFeeder implements AutoCloseable {
    private final TrainingData data;
    private final long totalSteps;
    private final HostBatch[] ring;
    private final ExecutorService thread;
    private long next;
    private Future<HostBatch> pending;

    /** @param batches makes an empty one */
    BatchFeeder(TrainingData data, long firstStep, long totalSteps, Supplier<HostBatch> batches) {
        this.data = data;
        this.next = firstStep;
        this.totalSteps = totalSteps;
        this.ring = new HostBatch[] {batches.get(), batches.get()};
        this.thread = Executors.newSingleThreadExecutor(task -> {
            Thread worker = new Thread(task, "mamba-pkd-batches");
            worker.setDaemon(true);
            return worker;
        });
        this.pending = prepare();
    }

    /** The next batch, valid until the next call. */
    HostBatch next() {
        HostBatch ready = await(pending);
        if (next < totalSteps) {
            pending = prepare();
        }
        return ready;
    }

    /** Waits until nothing is being prepared, so that the data may be used by another thread until the next call of {@link #next}. */
    void finish() {
        await(pending);
    }

    private Future<HostBatch> prepare() {
        long step = next++;
        return thread.submit(() -> {
            HostBatch batch = ring[(int) (step % ring.length)];
            data.fill(step, batch);
            return batch;
        });
    }

    private static HostBatch await(Future<HostBatch> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IllegalStateException("a batch could not be prepared", e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
