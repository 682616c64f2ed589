package io.mambapkd.ops.cpu.blas;

import io.mambapkd.Problem;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.cpu.natives.LoadFailure;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

/** OpenBLAS through its Maven artifact, held to one thread per call. */
public final class OpenBlas implements Blas {
    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;

    /** Direct memory; the pointer is for the library, the buffer for copies without a JNI call. */
    private record Direct(FloatBuffer floats, FloatPointer pointer) implements BlasBuffer {
        @Override
        public int capacity() {
            return floats.capacity();
        }

        @Override
        public void put(int at, float[] source, int from, int count) {
            floats.put(at, source, from, count);
        }

        @Override
        public void get(int at, float[] target, int to, int count) {
            floats.get(at, target, to, count);
        }
    }

    /**
     * @throws LinkageError if there is no binary for this machine
     */
    public OpenBlas() {
        load();
    }

    /**
     * Loads the library.
     *
     * @throws LinkageError if there is no binary for this machine, or it cannot be unpacked or loaded
     */
    public static void load() {
        // Several of our threads call at the same time; each call must stay on its own.
        openblas.blas_set_num_threads(1);
    }

    /** What it means for a user that {@link #load} failed. */
    public static Problem problem(LinkageError failure) {
        return LoadFailure.problem(
                "OpenBLAS",
                "Java computes the matrix products: several times slower, and with other last digits",
                failure);
    }

    @Override
    public String name() {
        return "OpenBLAS";
    }

    @Override
    public BlasBuffer allocate(int floats) {
        FloatBuffer buffer = ByteBuffer.allocateDirect(Math.multiplyExact(floats, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        return new Direct(buffer, new FloatPointer(buffer));
    }

    @Override
    public void multiply(
            Transpose transposeA,
            Transpose transposeB,
            int m,
            int n,
            int k,
            BlasBuffer a,
            int aAt,
            int lda,
            BlasBuffer b,
            int bAt,
            int ldb,
            boolean accumulate,
            BlasBuffer c,
            int cAt,
            int ldc) {
        openblas.cblas_sgemm(
                ROW_MAJOR,
                transposeA == Transpose.YES ? TRANSPOSE : NO_TRANSPOSE,
                transposeB == Transpose.YES ? TRANSPOSE : NO_TRANSPOSE,
                m,
                n,
                k,
                1f,
                at(a, aAt),
                lda,
                at(b, bAt),
                ldb,
                accumulate ? 1f : 0f,
                at(c, cAt),
                ldc);
    }

    private static FloatPointer at(BlasBuffer buffer, int position) {
        FloatPointer pointer = ((Direct) buffer).pointer;
        // A buffer that threads share is always used from 0: writing the position there could race.
        return position == 0 && pointer.position() == 0 ? pointer : pointer.position(position);
    }
}
