package io.mambapkd.bench.variants;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.checks.ScanChecks;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Launches of {@code bench/kernels/selective_scan_warp.cu}; everything but the forward pass without saved states is the backend's own. */
final class WarpScan implements ScanOps {
    private static final String FAMILY = "selective_scan_warp";
    private static final int WARP = 32;
    private static final int CHANNELS_OF_A_BLOCK = 8;
    /** Steps of a lane, ascending. */
    private static final int[] ITEMS = {1, 2, 4};

    private final DeviceContext cuda;
    private final ScanOps shipped;
    private final TypedKernel[] kernels = new TypedKernel[ITEMS.length];

    WarpScan(CudaBackend backend) {
        cuda = backend.context();
        shipped = backend.scan();
        for (int i = 0; i < ITEMS.length; i++) {
            kernels[i] = TypedKernel.of(cuda, FAMILY, FAMILY + "_fwd_i" + ITEMS[i]);
        }
    }

    @Override
    public void forward(
            Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor savedStates) {
        if (savedStates != null) {
            shipped.forward(options, inputs, y, lastState, savedStates);
            return;
        }
        ScanChecks.forward(options, inputs, y, lastState, null);
        int[] shape = inputs.u().shape().toArray();
        int states = inputs.a().shape().last();
        int chunks = (shape[2] / options.groups() + CHANNELS_OF_A_BLOCK - 1) / CHANNELS_OF_A_BLOCK;
        Tensor z = inputs.z();
        cuda.launch(kernel(shape[1]).of(inputs.u()))
                .tensor(y)
                .tensor(lastState)
                .tensor(inputs.u())
                .tensor(inputs.delta())
                .tensor(inputs.a())
                .tensor(inputs.b())
                .tensor(inputs.c())
                .tensor(inputs.dSkip())
                .tensor(z)
                .tensor(inputs.deltaBias())
                .int32(shape[1])
                .int32(shape[2])
                .int32(states)
                .int32(options.groups())
                .int32(chunks)
                .int32(options.direction() == Direction.FORWARD ? 1 : -1)
                .int32(options.deltaActivation() == Activation.SOFTPLUS ? 1 : 0)
                .int32(y.rowStride())
                .int32(inputs.u().rowStride())
                .int32(inputs.delta().rowStride())
                .int32(inputs.b().rowStride())
                .int32(inputs.c().rowStride())
                .int32(z == null ? 0 : z.rowStride())
                .sharedBytes(CHANNELS_OF_A_BLOCK * states * Float.BYTES)
                .grid(shape[0], options.groups() * chunks);
    }

    private TypedKernel kernel(int length) {
        for (int i = 0; i < ITEMS.length - 1; i++) {
            if (length <= WARP * ITEMS[i]) {
                return kernels[i];
            }
        }
        return kernels[ITEMS.length - 1];
    }

    @Override
    public void backward(Options options, Inputs inputs, Tensor dy, @Nullable Tensor states, Gradients gradients) {
        shipped.backward(options, inputs, dy, states, gradients);
    }

    @Override
    public void decay(Tensor aLog, Tensor a) {
        shipped.decay(aLog, a);
    }

    @Override
    public void decayGradient(Tensor a, Tensor dA, Tensor dALog) {
        shipped.decayGradient(a, dA, dALog);
    }
}
