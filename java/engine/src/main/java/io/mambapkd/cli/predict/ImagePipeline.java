package io.mambapkd.cli.predict;

import io.mambapkd.data.folder.MemoryBudget;
import io.mambapkd.data.inputs.InputImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Works on images in batches on several threads, and hands on the results in the order of the images. One more thread finds the images, and waits where the others are
 * behind: the memory does not grow with the number of images.
 *
 * @param <R> result of a batch
 */
final class ImagePipeline<R> {
    /** Takes the results, on the calling thread. */
    interface Taker<R, E extends Exception> {
        /** Returns whether more are wanted. */
        boolean take(R result) throws E;
    }

    private static final int BATCH_IMAGES = 64;
    private static final long BATCH_BYTES = 1 << 20;
    private static final int BATCHES_AHEAD = 4;
    private static final long MILLIS_BETWEEN_LOOKS = 50;

    private final Function<List<InputImage>, R> work;
    private final ExecutorService workers;
    private final BlockingQueue<Future<@Nullable R>> pending;
    private final Future<@Nullable R> end = CompletableFuture.completedFuture(null);
    private final MemoryBudget memory = MemoryBudget.ofHeap();
    private final Runnable stopIfAsked;
    private List<InputImage> batch = new ArrayList<>();
    private long held;
    private volatile @Nullable Throwable failure;
    private volatile boolean cancelled;

    /**
     * @param threads that work
     * @param work is called by all of them
     * @param stopIfAsked is called again and again on the thread that takes the results; throws where the work is to end
     */
    ImagePipeline(int threads, Function<List<InputImage>, R> work, Runnable stopIfAsked) {
        this.work = work;
        this.stopIfAsked = stopIfAsked;
        AtomicInteger number = new AtomicInteger();
        workers = Executors.newFixedThreadPool(threads, daemons(number));
        pending = new ArrayBlockingQueue<>(BATCHES_AHEAD * threads);
    }

    /** What images take of the memory from when they are given until they are worked on. Whoever gives them may take of it before, and must have given that back. */
    MemoryBudget memory() {
        return memory;
    }

    private static ThreadFactory daemons(AtomicInteger number) {
        return task -> {
            Thread thread = new Thread(task, "mamba-pkd-predict-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Does all work. What {@code source} or {@code work} throws is thrown once the results before it are taken.
     *
     * @param source gives the images, on a thread of its own
     */
    <E extends Exception> void run(Consumer<Consumer<InputImage>> source, Taker<R, E> taker) throws E {
        Thread reader = new Thread(() -> read(source), "mamba-pkd-predict-reader");
        reader.setDaemon(true);
        reader.start();
        try {
            boolean wanted = true;
            for (R result = next(); wanted && result != null; result = wanted ? next() : null) {
                wanted = taker.take(result);
            }
            Throwable thrown = failure;
            if (wanted && thrown != null) {
                throw rethrown(thrown);
            }
        } finally {
            cancelled = true;
            workers.shutdownNow();
            reader.interrupt();
        }
    }

    /** The next result; null where there are no more. */
    private @Nullable R next() {
        try {
            Future<@Nullable R> first = null;
            while (first == null) {
                stopIfAsked.run();
                first = pending.poll(MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS);
            }
            while (!first.isDone()) {
                stopIfAsked.run();
                await(first);
            }
            return first.get();
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the thread that takes the results was interrupted");
        }
    }

    private void await(Future<@Nullable R> result) throws ExecutionException, InterruptedException {
        try {
            result.get(MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            // Time to ask whether to stop.
            return;
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException known ? known : new IllegalStateException(thrown);
    }

    /** Whatever fails, the end is told: the thread that takes the results waits for it. */
    private void read(Consumer<Consumer<InputImage>> source) {
        try {
            try {
                source.accept(this::add);
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            submit();
        } catch (RuntimeException | Error e) {
            failure = e;
        } catch (InterruptedException e) {
            return;
        }
        try {
            if (!cancelled) {
                pending.put(end);
            }
        } catch (InterruptedException e) {
            // Nobody waits any more.
            return;
        }
    }

    private void add(InputImage image) {
        batch.add(image);
        held += image.held();
        if (batch.size() >= BATCH_IMAGES || held >= BATCH_BYTES) {
            try {
                submit();
            } catch (InterruptedException e) {
                throw new CancellationException();
            }
        }
    }

    private void submit() throws InterruptedException {
        if (cancelled) {
            throw new CancellationException();
        }
        if (batch.isEmpty()) {
            return;
        }
        List<InputImage> images = batch;
        long taken = memory.take(held);
        batch = new ArrayList<>();
        held = 0;
        pending.put(workers.submit(() -> {
            try {
                return work.apply(images);
            } finally {
                memory.giveBack(taken);
            }
        }));
    }
}
