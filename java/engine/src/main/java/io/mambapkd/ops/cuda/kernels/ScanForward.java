package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.tensor.Tensor;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Launches of {@code selective_scan.cu} and {@code selective_scan_pair.cu}. */
final class ScanForward {
    private final CudaContext cuda;
    private final boolean chooses;
    private final ToLongFunction<Tensor> address;
    private final TypedKernel[] kernels = new TypedKernel[ScanShape.ENTRIES.size()];
    private final TypedKernel[] pairKernels = new TypedKernel[ScanPairShape.ENTRIES.size()];

    ScanForward(CudaContext cuda, CudaScan.Kernels available) {
        this.cuda = cuda;
        chooses = available == CudaScan.Kernels.CHOSEN;
        address = cuda::address;
        for (int i = 0; i < kernels.length; i++) {
            kernels[i] = TypedKernel.of(cuda, "selective_scan", "selective_scan_fwd_" + ScanShape.ENTRIES.get(i));
        }
        for (int i = 0; i < pairKernels.length; i++) {
            pairKernels[i] = TypedKernel.of(
                    cuda, "selective_scan_pair", "selective_scan_pair_fwd_" + ScanPairShape.ENTRIES.get(i));
        }
    }

    void run(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states) {
        if (chooses && ScanChoice.forward(options, inputs, y, lastState, states, address) == ScanChoice.PAIR) {
            pair(options, inputs, y, lastState, states);
        } else {
            general(options, inputs, y, lastState, states);
        }
    }

    private void general(
            Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states) {
        ScanShape shape = ScanShape.forward(options, inputs);
        Launch launch = cuda.launch(kernels[shape.entry()].of(inputs.u()))
                .tensor(y)
                .tensor(lastState)
                .tensor(states);
        ScanArguments.inputs(launch, inputs);
        ScanArguments.sizes(launch, options, shape);
        launch.int32(y.rowStride());
        ScanArguments.strides(launch, inputs);
        launch.grid(shape.sampleBlocks(), shape.gridRows());
    }

    private void pair(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states) {
        ScanPairShape shape = ScanPairShape.of(options, inputs);
        int direction = options.direction() == Direction.FORWARD ? 1 : -1;
        Launch launch = cuda.launch(pairKernels[shape.entry()].of(inputs.u()))
                .tensor(y)
                .tensor(lastState)
                .tensor(states);
        ScanArguments.inputs(launch, inputs)
                .int32(shape.batch())
                .int32(shape.length())
                .int32(shape.width() * shape.groups())
                .int32(shape.states())
                .int32(shape.width())
                .int32(shape.slots())
                .int32(shape.threads())
                .int32(direction)
                .int32(options.deltaActivation() == Activation.SOFTPLUS ? 1 : 0)
                .int32(shape.aligned(inputs, address) ? 1 : 0)
                .int32(direction * y.rowStride())
                .int32(direction * inputs.u().rowStride())
                .int32(direction * inputs.delta().rowStride())
                .int32(direction * inputs.b().rowStride())
                .int32(direction * inputs.c().rowStride())
                .int32(direction * ScanArguments.stride(inputs.z()))
                .sharedBytes(shape.sharedBytes())
                .grid(shape.sampleBlocks(), shape.chunks(), shape.groups());
    }
}
