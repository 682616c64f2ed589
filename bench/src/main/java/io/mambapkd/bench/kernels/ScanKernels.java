package io.mambapkd.bench.kernels;

import static io.mambapkd.bench.kernels.KernelOperation.inBothTypes;

import io.mambapkd.bench.kernels.KernelShape.Kind;
import io.mambapkd.bench.variants.ScanVariants;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** The selective scan and its variants, with all that a Mamba block gives it: Dskip, z, bias, softplus. */
final class ScanKernels {
    /** Beside the decays: exponential and logarithm of softplus, exponential and reciprocal of silu. */
    static final int MORE_EXPS = 4;
    /** For each state: dt A; decayed state and dt u B; the sum of C h. */
    static final int FORWARD_FLOPS = 6;
    /** For each state: its value once more (4), and the sums of the gradients of h (4), A (2), B (2), C (2), delta (4), u (2). */
    static final int BACKWARD_FLOPS = 20;

    private ScanKernels() {}

    static List<KernelOperation> all() {
        return List.of(
                inBothTypes("scan_forward", Kind.SEQUENCE, (t, backend) -> forward(t, backend.scan())),
                inBothTypes(
                        "scan_forward",
                        "general",
                        Kind.SEQUENCE,
                        (t, backend) -> forward(t, onDevice(backend, ScanVariants::general))),
                inBothTypes(
                        "scan_forward",
                        "warp",
                        Kind.SEQUENCE,
                        (t, backend) -> forward(t, onDevice(backend, ScanVariants::warp))),
                inBothTypes("scan_backward", Kind.SEQUENCE, (t, backend) -> backward(t, backend.scan())),
                inBothTypes(
                        "scan_backward",
                        "general",
                        Kind.SEQUENCE,
                        (t, backend) -> backward(t, onDevice(backend, ScanVariants::general))),
                inBothTypes("delta_scan", Kind.SEQUENCE, ScanKernels::deltaScan));
    }

    /** The variant on a device, what it is checked against elsewhere. */
    private static ScanOps onDevice(Backend backend, Function<CudaBackend, ScanOps> variant) {
        return backend instanceof CudaBackend cuda ? variant.apply(cuda) : backend.scan();
    }

    private static long elements(KernelTensors t) {
        return (long) t.extent('B') * t.extent('L') * t.extent('D');
    }

    private static Runnable forward(KernelTensors t, ScanOps ops) {
        ScanOps.Inputs in = inputs(t);
        Tensor y = forwardOutput(t);
        return () -> ops.forward(ScanOps.Options.MAMBA, in, y, null);
    }

    private static Tensor forwardOutput(KernelTensors t) {
        int states = t.extent('N');
        t.exps(elements(t) * (states + MORE_EXPS));
        t.flops(elements(t) * FORWARD_FLOPS * states);
        return t.writtenActivations((long) t.extent('L') * states, t.extent('L'), t.extent('D'));
    }

    /** The projection of delta, (B, L, R) by (D, R), by the library, then the scan. The bytes are those without delta between the two. */
    private static Runnable deltaScan(KernelTensors t, Backend backend) {
        int length = t.extent('L');
        int channels = t.extent('D');
        int rank = BlockExtents.rank(channels);
        t.flops(2 * elements(t) * rank);
        Tensor delta = t.scratch(length, channels);
        Tensor low = t.floats(-1, 1, length, rank);
        Tensor weight = t.weights(-1, 1, channels, rank);
        ScanOps.Inputs in = inputs(t, delta);
        Tensor y = forwardOutput(t);
        t.ofLibrary();
        return () -> {
            backend.gemm().multiply(low, Transpose.NO, weight, Transpose.YES, Write.OVERWRITE, delta);
            backend.scan().forward(ScanOps.Options.MAMBA, in, y, null);
        };
    }

    private static ScanOps.Inputs inputs(KernelTensors t) {
        return inputs(t, t.floats(-5, 0.5, t.extent('L'), t.extent('D')));
    }

    private static ScanOps.Inputs inputs(KernelTensors t, Tensor delta) {
        int length = t.extent('L');
        int channels = t.extent('D');
        int states = t.extent('N');
        return new ScanOps.Inputs(
                t.activations(-1, 1, length, channels),
                delta,
                t.weights(-4, -0.1, channels, states),
                t.floats(-1, 1, length, states),
                t.floats(-1, 1, length, states),
                t.weights(-1, 1, channels),
                t.activations(-3, 3, length, channels),
                t.weights(0, 0.2, channels));
    }

    private static Runnable backward(KernelTensors t, ScanOps ops) {
        int length = t.extent('L');
        int channels = t.extent('D');
        int states = t.extent('N');
        long steps = (long) t.extent('B') * length;
        long terms = (long) length * states;
        t.exps(elements(t) * (states + MORE_EXPS));
        t.flops(elements(t) * BACKWARD_FLOPS * states);
        ScanOps.Inputs in = inputs(t);
        Tensor dy = t.activations(-1, 1, length, channels);
        ScanOps.Gradients out = new ScanOps.Gradients(
                t.writtenActivations(terms, length, channels),
                t.written(terms, length, channels),
                t.updatedWeights(steps * length, -1, 1, channels, states),
                t.written((long) length * channels, length, states),
                t.written((long) length * channels, length, states),
                t.updatedWeights(steps, -1, 1, channels),
                t.writtenActivations(terms, length, channels),
                t.updatedWeights(steps * terms, -1, 1, channels));
        return () -> ops.backward(ScanOps.Options.MAMBA, in, dy, out);
    }
}
