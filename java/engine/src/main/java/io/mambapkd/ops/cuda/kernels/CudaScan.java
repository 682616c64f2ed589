package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.checks.ScanChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The selective scan and the decay. */
public final class CudaScan implements ScanOps {
    private static final int ELEMENTWISE_BLOCK = 256;

    private final CudaContext cuda;
    private final ScanForward forward;
    private final ScanBackward backward;
    private final Kernel decay;
    private final Kernel decayGradient;

    CudaScan(CudaContext cuda) {
        this(cuda, Kernels.CHOSEN);
    }

    private CudaScan(CudaContext cuda, Kernels kernels) {
        this.cuda = cuda;
        forward = new ScanForward(cuda, kernels);
        backward = new ScanBackward(cuda, kernels);
        decay = cuda.kernel("selective_scan", "decay_fwd_f32");
        decayGradient = cuda.kernel("selective_scan", "decay_bwd_f32");
    }

    /** By the general kernels alone, which {@link ScanChoice} else takes for what the others do not fit: to be measured beside those. */
    public static ScanOps general(CudaContext cuda) {
        return new CudaScan(cuda, Kernels.GENERAL);
    }

    /** Which kernels there are to choose from. */
    enum Kernels {
        CHOSEN,
        GENERAL
    }

    @Override
    public void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states) {
        ScanChecks.forward(options, inputs, y, lastState, states);
        forward.run(options, inputs, y, lastState, states);
    }

    @Override
    public void backward(Options options, Inputs inputs, Tensor dy, @Nullable Tensor saved, Gradients gradients) {
        ScanChecks.backward(options, inputs, dy, saved, gradients);
        backward.run(options, inputs, dy, saved, gradients);
    }

    @Override
    public void decay(Tensor aLog, Tensor a) {
        ScanChecks.decay(aLog, a);
        int count = Math.toIntExact(a.shape().elements());
        cuda.launch(decay).tensor(a).tensor(aLog).int32(count).grid(Grids.blocks(count, ELEMENTWISE_BLOCK));
    }

    @Override
    public void decayGradient(Tensor a, Tensor dA, Tensor dALog) {
        ScanChecks.decayGradient(a, dA, dALog);
        int count = Math.toIntExact(a.shape().elements());
        cuda.launch(decayGradient)
                .tensor(dALog)
                .tensor(a)
                .tensor(dA)
                .int32(count)
                .grid(Grids.blocks(count, ELEMENTWISE_BLOCK));
    }
}
