package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.ptx.Kernel;

/** The second half of the scan's gradient: sums that blocks left in scratch memory are added up. */
final class ScanSums {
    private static final int ELEMENTWISE_BLOCK = 256;

    private final CudaContext cuda;
    private final PartialRows partialRows;
    private final Kernel chunks;

    ScanSums(CudaContext cuda) {
        this.cuda = cuda;
        partialRows = new PartialRows(cuda);
        chunks = cuda.kernel("selective_scan_gradient", "selective_scan_bwd_chunks_f32");
    }

    /**
     * Scratch memory of one backward pass, and where its kernel leaves what is added up afterwards.
     *
     * @param gradients of the pass
     * @param partials sums of dA, dDskip and dbias, one behind the other in each row
     * @param chunks parts of dB and dC; with one chunk they are the gradients themselves
     * @param own address of what the kernel asked for itself
     */
    record Scratch(Gradients gradients, PartialRows.Rows partials, int chunks, long partsB, long partsC, long own) {
        /** du, dDelta, dB, dC, dZ and the sums, as the kernels take them first. */
        Launch outputs(Launch launch) {
            launch.tensor(gradients.du()).tensor(gradients.dDelta());
            if (chunks > 1) {
                launch.address(partsB).address(partsC);
            } else {
                launch.tensor(gradients.dB()).tensor(gradients.dC());
            }
            return launch.tensor(gradients.dZ()).address(partials.address());
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

    /**
     * @param slots number of partial rows
     * @param ownBytes for the kernel itself
     */
    Scratch scratch(Gradients gradients, int slots, int chunks, long ownBytes) {
        int channels = gradients.dA().shape().extent(0);
        int states = gradients.dA().shape().last();
        long partBytes =
                chunks > 1 ? aligned(4L * chunks * gradients.dB().shape().elements()) : 0;
        PartialRows.Rows partials = partialRows.rows(slots, (long) channels * (states + 2), 2 * partBytes + ownBytes);
        long partsB = partials.behind();
        long partsC = partsB + partBytes;
        return new Scratch(gradients, partials, chunks, partsB, partsC, partsC + partBytes);
    }

    private static long aligned(long bytes) {
        return (bytes + 255) / 256 * 256;
    }

    /** Adds the partial rows to dA, dDskip and dbias, and sets dB and dC to the sums of their parts, if they have any. */
    void add(Scratch scratch) {
        Gradients gradients = scratch.gradients();
        PartialRows.Rows partials = scratch.partials();
        int channels = gradients.dA().shape().extent(0);
        int from = partialRows.add(partials, 0, gradients.dA());
        if (gradients.dDSkip() != null) {
            partialRows.add(partials, from, gradients.dDSkip());
        }
        if (gradients.dDeltaBias() != null) {
            partialRows.add(partials, from + channels, gradients.dDeltaBias());
        }
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
