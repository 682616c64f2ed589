package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.cuda.driver.CudaContext;
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

    /** Bytes of {@code slots} sums of dA, dDskip and dbias. */
    static long slotBytes(int slots, int channels, int states) {
        return aligned(4L * slots * channels * (states + 2));
    }

    /** Bytes of the parts of dB, or of dC. */
    static long partBytes(int chunks, long rows, int columns) {
        return aligned(4L * chunks * rows * columns);
    }

    private static long aligned(long bytes) {
        return (bytes + 255) / 256 * 256;
    }

    /** Adds the sums of {@code count} slots to dA, dDskip and dbias. */
    void addSlots(Gradients gradients, long partials, int count) {
        int channels = gradients.dA().shape().toArray()[0];
        int states = gradients.dA().shape().last();
        cuda.launch(slots)
                .tensor(gradients.dA())
                .tensor(gradients.dDSkip())
                .tensor(gradients.dDeltaBias())
                .address(partials)
                .int32(count)
                .int32(channels)
                .int32(states)
                .grid(Grids.blocks((long) channels * (states + 2), SLOTS_COLUMNS));
    }

    /** Sets dB and dC to the sums of their parts of {@code count} chunks. */
    void addChunks(Gradients gradients, long partsB, long partsC, int count) {
        long rows = gradients.dB().shape().rows();
        int columns = gradients.dB().shape().last();
        cuda.launch(chunks)
                .tensor(gradients.dB())
                .tensor(gradients.dC())
                .address(partsB)
                .address(partsC)
                .int32(count)
                .int64(rows)
                .int32(columns)
                .int32(gradients.dB().rowStride())
                .int32(gradients.dC().rowStride())
                .grid(Grids.blocks(rows * columns, ELEMENTWISE_BLOCK));
    }
}
