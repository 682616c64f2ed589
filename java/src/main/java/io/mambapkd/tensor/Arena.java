package io.mambapkd.tensor;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One lifetime of tensors (parameters, gradients, activations, scratch): planned first, then allocated as one block per
 * element type, then released as one.
 *
 * <p>{@link #allocate} only plans; {@link #seal} reserves the memory, zeroed, after which nothing can be added. Every
 * tensor starts on a 64-byte boundary of its block; the gaps stay zero, so an optimizer may run over {@link #flat}.
 */
public abstract class Arena implements AutoCloseable {
    private static final int ALIGNMENT_BYTES = 64;

    private final String name;
    private final List<Tensor> tensors = new ArrayList<>();
    private final Map<DType, Long> planned = new EnumMap<>(DType.class);
    private final Map<DType, Memory> reserved = new EnumMap<>(DType.class);
    private boolean sealed;
    private boolean closed;

    protected Arena(String name) {
        this.name = name;
    }

    /** Reserves zeroed memory for {@code elements} elements. Called once per element type. */
    protected abstract Memory reserve(DType dtype, long elements);

    /** Gives the memory back. Called once per element type. */
    protected abstract void release(Memory memory);

    /**
     * Plans a tensor.
     *
     * @throws IllegalStateException if the arena is already sealed
     */
    public final Tensor allocate(String tensorName, DType dtype, Shape shape) {
        if (sealed) {
            throw new IllegalStateException("arena " + name + " is sealed; " + tensorName + " must be planned before");
        }
        long at = planned.getOrDefault(dtype, 0L);
        Tensor tensor = new Tensor(tensorName, shape, dtype, this, at, shape.last());
        long end = at + shape.elements();
        int alignment = ALIGNMENT_BYTES / dtype.bytes();
        planned.put(dtype, (end + alignment - 1) / alignment * alignment);
        tensors.add(tensor);
        return tensor;
    }

    /** Plans a float tensor. */
    public final Tensor allocate(String tensorName, int... extents) {
        return allocate(tensorName, DType.F32, Shape.of(extents));
    }

    /** Number of elements of one type planned so far, gaps included: the offset that the next tensor would get. */
    public final long planned(DType dtype) {
        return planned.getOrDefault(dtype, 0L);
    }

    /** Reserves the memory of everything planned. Returns this arena. */
    public final Arena seal() {
        if (sealed) {
            throw new IllegalStateException("arena " + name + " is sealed already");
        }
        sealed = true;
        planned.forEach((dtype, elements) -> reserved.put(dtype, reserve(dtype, elements)));
        return this;
    }

    /** Elements {@code from} (inclusive) to {@code to} (exclusive) of one type as one vector, gaps included. */
    public final Tensor flat(DType dtype, long from, long to) {
        int length = Math.toIntExact(to - from);
        return new Tensor(name, Shape.of(length), dtype, this, from, length);
    }

    /** All tensors, in the order of planning. */
    public final List<Tensor> tensors() {
        return List.copyOf(tensors);
    }

    /** Bytes planned or reserved. */
    public final long bytes() {
        long bytes = 0;
        for (Map.Entry<DType, Long> entry : planned.entrySet()) {
            bytes += entry.getValue() * entry.getKey().bytes();
        }
        return bytes;
    }

    final Memory memory(DType dtype, String tensorName) {
        if (closed) {
            throw new IllegalStateException(
                    "tensor " + tensorName + " was used after its arena " + name + " was closed");
        }
        Memory memory = reserved.get(dtype);
        if (memory == null) {
            throw new IllegalStateException(
                    "tensor " + tensorName + " was used before its arena " + name + " was sealed");
        }
        return memory;
    }

    /** One line per tensor: offset in bytes, size in bytes, name, shape. For people who debug. */
    public final String map() {
        StringBuilder text = new StringBuilder("arena " + name + ": " + bytes() + " bytes\n");
        for (Tensor tensor : tensors) {
            long size = tensor.shape().elements() * tensor.dtype().bytes();
            text.append(String.format(
                    "%12d %12d  %s%n", tensor.offset() * tensor.dtype().bytes(), size, tensor));
        }
        return text.toString();
    }

    @Override
    public final void close() {
        if (!closed) {
            closed = true;
            reserved.values().forEach(this::release);
            reserved.clear();
        }
    }
}
