package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.checks.ScanChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Launches of {@code selective_scan.cu} and {@code selective_scan_gradient.cu}. */
final class CudaScan implements ScanOps {
    private static final int ELEMENTWISE_BLOCK = 256;
    private static final int SLOTS_COLUMNS = 32;

    private final CudaContext cuda;
    private final TypedKernel[] forward = new TypedKernel[ScanShape.ENTRIES.size()];
    private final TypedKernel[] backward = new TypedKernel[ScanShape.ENTRIES.size()];
    private final Kernel slots;
    private final Kernel chunks;
    private final Kernel decay;
    private final Kernel decayGradient;

    CudaScan(CudaContext cuda) {
        this.cuda = cuda;
        for (int i = 0; i < forward.length; i++) {
            String entry = ScanShape.ENTRIES.get(i);
            forward[i] = TypedKernel.of(cuda, "selective_scan", "selective_scan_fwd_" + entry);
            backward[i] = TypedKernel.of(cuda, "selective_scan_gradient", "selective_scan_bwd_" + entry);
        }
        slots = cuda.kernel("selective_scan_gradient", "selective_scan_bwd_slots_f32");
        chunks = cuda.kernel("selective_scan_gradient", "selective_scan_bwd_chunks_f32");
        decay = cuda.kernel("selective_scan", "decay_fwd_f32");
        decayGradient = cuda.kernel("selective_scan", "decay_bwd_f32");
    }

    @Override
    public void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState) {
        ScanChecks.forward(options, inputs, y, lastState);
        ScanShape shape = ScanShape.forward(options, inputs);
        Launch launch =
                cuda.launch(forward[shape.entry()].of(inputs.u())).tensor(y).tensor(lastState);
        inputs(launch, inputs);
        sizes(launch, options, shape);
        launch.int32(y.rowStride());
        inputStrides(launch, inputs);
        launch.grid(shape.sampleBlocks(), shape.gridRows());
    }

    @Override
    public void backward(Options options, Inputs inputs, Tensor dy, Gradients gradients) {
        ScanChecks.backward(options, inputs, dy, gradients);
        ScanShape shape = ScanShape.backward(options, inputs);
        int blocks = shape.gradientBlocks();
        boolean keptShared = shape.keptInSharedMemory(cuda.sharedLimit());
        boolean parts = shape.chunks() > 1;
        long partials = cuda.scratch(
                shape.partialBytes() + (keptShared ? 0 : shape.keptBytes()) + (parts ? 2 * shape.partsBytes() : 0));
        long kept = partials + shape.partialBytes();
        long partsB = kept + (keptShared ? 0 : shape.keptBytes());
        long partsC = partsB + shape.partsBytes();

        Launch launch = cuda.launch(backward[shape.entry()].of(inputs.u()))
                .tensor(gradients.du())
                .tensor(gradients.dDelta());
        if (parts) {
            launch.address(partsB).address(partsC);
        } else {
            launch.tensor(gradients.dB()).tensor(gradients.dC());
        }
        launch.tensor(gradients.dZ()).address(partials).address(keptShared ? 0 : kept);
        inputs(launch, inputs).tensor(dy);
        sizes(launch, options, shape);
        int stateColumns = shape.groups() * shape.states();
        launch.int32(gradients.du().rowStride())
                .int32(gradients.dDelta().rowStride())
                .int32(parts ? stateColumns : gradients.dB().rowStride())
                .int32(parts ? stateColumns : gradients.dC().rowStride())
                .int32(stride(gradients.dZ()));
        inputStrides(launch, inputs)
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
                .grid(ceilDivide(columns, SLOTS_COLUMNS));
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
                    .grid(ceilDivide(rows * stateColumns, ELEMENTWISE_BLOCK));
        }
    }

    private static Launch inputs(Launch launch, Inputs inputs) {
        return launch.tensor(inputs.u())
                .tensor(inputs.delta())
                .tensor(inputs.a())
                .tensor(inputs.b())
                .tensor(inputs.c())
                .tensor(inputs.dSkip())
                .tensor(inputs.z())
                .tensor(inputs.deltaBias());
    }

    private static void sizes(Launch launch, Options options, ScanShape shape) {
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

    private static Launch inputStrides(Launch launch, Inputs inputs) {
        return launch.int32(inputs.u().rowStride())
                .int32(inputs.delta().rowStride())
                .int32(inputs.b().rowStride())
                .int32(inputs.c().rowStride())
                .int32(stride(inputs.z()));
    }

    private static int stride(@Nullable Tensor tensor) {
        return tensor == null ? 0 : tensor.rowStride();
    }

    @Override
    public void decay(Tensor aLog, Tensor a) {
        ScanChecks.decay(aLog, a);
        int count = Math.toIntExact(a.shape().elements());
        cuda.launch(decay).tensor(a).tensor(aLog).int32(count).grid(ceilDivide(count, ELEMENTWISE_BLOCK));
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
                .grid(ceilDivide(count, ELEMENTWISE_BLOCK));
    }

    private static long ceilDivide(long a, long b) {
        return (a + b - 1) / b;
    }
}
