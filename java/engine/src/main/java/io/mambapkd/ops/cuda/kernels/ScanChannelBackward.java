package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** Launches of {@code selective_scan_gradient.cu}: for any extents, strides and alignment. */
final class ScanChannelBackward {
    private final CudaContext cuda;
    private final ScanSums sums;
    private final List<TypedKernel> kernels;

    ScanChannelBackward(CudaContext cuda, ScanSums sums) {
        this.cuda = cuda;
        this.sums = sums;
        kernels = ScanShape.ENTRIES.stream()
                .map(entry -> TypedKernel.of(cuda, "selective_scan_gradient", "selective_scan_bwd_" + entry))
                .toList();
    }

    void run(Options options, Inputs inputs, Tensor dy, Gradients gradients) {
        ScanShape shape = ScanShape.backward(options, inputs);
        boolean keptShared = shape.keptInSharedMemory(cuda.sharedLimit());
        int blocks = shape.gradientBlocks(keptShared);
        int slots = blocks * shape.samplesPerBlock();
        boolean parts = shape.chunks() > 1;
        int columns = shape.groups() * shape.states();
        long slotBytes = ScanSums.slotBytes(slots, shape.channels(), shape.states());
        long partBytes = parts ? ScanSums.partBytes(shape.chunks(), (long) shape.batch() * shape.length(), columns) : 0;
        long partials = cuda.scratch(slotBytes + 2 * partBytes + (keptShared ? 0 : shape.keptBytes(blocks)));
        long partsB = partials + slotBytes;
        long partsC = partsB + partBytes;

        Launch launch = cuda.launch(kernels.get(shape.entry()).of(inputs.u()))
                .tensor(gradients.du())
                .tensor(gradients.dDelta());
        if (parts) {
            launch.address(partsB).address(partsC);
        } else {
            launch.tensor(gradients.dB()).tensor(gradients.dC());
        }
        launch.tensor(gradients.dZ()).address(partials).address(keptShared ? 0 : partsC + partBytes);
        ScanArguments.inputs(launch, inputs).tensor(dy);
        ScanArguments.sizes(launch, options, shape);
        launch.int32(gradients.du().rowStride())
                .int32(gradients.dDelta().rowStride())
                .int32(parts ? columns : gradients.dB().rowStride())
                .int32(parts ? columns : gradients.dC().rowStride())
                .int32(ScanArguments.stride(gradients.dZ()));
        ScanArguments.strides(launch, inputs)
                .int32(dy.rowStride())
                .sharedBytes(shape.sharedBytes(keptShared))
                .grid(blocks, shape.gridRows());
        sums.addSlots(gradients, partials, slots);
        if (parts) {
            sums.addChunks(gradients, partsB, partsC, shape.chunks());
        }
    }
}
