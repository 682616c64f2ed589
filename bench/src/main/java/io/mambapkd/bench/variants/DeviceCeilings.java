package io.mambapkd.bench.variants;

import io.mambapkd.ops.Replay;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.StepGraph;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** Launches of {@code bench/kernels/ceilings.cu}: what a device can do at most. */
public final class DeviceCeilings {
    /** Vectors of 4 floats that a block copies. */
    private static final int VECTORS_OF_A_BLOCK = 1024;

    private static final int FLOATS_OF_A_VECTOR = 4;
    private static final int VECTOR_BYTES = FLOATS_OF_A_VECTOR * Float.BYTES;
    private static final int THREADS_OF_A_BLOCK = 256;
    private static final int LANES_OF_A_WARP = 32;
    private static final int CHAINS = 8;
    /** So many are resident at once on every device that there is: 1024 threads. */
    private static final int BLOCKS_OF_A_MULTIPROCESSOR = 4;

    private final DeviceContext context;
    private final boolean graphs;
    private final int blocks;
    private final Kernel copy;
    private final Kernel exps;
    private final Kernel shuffles;
    private final Kernel broadcasts;
    private final Kernel empty;

    /** @throws io.mambapkd.ops.cuda.failures.UnusableDeviceException if the driver does not take the kernels */
    public DeviceCeilings(CudaBackend backend) {
        context = backend.context();
        try (Replay replay = backend.replay(() -> {})) {
            graphs = replay instanceof StepGraph;
        }
        blocks = BLOCKS_OF_A_MULTIPROCESSOR * backend.traits().multiprocessors();
        copy = context.kernel("ceilings", "ceilings_copy_f32");
        exps = context.kernel("ceilings", "ceilings_exp2_f32");
        shuffles = context.kernel("ceilings", "ceilings_shuffle_f32");
        broadcasts = context.kernel("ceilings", "ceilings_broadcast_f32");
        empty = context.kernel("ceilings", "ceilings_empty");
    }

    /**
     * {@code target = source}, by a kernel.
     *
     * @param source (n) F32 with n a multiple of 4
     * @param target of the shape of {@code source}
     */
    public void copy(Tensor source, Tensor target) {
        long vectors = source.shape().elements() / FLOATS_OF_A_VECTOR;
        if (source.dtype() != DType.F32
                || !target.shape().equals(source.shape())
                || vectors * FLOATS_OF_A_VECTOR != source.shape().elements()) {
            throw new IllegalArgumentException("copy: expected two F32 tensors of one shape, of a multiple of "
                    + FLOATS_OF_A_VECTOR + " values, got " + source + " and " + target);
        }
        context.launch(copy)
                .tensor(target, VECTOR_BYTES)
                .tensor(source, VECTOR_BYTES)
                .int64(vectors)
                .grid((vectors + VECTORS_OF_A_BLOCK - 1) / VECTORS_OF_A_BLOCK);
    }

    /** Blocks that {@link #exps}, {@link #shuffles} and {@link #broadcasts} launch, which fill the device. */
    public int blocks() {
        return blocks;
    }

    /** Extent of their sums. */
    public int threads() {
        return blocks * THREADS_OF_A_BLOCK;
    }

    /** Operations that the threads of such a launch do together. */
    public long count(int rounds) {
        return (long) threads() * CHAINS * rounds;
    }

    /** The same, counted by warps: instructions that the device issues for them. */
    public long warpCount(int rounds) {
        return count(rounds) / LANES_OF_A_WARP;
    }

    /**
     * Exponentials and nothing else, in all threads that the device holds.
     *
     * @param rounds that many times 8 in every thread
     * @param sums ({@link #threads}), overwritten: what keeps the compiler from leaving them out
     * @param cycles ({@link #blocks}), overwritten with the cycles that each block took
     */
    public void exps(int rounds, Tensor sums, Tensor cycles) {
        fill(exps, rounds, sums, cycles);
    }

    /** Shuffles within warps and nothing else; arguments as in {@link #exps}. */
    public void shuffles(int rounds, Tensor sums, Tensor cycles) {
        fill(shuffles, rounds, sums, cycles);
    }

    /** Loads of 16 bytes of shared memory, all lanes of a warp from one address, and nothing else; arguments as in {@link #exps}. */
    public void broadcasts(int rounds, Tensor sums, Tensor cycles) {
        fill(broadcasts, rounds, sums, cycles);
    }

    private void fill(Kernel kernel, int rounds, Tensor sums, Tensor cycles) {
        context.launch(kernel).tensor(sums).tensor(cycles).int32(rounds).grid(blocks);
    }

    /** Whether what the backend replays are CUDA graphs. */
    public boolean hasGraphs() {
        return graphs;
    }

    /** One block of a kernel that does nothing. */
    public void empty() {
        context.launch(empty).grid(1);
    }
}
