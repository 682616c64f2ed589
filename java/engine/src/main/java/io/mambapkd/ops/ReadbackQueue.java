package io.mambapkd.ops;

import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** Which slot of a {@link Readback} is written and read next, the same on every backend. */
public final class ReadbackQueue {
    private final Tensor source;
    private final int capacity;
    private final int elements;
    private long added;
    private long removed;

    /**
     * @param source dense, F32
     * @param capacity number of slots, at least 1
     */
    public ReadbackQueue(Tensor source, int capacity) {
        Checks.that(
                source.dtype() == DType.F32 && source.isDense(),
                "readback",
                "the tensor must be F32 and dense but is " + source);
        Checks.that(capacity >= 1, "readback", "there must be room for at least 1 copy, got " + capacity);
        this.source = source;
        this.capacity = capacity;
        this.elements = Math.toIntExact(source.shape().elements());
    }

    /** Number of values of a copy. */
    public int elements() {
        return elements;
    }

    public int pending() {
        return (int) (added - removed);
    }

    /** The slot for a new copy. */
    public int add() {
        if (pending() == capacity) {
            throw new IllegalStateException(
                    "readback: " + capacity + " copies of " + source + " wait to be taken already; take one first");
        }
        return (int) (added++ % capacity);
    }

    /** The slot of the oldest copy, which goes to {@code target}. */
    public int remove(float[] target) {
        if (pending() == 0) {
            throw new IllegalStateException("readback: no copy of " + source + " was asked for");
        }
        if (target.length != elements) {
            throw new IllegalArgumentException(
                    "readback: " + source + " does not fit an array of " + target.length + " values");
        }
        return (int) (removed++ % capacity);
    }
}
