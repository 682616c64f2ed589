package io.mambapkd.tensor;

/**
 * A named region of an {@link Arena}: shape, element type, offset. It is not an array library: it has <b>no
 * arithmetic</b>. Operations live in {@code io.mambapkd.ops}, lifetime in the arena.
 *
 * <p>A tensor is a sequence of rows along its last axis. Rows follow one another without gaps unless the tensor is a
 * {@linkplain #columns column view}; operations that accept column views say so.
 */
public final class Tensor {
    private final String name;
    private final Shape shape;
    private final DType dtype;
    private final Arena arena;
    private final Arena.Block block;
    private final long offset;
    private final int rowStride;

    Tensor(String name, Shape shape, DType dtype, Arena arena, Arena.Block block, long offset, int rowStride) {
        this.name = name;
        this.shape = shape;
        this.dtype = dtype;
        this.arena = arena;
        this.block = block;
        this.offset = offset;
        this.rowStride = rowStride;
    }

    public String name() {
        return name;
    }

    public Shape shape() {
        return shape;
    }

    public DType dtype() {
        return dtype;
    }

    /** First element, counted in elements from the start of {@link #memory()}. */
    public long offset() {
        return offset;
    }

    /** Elements between the starts of consecutive rows; equal to the last extent unless this is a column view. */
    public int rowStride() {
        return rowStride;
    }

    public boolean isDense() {
        return rowStride == shape.last() || shape.rows() == 1;
    }

    /**
     * The memory that holds this tensor.
     *
     * @throws IllegalStateException if the arena is not sealed yet, or closed
     */
    public Memory memory() {
        return arena.memory(block, name);
    }

    /** View of {@code count} columns of the last axis, from column {@code first}; shares the elements. */
    public Tensor columns(int first, int count) {
        if (first < 0 || count < 1 || first + count > shape.last()) {
            throw new IllegalArgumentException(
                    name + " " + shape + " has no columns " + first + ".." + (first + count - 1));
        }
        int[] extents = shape.toArray();
        extents[extents.length - 1] = count;
        return new Tensor(name, Shape.of(extents), dtype, arena, block, offset + first, rowStride);
    }

    /** View of {@code count} slices of the first axis, from slice {@code first}; shares the elements. */
    public Tensor slices(int first, int count) {
        if (first < 0 || count < 1 || first + count > shape.extent(0)) {
            throw new IllegalArgumentException(
                    name + " " + shape + " has no slices " + first + ".." + (first + count - 1));
        }
        int[] extents = shape.toArray();
        extents[0] = count;
        long rowsPerSlice = shape.rank() == 1 ? 0 : (long) shape.rows() / shape.extent(0);
        long skipped = shape.rank() == 1 ? first : first * rowsPerSlice * rowStride;
        int stride = shape.rank() == 1 ? count : rowStride;
        return new Tensor(name, Shape.of(extents), dtype, arena, block, offset + skipped, stride);
    }

    /** The same elements under another shape. Only for dense tensors. */
    public Tensor reshape(int... extents) {
        Shape target = Shape.of(extents);
        if (!isDense() || target.elements() != shape.elements()) {
            throw new IllegalArgumentException("cannot view " + this + (isDense() ? "" : ", a column view,") + " as "
                    + target + ": " + shape.elements() + " elements against " + target.elements());
        }
        return new Tensor(name, target, dtype, arena, block, offset, target.last());
    }

    /** {@code logits (128, 10) F32}. */
    @Override
    public String toString() {
        return name + " " + shape + " " + dtype;
    }
}
