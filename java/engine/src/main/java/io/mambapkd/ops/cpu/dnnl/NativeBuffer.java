package io.mambapkd.ops.cpu.dnnl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Memory outside of the heap, at the beginning of a cache line, seen as floats by Java and as an address by the library. */
final class NativeBuffer {
    private static final int CACHE_LINE = 64;

    private final FloatBuffer floats;
    private final BytePointer address;

    NativeBuffer(long bytes) {
        // Whole cache lines, as the slice ends with one; and one for what lies before the first.
        long lines = (bytes + CACHE_LINE - 1) / CACHE_LINE + 1;
        ByteBuffer buffer = ByteBuffer.allocateDirect(Math.toIntExact(lines * CACHE_LINE))
                .alignedSlice(CACHE_LINE)
                .order(ByteOrder.nativeOrder());
        floats = buffer.asFloatBuffer();
        address = new BytePointer(buffer);
    }

    boolean holds(long bytes) {
        return (long) floats.capacity() * Float.BYTES >= bytes;
    }

    Pointer address() {
        return address;
    }

    void put(float[] source, int from, int count) {
        floats.put(0, source, from, count);
    }

    void get(float[] target, int to, int count) {
        floats.get(0, target, to, count);
    }
}
