package io.mambapkd.bench.kernels;

import static io.mambapkd.bench.kernels.KernelOperation.inBothTypes;

import io.mambapkd.bench.kernels.KernelShape.Kind;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** What a stage of the teacher does; its convolutions and those of the same width before and behind, 3 by 3. */
final class ImageKernels {
    private static final Conv2dOps.Options CONVOLUTION = new Conv2dOps.Options(3, 1, 1);
    private static final int WINDOW = 9;
    private static final float EPSILON = 1e-5f;
    private static final float MOMENTUM = 0.1f;
    /** Exponential and reciprocal of silu and of its derivative. */
    private static final int EXPS_OF_SILU = 2;

    private ImageKernels() {}

    static List<KernelOperation> all() {
        return List.of(
                inBothTypes("conv2d_forward", Kind.IMAGES, ImageKernels::convolution),
                inBothTypes("conv2d_backward_data", Kind.IMAGES, ImageKernels::convolutionData),
                inBothTypes("conv2d_backward_weights", Kind.IMAGES, ImageKernels::convolutionWeights),
                inBothTypes("batch_norm_forward", Kind.IMAGES, (t, backend) -> batchNorm(t, backend, Activation.RELU)),
                inBothTypes(
                        "batch_norm_backward",
                        Kind.IMAGES,
                        (t, backend) -> batchNormGradient(t, backend, Activation.RELU)),
                inBothTypes(
                        "batch_norm_silu_forward", Kind.IMAGES, (t, backend) -> batchNorm(t, backend, Activation.SILU)),
                inBothTypes(
                        "batch_norm_silu_backward",
                        Kind.IMAGES,
                        (t, backend) -> batchNormGradient(t, backend, Activation.SILU)),
                inBothTypes("max_pool_forward", Kind.IMAGES, ImageKernels::maxPool),
                inBothTypes("max_pool_backward", Kind.IMAGES, ImageKernels::maxPoolGradient),
                inBothTypes("average_pool", Kind.IMAGES, ImageKernels::averagePool));
    }

    private static long pixels(KernelTensors t) {
        return (long) t.extent('B') * t.extent('H') * t.extent('H');
    }

    private static Tensor images(KernelTensors t) {
        return t.activations(-1, 2, t.extent('H'), t.extent('H'), t.extent('C'));
    }

    private static Tensor written(KernelTensors t, long terms) {
        return t.writtenActivations(terms, t.extent('H'), t.extent('H'), t.extent('C'));
    }

    private static long convolutionFlops(KernelTensors t) {
        return 2 * pixels(t) * WINDOW * t.extent('C') * t.extent('C');
    }

    private static Runnable convolution(KernelTensors t, Backend backend) {
        int channels = t.extent('C');
        Tensor x = images(t);
        Tensor weight = t.narrowWeights(-1, 1, channels, channels, 3, 3);
        Tensor y = written(t, (long) WINDOW * channels);
        t.ofLibrary();
        t.flops(convolutionFlops(t));
        return () -> backend.conv2d().forward(CONVOLUTION, x, weight, null, y);
    }

    private static Runnable convolutionData(KernelTensors t, Backend backend) {
        int channels = t.extent('C');
        Tensor dy = images(t);
        Tensor weight = t.narrowWeights(-1, 1, channels, channels, 3, 3);
        Tensor dx = written(t, (long) WINDOW * channels);
        t.ofLibrary();
        t.flops(convolutionFlops(t));
        return () -> backend.conv2d().backwardData(CONVOLUTION, weight, dy, dx);
    }

    private static Runnable convolutionWeights(KernelTensors t, Backend backend) {
        int channels = t.extent('C');
        Tensor x = images(t);
        Tensor dy = images(t);
        Tensor dWeight = t.updatedSums(pixels(t), channels, channels, 3, 3);
        t.flops(convolutionFlops(t));
        return () -> backend.conv2d().backwardWeights(CONVOLUTION, x, dy, dWeight, null);
    }

    private static BatchNormOps.Channels channels(KernelTensors t) {
        int channels = t.extent('C');
        return new BatchNormOps.Channels(
                t.weights(0.5, 1.5, channels),
                t.weights(-1, 1, channels),
                t.updatedWeights(pixels(t), -1, 1, channels),
                t.updatedWeights(pixels(t), 0.5, 1.5, channels));
    }

    private static BatchNormOps.Options norm(KernelTensors t, Activation activation) {
        if (activation == Activation.SILU) {
            t.exps(EXPS_OF_SILU * pixels(t) * t.extent('C'));
        }
        return new BatchNormOps.Options(EPSILON, MOMENTUM, activation);
    }

    private static Runnable batchNorm(KernelTensors t, Backend backend, Activation activation) {
        BatchNormOps.Options options = norm(t, activation);
        Tensor x = images(t);
        BatchNormOps.Channels channels = channels(t);
        Tensor mean = t.writtenWhole(pixels(t), t.extent('C'));
        Tensor variance = t.writtenWhole(pixels(t), t.extent('C'));
        Tensor y = t.together(written(t, pixels(t)));
        t.flops(pixels(t) * t.extent('C') * 7);
        return () -> backend.batchNorm().forwardTraining(options, x, channels, mean, variance, y);
    }

    private static Runnable batchNormGradient(KernelTensors t, Backend backend, Activation activation) {
        BatchNormOps.Options options = norm(t, activation);
        Tensor x = images(t);
        Tensor y = images(t);
        BatchNormOps.Channels channels = channels(t);
        Tensor mean = t.weights(-1, 1, t.extent('C'));
        Tensor variance = t.weights(0.5, 1.5, t.extent('C'));
        Tensor dy = images(t);
        Tensor dx = t.together(written(t, pixels(t)));
        Tensor dWeight = t.updatedWeights(pixels(t), -1, 1, t.extent('C'));
        Tensor dBias = t.updatedWeights(pixels(t), -1, 1, t.extent('C'));
        t.flops(pixels(t) * t.extent('C') * 12);
        return () ->
                backend.batchNorm().backwardTraining(options, x, y, channels, mean, variance, dy, dx, dWeight, dBias);
    }

    private static Tensor halves(KernelTensors t) {
        return t.activations(-1, 1, t.extent('H') / 2, t.extent('H') / 2, t.extent('C'));
    }

    private static Runnable maxPool(KernelTensors t, Backend backend) {
        Tensor x = images(t);
        Tensor y = t.writtenActivations(1, t.extent('H') / 2, t.extent('H') / 2, t.extent('C'));
        return () -> backend.pool().maxPool2x2(x, y);
    }

    private static Runnable maxPoolGradient(KernelTensors t, Backend backend) {
        Tensor x = images(t);
        Tensor dy = halves(t);
        Tensor dx = written(t, 1);
        return () -> backend.pool().maxPool2x2Gradient(x, dy, dx);
    }

    private static Runnable averagePool(KernelTensors t, Backend backend) {
        Tensor x = images(t);
        Tensor y = t.written((long) t.extent('H') * t.extent('H'), t.extent('C'));
        t.flops(pixels(t) * t.extent('C'));
        return () -> backend.pool().globalAveragePool(x, y);
    }
}
