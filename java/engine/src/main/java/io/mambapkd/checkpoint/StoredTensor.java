package io.mambapkd.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.ShortBuffer;
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

    /** Elements of a tensor whose type {@linkplain ElementType#converts converts}, rounded to the nearest float; infinite where that is too small. */
    float[] asFloats() {
        float[] values = new float[bytes.capacity() / type.bytes()];
        switch (type) {
            case F32 -> bytes().asFloatBuffer().get(values);
            case F64 -> {
                DoubleBuffer doubles = bytes().asDoubleBuffer();
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) doubles.get(i);
                }
            }
            case F16 -> {
                ShortBuffer halves = bytes().asShortBuffer();
                for (int i = 0; i < values.length; i++) {
                    values[i] = half(halves.get(i));
                }
            }
            case BF16 -> {
                ShortBuffer halves = bytes().asShortBuffer();
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(halves.get(i) << 16);
                }
            }
            default -> throw new IllegalStateException("tensor " + name + " holds " + type + ", which is no float");
        }
        return values;
    }

    /** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. Every one of them is a float. */
    private static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            // Zero or subnormal: a multiple of 2^-24.
            return Math.copySign(fraction * 0x1p-24f, Float.intBitsToFloat(sign | 0x3f800000));
        }
        int wide = exponent == 0x1f ? 0xff : exponent + 127 - 15;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
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
