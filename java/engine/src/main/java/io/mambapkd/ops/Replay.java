package io.mambapkd.ops;

/**
 * Work that is done again and again on the same tensors, which a backend may record once and then repeat at little cost. What changes from one time to
 * the next must come from tensors that are written in between, never from the arguments of an operation.
 */
public interface Replay extends AutoCloseable {
    /** Does the work once, in order with everything else on the backend. */
    void run();

    /** Nodes of the CUDA graph that the work was recorded as: what the device is given for one {@link #run}. 0 as long as nothing is recorded. */
    long nodes();

    @Override
    void close();

    /** Work that is simply done each time. */
    static Replay eager(Runnable work) {
        return new Replay() {
            @Override
            public void run() {
                work.run();
            }

            @Override
            public long nodes() {
                return 0;
            }

            @Override
            public void close() {
                // Nothing was recorded.
            }
        };
    }
}
