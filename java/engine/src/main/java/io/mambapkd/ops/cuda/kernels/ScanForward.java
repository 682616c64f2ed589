package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Launches of {@code selective_scan.cu}. */
final class ScanForward {
    private final CudaContext cuda;
    private final TypedKernel[] kernels = new TypedKernel[ScanShape.ENTRIES.size()];

    ScanForward(CudaContext cuda) {
        this.cuda = cuda;
        for (int i = 0; i < kernels.length; i++) {
            kernels[i] = TypedKernel.of(cuda, "selective_scan", "selective_scan_fwd_" + ScanShape.ENTRIES.get(i));
        }
    }

    void run(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState) {
        ScanShape shape = ScanShape.forward(options, inputs);
        Launch launch =
                cuda.launch(kernels[shape.entry()].of(inputs.u())).tensor(y).tensor(lastState);
        ScanArguments.inputs(launch, inputs);
        ScanArguments.sizes(launch, options, shape);
        launch.int32(y.rowStride());
        ScanArguments.strides(launch, inputs);
        launch.grid(shape.sampleBlocks(), shape.gridRows());
    }
}
