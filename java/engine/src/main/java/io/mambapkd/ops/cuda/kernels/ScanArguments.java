package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Arguments that all kernels of the scan take, in their order. */
final class ScanArguments {
    private ScanArguments() {}

    static Launch inputs(Launch launch, Inputs inputs) {
        return launch.tensor(inputs.u())
                .tensor(inputs.delta())
                .tensor(inputs.a())
                .tensor(inputs.b())
                .tensor(inputs.c())
                .tensor(inputs.dSkip())
                .tensor(inputs.z())
                .tensor(inputs.deltaBias());
    }

    static void sizes(Launch launch, Options options, ScanShape shape) {
        launch.int32(shape.batch())
                .int32(shape.length())
                .int32(shape.channels())
                .int32(shape.states())
                .int32(shape.groups())
                .int32(shape.chunks())
                .int32(shape.warpsPerSample())
                .int32(options.direction() == Direction.FORWARD ? 1 : -1)
                .int32(options.deltaActivation() == Activation.SOFTPLUS ? 1 : 0);
    }

    static Launch strides(Launch launch, Inputs inputs) {
        return launch.int32(inputs.u().rowStride())
                .int32(inputs.delta().rowStride())
                .int32(inputs.b().rowStride())
                .int32(inputs.c().rowStride())
                .int32(stride(inputs.z()));
    }

    static int stride(@Nullable Tensor tensor) {
        return tensor == null ? 0 : tensor.rowStride();
    }
}
