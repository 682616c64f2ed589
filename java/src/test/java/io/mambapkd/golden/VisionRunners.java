package io.mambapkd.golden;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runners of the image operations. The reference's images are (B, C, H, W), ours (B, H, W, C). */
final class VisionRunners {
    private VisionRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("conv2d", VisionRunners::conv2d);
        runners.put("batchnorm2d", VisionRunners::batchNorm2d);
        runners.put("maxpool2d", VisionRunners::maxPool2d);
        runners.put("global_avgpool2d", VisionRunners::globalAveragePool2d);
    }

    private static Map<String, float[]> conv2d(Backend backend, GoldenCase golden) {
        try (Bench bench = new Bench(backend, golden)) {
            Tensor x = bench.image("x");
            Tensor weight = bench.tensor("weight");
            Tensor bias = golden.has("bias") ? bench.tensor("bias") : null;
            Tensor out = bench.image("out");
            Tensor dOut = bench.image("dout");
            Tensor dx = bench.image("dx");
            Tensor dWeight = bench.tensor("dweight");
            Tensor dBias = bias == null ? null : bench.tensor("dbias");
            bench.start();
            bench.fillImage("x", x);
            bench.fillImage("dout", dOut);
            bench.fill("weight", weight);
            if (bias != null) {
                bench.fill("bias", bias);
            }
            Conv2dOps.Options options = new Conv2dOps.Options(
                    golden.options().get("kernel").asInt(),
                    golden.options().get("stride").asInt(),
                    golden.options().get("padding").asInt());
            backend.conv2d().forward(options, x, weight, bias, out);
            backend.conv2d().backwardData(options, weight, dOut, dx);
            backend.conv2d().backwardWeights(options, x, dOut, dWeight, dBias);
            bench.keepImage("out", out);
            bench.keepImage("dx", dx);
            bench.keep("dweight", dWeight);
            bench.keep("dbias", dBias);
            return bench.results;
        }
    }

    private static Map<String, float[]> batchNorm2d(Backend backend, GoldenCase golden) {
        try (Bench bench = new Bench(backend, golden)) {
            Tensor x = bench.image("x");
            Tensor out = bench.image("out");
            Tensor dOut = bench.image("dout");
            Tensor dx = bench.image("dx");
            BatchNormOps.Channels channels = new BatchNormOps.Channels(
                    bench.tensor("weight"),
                    bench.tensor("bias"),
                    bench.tensor("running_mean"),
                    bench.tensor("running_var"));
            Tensor batchMean = bench.tensor("running_mean");
            Tensor batchVariance = bench.tensor("running_var");
            Tensor dWeight = bench.tensor("dweight");
            Tensor dBias = bench.tensor("dbias");
            bench.start();
            bench.fillImage("x", x);
            bench.fillImage("dout", dOut);
            bench.fill("weight", channels.weight());
            bench.fill("bias", channels.bias());
            bench.fill("running_mean", channels.runningMean());
            bench.fill("running_var", channels.runningVariance());
            BatchNormOps.Options options = new BatchNormOps.Options(
                    (float) golden.options().get("eps").asDouble(),
                    (float) golden.options().get("momentum").asDouble(),
                    Activation.IDENTITY);
            BatchNormOps ops = backend.batchNorm();
            if (golden.options().get("training").asBoolean()) {
                ops.forwardTraining(options, x, channels, batchMean, batchVariance, out);
                ops.backwardTraining(options, x, out, channels, batchMean, batchVariance, dOut, dx, dWeight, dBias);
                bench.keep("batch_mean", batchMean);
                bench.keep("batch_var", batchVariance);
            } else {
                ops.forwardInference(options, x, channels, out);
                ops.backwardInference(options, x, out, channels, dOut, dx, dWeight, dBias);
            }
            bench.keepImage("out", out);
            bench.keep("running_mean_new", channels.runningMean());
            bench.keep("running_var_new", channels.runningVariance());
            bench.keepImage("dx", dx);
            bench.keep("dweight", dWeight);
            bench.keep("dbias", dBias);
            return bench.results;
        }
    }

    private static Map<String, float[]> maxPool2d(Backend backend, GoldenCase golden) {
        try (Bench bench = new Bench(backend, golden)) {
            Tensor x = bench.image("x");
            Tensor out = bench.image("out");
            Tensor dOut = bench.image("dout");
            Tensor dx = bench.image("dx");
            bench.start();
            bench.fillImage("x", x);
            bench.fillImage("dout", dOut);
            backend.pool().maxPool2x2(x, out);
            backend.pool().maxPool2x2Gradient(x, dOut, dx);
            bench.keepImage("out", out);
            bench.keepImage("dx", dx);
            return bench.results;
        }
    }

    private static Map<String, float[]> globalAveragePool2d(Backend backend, GoldenCase golden) {
        try (Bench bench = new Bench(backend, golden)) {
            Tensor x = bench.image("x");
            Tensor out = bench.tensor("out");
            Tensor dOut = bench.tensor("dout");
            Tensor dx = bench.image("dx");
            bench.start();
            bench.fillImage("x", x);
            bench.fill("dout", dOut);
            backend.pool().globalAveragePool(x, out);
            backend.pool().globalAveragePoolGradient(dOut, dx);
            bench.keep("out", out);
            bench.keepImage("dx", dx);
            return bench.results;
        }
    }

    /** Tensors of one case and its results in the reference's layout. */
    private static final class Bench implements AutoCloseable {
        private final Backend backend;
        private final GoldenCase golden;
        private final Arena arena;
        private final Map<String, float[]> results = new HashMap<>();

        Bench(Backend backend, GoldenCase golden) {
            this.backend = backend;
            this.golden = golden;
            arena = backend.newArena(golden.file());
        }

        /** A tensor of the shape of a case's tensor. */
        Tensor tensor(String name) {
            return arena.allocate(name, golden.shape(name));
        }

        /** A channels-last tensor of the size of a case's images. */
        Tensor image(String name) {
            int[] shape = golden.shape(name);
            return arena.allocate(name, shape[0], shape[2], shape[3], shape[1]);
        }

        void start() {
            arena.seal();
        }

        void fill(String name, Tensor tensor) {
            backend.upload(golden.floats(name), tensor);
        }

        void fillImage(String name, Tensor tensor) {
            int[] shape = golden.shape(name);
            backend.upload(transposed(golden.floats(name), shape[0], shape[1], shape[2] * shape[3]), tensor);
        }

        void keep(String name, @Nullable Tensor tensor) {
            if (tensor != null) {
                results.put(name, backend.download(tensor));
            }
        }

        void keepImage(String name, Tensor tensor) {
            int[] shape = tensor.shape().toArray();
            results.put(name, transposed(backend.download(tensor), shape[0], shape[1] * shape[2], shape[3]));
        }

        /** Swaps the last two axes of (count, rows, columns). */
        private static float[] transposed(float[] values, int count, int rows, int columns) {
            float[] result = new float[values.length];
            for (int n = 0; n < count; n++) {
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        result[(n * columns + j) * rows + i] = values[(n * rows + i) * columns + j];
                    }
                }
            }
            return result;
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
