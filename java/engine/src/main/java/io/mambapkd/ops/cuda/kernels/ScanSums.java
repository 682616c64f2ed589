package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.ptx.Kernel;

/** The second half of the scan's gradient: sums that blocks left in scratch memory are added up. */
final class ScanSums {
    private static final int ELEMENTWISE_BLOCK = 256;
    private static final int SLOTS_COLUMNS = 8;

    private final CudaContext cuda;
    private final Kernel slots;
    private final Kernel chunks;

    ScanSums(CudaContext cuda) {
        this.cuda = cuda;
        slots = cuda.kernel("selective_scan_gradient", "selective_scan_bwd_slots_f32");
        chunks = cuda.kernel("selective_scan_gradient", "selective_scan_bwd_chunks_f32");
    }

    /**
     * Scratch memory of one backward pass, and where its kernel leaves what is added up afterwards.
     *
     * @param gradients of the pass
     * @param slots sums of dA, dDskip and dbias, one behind the other, at {@code partials}
     * @param chunks parts of dB and dC; with one chunk they are the gradients themselves
     * @param own address of what the kernel asked for itself
     */
    record Scratch(Gradients gradients, int slots, int chunks, long partials, long partsB, long partsC, long own) {
        /** du, dDelta, dB, dC, dZ and the sums, as the kernels take them first. */
        Launch outputs(Launch launch) {
            launch.tensor(gradients.du()).tensor(gradients.dDelta());
            if (chunks > 1) {
                launch.address(partsB).address(partsC);
            } else {
                launch.tensor(gradients.dB()).tensor(gradients.dC());
            }
            return launch.tensor(gradients.dZ()).address(partials);
        }

        /** Row strides of du, dDelta, dB, dC and dZ. */
        Launch strides(Launch launch) {
            int columns = gradients.dB().shape().last();
            return launch.int32(gradients.du().rowStride())
                    .int32(gradients.dDelta().rowStride())
                    .int32(chunks > 1 ? columns : gradients.dB().rowStride())
                    .int32(chunks > 1 ? columns : gradients.dC().rowStride())
                    .int32(ScanArguments.stride(gradients.dZ()));
        }
    }

    /** @param ownBytes for the kernel itself */
    Scratch scratch(Gradients gradients, int slots, int chunks, long ownBytes) {
        long slotBytes = aligned(4L * slots * channels(gradients) * (states(gradients) + 2));
        long partBytes =
                chunks > 1 ? aligned(4L * chunks * gradients.dB().shape().elements()) : 0;
        long partials = cuda.scratch(slotBytes + 2 * partBytes + ownBytes);
        long partsB = partials + slotBytes;
        long partsC = partsB + partBytes;
        return new Scratch(gradients, slots, chunks, partials, partsB, partsC, partsC + partBytes);
    }

    private static int channels(Gradients gradients) {
        return gradients.dA().shape().extent(0);
    }

    private static int states(Gradients gradients) {
        return gradients.dA().shape().last();
    }

    private static long aligned(long bytes) {
        return (bytes + 255) / 256 * 256;
    }

    /** Adds the sums of all slots to dA, dDskip and dbias, and sets dB and dC to the sums of their parts, if they have any. */
    void add(Scratch scratch) {
        Gradients gradients = scratch.gradients();
        int channels = channels(gradients);
        int states = states(gradients);
        cuda.launch(slots)
                .tensor(gradients.dA())
                .tensor(gradients.dDSkip())
                .tensor(gradients.dDeltaBias())
                .address(scratch.partials())
                .int32(scratch.slots())
                .int32(channels)
                .int32(states)
                .grid(Grids.blocks((long) channels * (states + 2), SLOTS_COLUMNS));
        if (scratch.chunks() > 1) {
            addChunks(scratch);
        }
    }

    private void addChunks(Scratch scratch) {
        Gradients gradients = scratch.gradients();
        long rows = gradients.dB().shape().rows();
        int columns = gradients.dB().shape().last();
        cuda.launch(chunks)
                .tensor(gradients.dB())
                .tensor(gradients.dC())
                .address(scratch.partsB())
                .address(scratch.partsC())
                .int32(scratch.chunks())
                .int64(rows)
                .int32(columns)
                .int32(gradients.dB().rowStride())
                .int32(gradients.dC().rowStride())
                .grid(Grids.blocks(rows * columns, ELEMENTWISE_BLOCK));
    }
}
