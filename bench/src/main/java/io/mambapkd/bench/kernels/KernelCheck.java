package io.mambapkd.bench.kernels;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;

/**
 * Whether an operation is right on a device: on some samples, what the CPU says; at full size, the same for the last samples as for the first, which are of the
 * same inputs. Our kernels must give the same bits there; cuBLAS and cuDNN promise that nowhere, so that twice the tolerance is allowed: each of two right
 * results may be off by it.
 */
final class KernelCheck {
    static final long SEED = 11;
    /** Elements of activations that the CPU computes, which takes it a fraction of a second. */
    private static final int ELEMENTS = 1 << 18;
    /** Of what may cancel out, errors are relative to values of 1, which it is made of. */
    private static final double LEAST_SCALE = 1;

    /**
     * @param errorOfTolerance largest error as a share of what is allowed
     * @param problem in words; empty where it is right
     */
    record Verdict(double errorOfTolerance, String problem) {
        boolean isRight() {
            return problem.isEmpty();
        }
    }

    private final Backend cpu;
    private final Backend device;

    KernelCheck(Backend cpu, Backend device) {
        this.cpu = cpu;
        this.device = device;
    }

    /** Samples that have contents of their own. */
    static int block(KernelShape shape) {
        long perSample = 1;
        for (int i = 1; i < shape.extents().size(); i++) {
            perSample *= shape.extents().get(i);
        }
        return (int) Math.max(1, Math.min(ELEMENTS / perSample, shape.batch()));
    }

    /** Compares with the CPU. */
    Verdict beside(KernelOperation operation, KernelShape shape, DType activations) {
        int block = block(shape);
        KernelShape small = shape.withBatch(block);
        try (KernelTensors expected = new KernelTensors(cpu, small, activations, block, SEED);
                KernelTensors actual = new KernelTensors(device, small, activations, block, SEED)) {
            run(operation, expected, cpu);
            run(operation, actual, device);
            Verdict worst = new Verdict(0, "");
            for (int i = 0; i < expected.outputs().size(); i++) {
                KernelOutput output = expected.outputs().get(i);
                Tensor right = output.tensor();
                Verdict verdict = compare(
                        values(cpu, right),
                        values(device, actual.outputs().get(i).tensor()),
                        output.tolerance(),
                        "output " + (i + 1) + " " + right.shape());
                if (verdict.errorOfTolerance() > worst.errorOfTolerance()) {
                    worst = verdict;
                }
            }
            return worst;
        }
    }

    private static void run(KernelOperation operation, KernelTensors tensors, Backend backend) {
        Runnable launch = operation.declaration().declare(tensors, backend);
        tensors.fill();
        launch.run();
    }

    /** Compares values with right ones. */
    static Verdict compare(float[] right, float[] other, double tolerance, String name) {
        double scale = LEAST_SCALE;
        for (float value : right) {
            scale = Math.max(scale, Math.abs(value));
        }
        double largest = 0;
        int at = 0;
        for (int i = 0; i < right.length; i++) {
            double error = Math.abs((double) right[i] - other[i]);
            if (!(error <= largest)) {
                largest = Double.isNaN(error) ? Double.MAX_VALUE : error;
                at = i;
            }
        }
        double share = largest / (tolerance * scale);
        return new Verdict(
                share,
                share <= 1
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "%s, element %d: expected %s, got %s, which is %.3g times the tolerance",
                                name,
                                at,
                                right[at],
                                other[at],
                                share));
    }

    /** What an operation wrote at full size, its last samples against its first; a sentence where they differ, else empty. */
    String repeated(KernelTensors tensors, int block) {
        for (KernelOutput output : tensors.outputs()) {
            Tensor all = output.tensor();
            int batch = all.shape().extent(0);
            if (output.extent() != KernelOutput.Extent.WHOLE && batch >= 2 * block) {
                int last = (batch / block - 1) * block;
                float[] first = values(device, all.slices(0, block));
                float[] others = values(device, all.slices(last, block));
                String samples = "samples " + last + " and later of " + all.shape();
                if (output.extent() == KernelOutput.Extent.LIBRARY_SAMPLES) {
                    Verdict verdict = compare(first, others, 2 * output.tolerance(), samples);
                    if (!verdict.isRight()) {
                        return verdict.problem() + " for two results, as the first samples have the same inputs";
                    }
                } else if (Arrays.mismatch(first, others) >= 0) {
                    return samples + " are not the same to the bit as the first, which have the same inputs";
                }
            }
        }
        return "";
    }

    private static float[] values(Backend backend, Tensor tensor) {
        if (tensor.dtype() == DType.F32) {
            return backend.download(tensor);
        }
        try (Arena floats = backend.newArena("comparison")) {
            Tensor wide = floats.allocate("values", DType.F32, tensor.shape());
            floats.seal();
            backend.pointwise().convert(tensor, wide);
            return backend.download(wide);
        }
    }
}
