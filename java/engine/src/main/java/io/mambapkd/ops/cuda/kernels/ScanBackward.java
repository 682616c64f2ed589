package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;

/** Launches of {@code selective_scan_gradient.cu}. */
final class ScanBackward {
    private static final int ELEMENTWISE_BLOCK = 256;
    private static final int SLOTS_COLUMNS = 8;

    private final CudaContext cuda;
    private final TypedKernel[] kernels = new TypedKernel[ScanShape.ENTRIES.size()];
    private final Kernel slots;
    private final Kernel chunks;

    ScanBackward(CudaContext cuda) {
        this.cuda = cuda;
        for (int i = 0; i < kernels.length; i++) {
            kernels[i] =
                    TypedKernel.of(cuda, "selective_scan_gradient", "selective_scan_bwd_" + ScanShape.ENTRIES.get(i));
        }
        slots = cuda.kernel("selective_scan_gradient", "selective_scan_bwd_slots_f32");
        chunks = cuda.kernel("selective_scan_gradient", "selective_scan_bwd_chunks_f32");
    }

    void run(Options options, Inputs inputs, Tensor dy, Gradients gradients) {
        ScanShape shape = ScanShape.backward(options, inputs);
        int blocks = shape.gradientBlocks();
        boolean keptShared = shape.keptInSharedMemory(cuda.sharedLimit());
        boolean parts = shape.chunks() > 1;
        long partials = cuda.scratch(
                shape.partialBytes() + (keptShared ? 0 : shape.keptBytes()) + (parts ? 2 * shape.partsBytes() : 0));
        long kept = partials + shape.partialBytes();
        long partsB = kept + (keptShared ? 0 : shape.keptBytes());
        long partsC = partsB + shape.partsBytes();

        Launch launch = cuda.launch(kernels[shape.entry()].of(inputs.u()))
                .tensor(gradients.du())
                .tensor(gradients.dDelta());
        if (parts) {
            launch.address(partsB).address(partsC);
        } else {
            launch.tensor(gradients.dB()).tensor(gradients.dC());
        }
        launch.tensor(gradients.dZ()).address(partials).address(keptShared ? 0 : kept);
        ScanArguments.inputs(launch, inputs).tensor(dy);
        ScanArguments.sizes(launch, options, shape);
        int stateColumns = shape.groups() * shape.states();
        launch.int32(gradients.du().rowStride())
                .int32(gradients.dDelta().rowStride())
                .int32(parts ? stateColumns : gradients.dB().rowStride())
                .int32(parts ? stateColumns : gradients.dC().rowStride())
                .int32(ScanArguments.stride(gradients.dZ()));
        ScanArguments.strides(launch, inputs)
                .int32(dy.rowStride())
                .sharedBytes(shape.tileBytes() + (keptShared ? (int) shape.keptBytesPerBlock() : 0))
                .grid(blocks, shape.gridRows());

        int columns = shape.channels() * (shape.states() + 2);
        cuda.launch(slots)
                .tensor(gradients.dA())
                .tensor(gradients.dDSkip())
                .tensor(gradients.dDeltaBias())
                .address(partials)
                .int32(blocks * shape.samplesPerBlock())
                .int32(shape.channels())
                .int32(shape.states())
                .grid(Grids.blocks(columns, SLOTS_COLUMNS));
        if (parts) {
            long rows = (long) shape.batch() * shape.length();
            cuda.launch(chunks)
                    .tensor(gradients.dB())
                    .tensor(gradients.dC())
                    .address(partsB)
                    .address(partsC)
                    .int32(shape.chunks())
                    .int64(rows)
                    .int32(stateColumns)
                    .int32(gradients.dB().rowStride())
                    .int32(gradients.dC().rowStride())
                    .grid(Grids.blocks(rows * stateColumns, ELEMENTWISE_BLOCK));
        }
    }
}
