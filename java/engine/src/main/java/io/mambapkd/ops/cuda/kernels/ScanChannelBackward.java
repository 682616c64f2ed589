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
        ScanSums.Scratch scratch = sums.scratch(
                gradients, blocks * shape.samplesPerBlock(), shape.chunks(), keptShared ? 0 : shape.keptBytes(blocks));
        Launch launch = scratch.outputs(cuda.launch(kernels.get(shape.entry()).of(inputs.u())))
                .address(keptShared ? 0 : scratch.own());
        ScanArguments.inputs(launch, inputs).tensor(dy);
        ScanArguments.sizes(launch, options, shape);
        scratch.strides(launch);
        ScanArguments.strides(launch, inputs)
                .int32(dy.rowStride())
                .sharedBytes(shape.sharedBytes(keptShared))
                .grid(blocks, shape.gridRows());
        sums.add(scratch);
    }
}
