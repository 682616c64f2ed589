package io.mambapkd.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One lifetime of tensors (parameters, gradients, activations, scratch): planned first, then allocated as one block per
 * element type, then released as one.
 *
 * <p>{@link #allocate} only plans; {@link #seal} reserves the memory, zeroed, after which nothing can be added. Every
 * tensor starts on a 64-byte boundary of its block; the gaps stay zero, so an optimizer may run over {@link #flat}.
 */
public abstract class Arena implements AutoCloseable {
    private static final int ALIGNMENT_BYTES = 64;

    /** What may be assumed of where the tensors lie. */
    public enum Layout {
        /** In the order of planning in one block per element type, so that {@link Arena#flat} can be asked for. */
        FLAT,
        /** Each for itself: the backend may reserve a block for each tensor, so that memory checkers see its borders. */
        SEPARABLE
    }

    /** How a backend reserves the memory of a {@link Layout#SEPARABLE} arena. */
    public enum Blocks {
        PER_TYPE,
        PER_TENSOR
    }

    /** Elements that are reserved together. */
    static final class Block {
        private final DType dtype;
        private long elements;
        private @Nullable Memory memory;

        private Block(DType dtype) {
            this.dtype = dtype;
        }
    }

    private final String name;
    private final Layout layout;
    private final Blocks division;
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();
    private int batch;
    private boolean sealed;
    private boolean closed;

    /** @param blocks how memory is reserved, if the layout leaves that open */
    protected Arena(String name, Layout layout, Blocks blocks) {
        this.name = name;
        this.layout = layout;
        this.division = layout == Layout.FLAT ? Blocks.PER_TYPE : blocks;
    }

    /** Reserves zeroed memory for {@code elements} elements. Called once per block. */
    protected abstract Memory reserve(DType dtype, long elements);

    /** Gives the memory back. Called once per block. */
    protected abstract void release(Memory memory);

    /** For messages. */
    public final String name() {
        return name;
    }

    /** Batch that the arena was sealed for, or 0 if its size does not depend on one. */
    protected final int batch() {
        return batch;
    }

    /**
     * Plans a tensor.
     *
     * @throws IllegalStateException if the arena is already sealed
     */
    public final Tensor allocate(String tensorName, DType dtype, Shape shape) {
        if (sealed) {
            throw new IllegalStateException("arena " + name + " is sealed; " + tensorName + " must be planned before");
        }
        Block block = division == Blocks.PER_TENSOR ? newBlock(dtype) : sharedBlock(dtype);
        Tensor tensor = new Tensor(tensorName, shape, dtype, this, block, block.elements, shape.last());
        block.elements += shape.elements();
        if (division == Blocks.PER_TYPE) {
            int alignment = ALIGNMENT_BYTES / dtype.bytes();
            block.elements = (block.elements + alignment - 1) / alignment * alignment;
        }
        tensors.add(tensor);
        return tensor;
    }

    private Block sharedBlock(DType dtype) {
        return blocks.stream().filter(block -> block.dtype == dtype).findFirst().orElseGet(() -> newBlock(dtype));
    }

    private Block newBlock(DType dtype) {
        Block block = new Block(dtype);
        blocks.add(block);
        return block;
    }

    /** Plans a float tensor. */
    public final Tensor allocate(String tensorName, int... extents) {
        return allocate(tensorName, DType.F32, Shape.of(extents));
    }

    /**
     * Number of elements of one type planned so far, gaps included: the offset that the next tensor would get.
     *
     * @throws IllegalStateException if the arena is not {@link Layout#FLAT}
     */
    public final long planned(DType dtype) {
        requireFlat();
        return blocks.stream()
                .filter(block -> block.dtype == dtype)
                .mapToLong(block -> block.elements)
                .sum();
    }

    /** Reserves the memory of everything planned, whose size does not depend on a batch. Returns this arena. */
    public final Arena seal() {
        return reserveAll();
    }

    /**
     * Reserves the memory of everything planned, whose size is about proportional to {@code forBatch}. Returns this arena.
     *
     * @param forBatch B, for the message where the memory does not suffice
     */
    public final Arena seal(int forBatch) {
        batch = forBatch;
        return reserveAll();
    }

    private Arena reserveAll() {
        if (sealed) {
            throw new IllegalStateException("arena " + name + " is sealed already");
        }
        sealed = true;
        try {
            for (Block block : blocks) {
                block.memory = reserve(block.dtype, block.elements);
            }
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
        return this;
    }

    /**
     * Elements {@code from} (inclusive) to {@code to} (exclusive) of one type as one vector, gaps included.
     *
     * @throws IllegalStateException if the arena is not {@link Layout#FLAT}
     */
    public final Tensor flat(DType dtype, long from, long to) {
        requireFlat();
        int length = Math.toIntExact(to - from);
        return new Tensor(name, Shape.of(length), dtype, this, sharedBlock(dtype), from, length);
    }

    private void requireFlat() {
        if (layout != Layout.FLAT) {
            throw new IllegalStateException("arena " + name + " has no flat vector of its tensors, for each may lie for"
                    + " itself; make it with newArena(name, Arena.Layout.FLAT)");
        }
    }

    /** All tensors, in the order of planning. */
    public final List<Tensor> tensors() {
        return List.copyOf(tensors);
    }

    /** Bytes planned or reserved. */
    public final long bytes() {
        long bytes = 0;
        for (Block block : blocks) {
            bytes += block.elements * block.dtype.bytes();
        }
        return bytes;
    }

    final Memory memory(Block block, String tensorName) {
        if (closed) {
            throw new IllegalStateException(
                    "tensor " + tensorName + " was used after its arena " + name + " was closed");
        }
        Memory memory = block.memory;
        if (memory == null) {
            throw new IllegalStateException(
                    "tensor " + tensorName + " was used before its arena " + name + " was sealed");
        }
        return memory;
    }

    /** One line per tensor: offset in its block in bytes, size in bytes, name, shape. For people who debug. */
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
            for (Block block : blocks) {
                Memory memory = block.memory;
                if (memory != null) {
                    block.memory = null;
                    release(memory);
                }
            }
        }
    }
}
