package io.mambapkd.data.folder;

/** Keeps large images from being decoded at the same time: each takes its share of the memory, and waits until there is enough. */
public final class MemoryBudget {
    private static final long LEAST = 64L << 20;

    private final long total;
    private long left;

    private MemoryBudget(long total) {
        this.total = total;
        this.left = total;
    }

    /** A third of what the heap has free; less than one image may need, which then has it alone. */
    public static MemoryBudget ofHeap() {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        return new MemoryBudget(Math.max(LEAST, free / 3));
    }

    /** Takes so many bytes, or all of the budget, once they are there; returns how many are to be given back. */
    public long take(long bytes) {
        long taken = Math.min(bytes, total);
        boolean interrupted = false;
        synchronized (this) {
            while (left < taken) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            left -= taken;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return taken;
    }

    public synchronized void giveBack(long bytes) {
        left += bytes;
        notifyAll();
    }
}
