package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Launches of {@code selective_scan_tile.cu}. */
final class ScanTileBackward {
    private final CudaContext cuda;
    private final ScanSums sums;
    private final List<TypedKernel> kernels;

    ScanTileBackward(CudaContext cuda, ScanSums sums) {
        this.cuda = cuda;
        this.sums = sums;
        kernels = TileShape.ENTRIES.stream()
                .map(entry -> TypedKernel.of(cuda, "selective_scan_tile", "selective_scan_tile_" + entry))
                .toList();
    }

    void run(TileShape shape, Options options, Inputs inputs, Tensor dy, @Nullable Tensor saved, Gradients gradients) {
        int blocks = shape.blocks();
        boolean recompute = saved == null && shape.segments() > 1;
        long savedBytes =
                recompute ? 4L * shape.batch() * (shape.segments() - 1) * shape.channels() * shape.states() : 0;
        ScanSums.Scratch scratch = sums.scratch(gradients, blocks, shape.chunks(), savedBytes);
        Launch launch = scratch.outputs(cuda.launch(kernels.get(shape.entry()).of(inputs.u())));
        if (recompute) {
            launch.address(scratch.own());
        } else {
            launch.tensor(saved);
        }
        ScanArguments.inputs(launch, inputs)
                .tensor(dy)
                .int32(shape.batch())
                .int32(shape.length())
                .int32(shape.channels())
                .int32(shape.states())
                .int32(shape.groups())
                .int32(shape.chunks())
                .int32(options.direction() == Direction.FORWARD ? 1 : -1)
                .int32(options.deltaActivation() == Activation.SOFTPLUS ? 1 : 0)
                .int32(recompute ? 1 : 0);
        scratch.strides(launch);
        ScanArguments.strides(launch, inputs)
                .int32(dy.rowStride())
                .sharedBytes(shape.sharedBytes())
                .grid(blocks, shape.gridRows());
        sums.add(scratch);
    }
}
