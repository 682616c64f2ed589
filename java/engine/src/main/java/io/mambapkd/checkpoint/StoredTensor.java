package io.mambapkd.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor in a file.
 *
 * @param name as in {@link Safetensors}
 * @param type of the elements
 * @param extents outermost first; none for a scalar
 * @param bytes the elements, little-endian, row-major; a read-only view
 */
public record StoredTensor(String name, ElementType type, List<Integer> extents, ByteBuffer bytes) {
    public StoredTensor {
        extents = List.copyOf(extents);
        bytes = bytes.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A tensor of floats; they are copied. */
    public static StoredTensor of(String name, List<Integer> extents, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
        bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return new StoredTensor(name, ElementType.F32, extents, bytes);
    }

    /** The elements, from the first; a new view with its own position. */
    @Override
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** {@code (3, 4)}; {@code ()} for a scalar. */
    public String shape() {
        return extents.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }

    /** Elements of an {@link ElementType#F32} tensor. */
    public float[] floats() {
        require(ElementType.F32);
        float[] values = new float[bytes.capacity() / Float.BYTES];
        bytes().asFloatBuffer().get(values);
        return values;
    }

    /** Elements of an {@link ElementType#F64} tensor. */
    public double[] doubles() {
        require(ElementType.F64);
        double[] values = new double[bytes.capacity() / Double.BYTES];
        bytes().asDoubleBuffer().get(values);
        return values;
    }

    /** Elements of an {@link ElementType#I32} tensor. */
    public int[] integers() {
        require(ElementType.I32);
        int[] values = new int[bytes.capacity() / Integer.BYTES];
        bytes().asIntBuffer().get(values);
        return values;
    }

    /** Elements of an {@link ElementType#I64} tensor. */
    public long[] longs() {
        require(ElementType.I64);
        long[] values = new long[bytes.capacity() / Long.BYTES];
        bytes().asLongBuffer().get(values);
        return values;
    }

    private void require(ElementType wanted) {
        if (type != wanted) {
            throw new IllegalStateException("tensor " + name + " holds " + type + ", not " + wanted);
        }
    }
}
