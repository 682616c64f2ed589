package io.mambapkd.ops;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.DistillationLossOps.Inputs;
import io.mambapkd.ops.DistillationLossOps.Options;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A process of its own that prints for each of some operations how far the emulated driver is from the CPU: the largest difference by the largest value of
 * the tensor, in roundings of 2^-24. Exact arithmetic gives at most a few; a tolerance of so few is a mistake that only a GPU would show.
 */
final class RoundingProbe {
    private static final double ROUNDING = 0x1p-24;

    private RoundingProbe() {}

    /** One operation on tensors that are the same on every backend; returns what it wrote. */
    private interface Work {
        Tensor on(Backend backend, SequenceTensors tensors);
    }

    public static void main(String[] arguments) {
        Map<String, Work> operations = new LinkedHashMap<>();
        operations.put("softplus", RoundingProbe::softplus);
        operations.put("scan", RoundingProbe::scan);
        operations.put("loss", RoundingProbe::loss);
        operations.forEach((name, work) -> System.out.printf(Locale.ROOT, "%s %.3f%n", name, distance(work)));
    }

    private static double distance(Work work) {
        try (Backend device = EmulatedDriver.open(EmulatedDriver.Build.PLAIN, 0);
                Backend specification = new CpuBackend(1)) {
            float[] actual = values(device, work);
            float[] expected = values(specification, work);
            double largest = 0;
            double difference = 0;
            for (int i = 0; i < expected.length; i++) {
                largest = Math.max(largest, Math.abs(expected[i]));
                difference = Math.max(difference, Math.abs((double) actual[i] - expected[i]));
            }
            return difference / largest / ROUNDING;
        }
    }

    private static float[] values(Backend backend, Work work) {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        return tensors.values(work.on(backend, tensors));
    }

    private static Tensor softplus(Backend backend, SequenceTensors tensors) {
        Tensor x = tensors.uniform(-1, 1, 1000);
        Tensor y = tensors.unwritten(1000);
        backend.activation().forward(Activation.SOFTPLUS, x, y);
        return y;
    }

    /** States that live long, so that each step's decay counts. */
    private static Tensor scan(Backend backend, SequenceTensors tensors) {
        int steps = 64;
        int channels = 16;
        ScanOps.Inputs in = new ScanOps.Inputs(
                tensors.uniform(0.5f, 1, 1, steps, channels),
                tensors.uniform(0.01f, 0.1f, 1, steps, channels),
                tensors.uniform(-0.2f, -0.1f, channels, 1),
                tensors.uniform(0.5f, 1, 1, steps, 1),
                tensors.uniform(0.5f, 1, 1, steps, 1),
                null,
                null,
                null);
        Tensor y = tensors.unwritten(1, steps, channels);
        ScanOps.Options options = new ScanOps.Options(ScanOps.Direction.FORWARD, Activation.IDENTITY, 1);
        backend.scan().forward(options, in, y, null);
        return y;
    }

    /** The gradient of the cross entropy of logits of which no class is far ahead. */
    private static Tensor loss(Backend backend, SequenceTensors tensors) {
        int rows = 64;
        int classes = 3;
        Tensor logits = tensors.uniform(-1, 1, rows, classes);
        Tensor gradient = tensors.unwritten(rows, classes);
        Tensor statistics = tensors.unwritten(DistillationLossOps.STATISTICS);
        try (Arena arena = backend.newArena("labels")) {
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(rows));
            arena.seal();
            backend.upload(new int[rows], labels);
            Inputs inputs = new Inputs(logits, null, null, labels, null, rows);
            backend.distillationLoss().lossAndGradient(Options.crossEntropy(0), inputs, gradient, null, statistics);
        }
        return gradient;
    }
}
