package io.mambapkd.ops;

/**
 * Copies of one small F32 tensor on their way to the host, in the order in which they were asked for. The device never waits for the reader, and the
 * reader only for the copy that it takes.
 */
public interface Readback extends AutoCloseable {
    /**
     * Asks for the tensor as it will be when all work so far is done. Returns at once.
     *
     * @throws IllegalStateException if as many copies as there is room for have not been taken yet
     */
    void request();

    /** Number of copies asked for and not taken yet. */
    int pending();

    /**
     * Waits for the oldest copy and hands it over.
     *
     * @param target as long as the tensor has elements, overwritten
     * @throws IllegalStateException if none was asked for
     */
    void take(float[] target);

    @Override
    void close();
}
