package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.Replay;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** A process of its own that computes directions of a convolution on the device, as its arguments say, and compares them with the CPU's. */
final class ConvolutionProbe {
    private static final Conv2dOps.Options SAME = new Conv2dOps.Options(3, 1, 1);
    private static final float TOLERANCE = 1e-5f;

    private ConvolutionProbe() {}

    public static void main(String[] directions) {
        CudaOptions options = new CudaOptions(0, CudaOptions.Launches.ASYNCHRONOUS, CudaOptions.MemoryLayout.PACKED);
        try (CudaBackend cuda = new CudaBackend(options);
                CpuBackend cpu = new CpuBackend(1)) {
            for (String direction : directions) {
                float[] expected = computed(cpu, direction);
                float[] actual = computed(cuda, direction);
                boolean right = expected.length == actual.length;
                for (int i = 0; right && i < actual.length; i++) {
                    right = Math.abs(expected[i] - actual[i]) <= TOLERANCE;
                }
                System.out.println(direction + (right ? " right" : " WRONG"));
            }
            for (Fallback fallback : cuda.fallbacks()) {
                System.out.println((fallback.deterministic() ? "steady: " : "loose: ") + fallback.text());
            }
        } catch (UnusableDeviceException | CudaCallError failure) {
            System.out.println("failed: " + failure.getMessage());
            System.out.println("type " + failure.getClass().getSimpleName());
        }
    }

    private static float[] computed(Backend backend, String direction) {
        try (Arena arena = backend.newArena("convolution")) {
            Tensor x = arena.allocate("x", 2, 6, 5, 3);
            Tensor weight = arena.allocate("weight", 2, 3, 3, 3);
            Tensor y = arena.allocate("y", 2, 6, 5, 2);
            arena.seal();
            List.of(x, weight, y).forEach(tensor -> fill(backend, tensor));
            Conv2dOps conv2d = backend.conv2d();
            // The CPU has it in the other layout.
            boolean isLast = direction.endsWith("last") && backend.readsKernelsChannelsLast();
            Conv2dOps.Options options = isLast ? SAME.with(Conv2dOps.Layout.CHANNELS_LAST) : SAME;
            if (isLast) {
                float[] first = backend.download(weight);
                float[] moved = new float[first.length];
                for (int i = 0; i < first.length; i++) {
                    moved[(i / 27 * 9 + i % 9) * 3 + i / 9 % 3] = first[i];
                }
                backend.upload(moved, weight);
            }
            switch (direction) {
                case "forward-last" -> conv2d.forward(options, x, weight, null, y);
                case "data-last" -> conv2d.backwardData(options, weight, y, x);
                case "forward" -> conv2d.forward(SAME, x, weight, null, y);
                case "data" -> conv2d.backwardData(SAME, weight, y, x);
                case "filter" -> conv2d.backwardWeights(SAME, x, y, weight, null);
                case "captured" -> {
                    try (Replay replay = backend.replay(() -> conv2d.forward(SAME, x, weight, null, y))) {
                        replay.run();
                        replay.run();
                    }
                }
                default -> throw new IllegalArgumentException(direction);
            }
            return backend.download(
                    switch (direction) {
                        case "data", "data-last" -> x;
                        case "filter" -> weight;
                        default -> y;
                    });
        }
    }

    private static void fill(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 7 % 11 - 5) / 8f;
        }
        backend.upload(values, tensor);
    }
}
