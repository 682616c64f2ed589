package io.mambapkd.bench.kernels;

import static io.mambapkd.bench.kernels.KernelOperation.inBothTypes;

import io.mambapkd.bench.kernels.KernelShape.Kind;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** What a Mamba block does beside the scan, with a model as wide as half of the D channels. */
final class SequenceKernels {
    static final float EPSILON = 1e-5f;
    /** W, of the convolution. */
    static final int TAPS = 4;
    /** Exponential and reciprocal of silu and of its derivative. */
    static final int EXPS_OF_SILU = 2;

    private SequenceKernels() {}

    static List<KernelOperation> all() {
        return List.of(
                inBothTypes("conv1d_forward", Kind.SEQUENCE, SequenceKernels::conv1d),
                inBothTypes("conv1d_backward", Kind.SEQUENCE, SequenceKernels::conv1dGradient),
                inBothTypes("rms_norm_forward", Kind.SEQUENCE, SequenceKernels::rmsNorm),
                inBothTypes("rms_norm_backward", Kind.SEQUENCE, (t, backend) -> rmsNormGradient(t, backend, false)),
                inBothTypes(
                        "rms_norm_backward_residual", Kind.SEQUENCE, (t, backend) -> rmsNormGradient(t, backend, true)),
                sequence("layer_norm_forward", SequenceKernels::layerNorm),
                sequence("layer_norm_backward", SequenceKernels::layerNormGradient),
                inBothTypes("silu_forward", Kind.SEQUENCE, SequenceKernels::silu),
                inBothTypes("silu_backward", Kind.SEQUENCE, SequenceKernels::siluGradient),
                inBothTypes("gate_forward", Kind.SEQUENCE, SequenceKernels::gate),
                inBothTypes("gate_backward", Kind.SEQUENCE, SequenceKernels::gateGradient),
                inBothTypes("add", Kind.SEQUENCE, SequenceKernels::add),
                sequence("bias_gradient", SequenceKernels::biasGradient),
                sequence("mean_over_tokens", SequenceKernels::mean),
                sequence("position_gradient", SequenceKernels::positionGradient),
                sequence("reorder", SequenceKernels::reorder),
                new KernelOperation(
                        "convert",
                        KernelOperation.SHIPPED,
                        Kind.SEQUENCE,
                        List.of(DType.BF16),
                        SequenceKernels::convert),
                inBothTypes("product_in", Kind.SEQUENCE, SequenceKernels::productIn),
                inBothTypes("product_weights", Kind.SEQUENCE, SequenceKernels::productWeights));
    }

    private static KernelOperation sequence(String name, KernelOperation.Declaration declaration) {
        return new KernelOperation(name, Kind.SEQUENCE, declaration);
    }

    /** B L. */
    static long rows(KernelTensors t) {
        return (long) t.extent('B') * t.extent('L');
    }

    private static int width(KernelTensors t) {
        return Math.max(1, t.extent('D') / 2);
    }

    private static Runnable conv1d(KernelTensors t, Backend backend) {
        int channels = t.extent('D');
        Tensor x = t.activations(-2, 2, t.extent('L'), channels);
        Tensor weight = t.weights(-1, 1, channels, TAPS);
        Tensor bias = t.weights(-1, 1, channels);
        Tensor y = t.writtenActivations(TAPS, t.extent('L'), channels);
        t.flops(rows(t) * channels * 2 * TAPS);
        t.exps(rows(t) * channels * EXPS_OF_SILU);
        return () -> backend.conv1d().forward(Activation.SILU, x, weight, bias, y);
    }

    private static Runnable conv1dGradient(KernelTensors t, Backend backend) {
        int channels = t.extent('D');
        Tensor x = t.activations(-2, 2, t.extent('L'), channels);
        Tensor weight = t.weights(-1, 1, channels, TAPS);
        Tensor bias = t.weights(-1, 1, channels);
        Tensor dy = t.activations(-1, 1, t.extent('L'), channels);
        Tensor dx = t.writtenActivations(TAPS, t.extent('L'), channels);
        Tensor dWeight = t.updatedWeights(rows(t), -1, 1, channels, TAPS);
        Tensor dBias = t.updatedWeights(rows(t), -1, 1, channels);
        t.flops(rows(t) * channels * 6 * TAPS);
        t.exps(rows(t) * channels * EXPS_OF_SILU);
        return () -> backend.conv1d().backward(Activation.SILU, x, weight, bias, dy, dx, dWeight, dBias);
    }

    private static Runnable rmsNorm(KernelTensors t, Backend backend) {
        int width = width(t);
        Tensor x = t.floats(-2, 2, t.extent('L'), width);
        Tensor weight = t.weights(-1, 1, width);
        Tensor y = t.writtenActivations(width, t.extent('L'), width);
        t.flops(rows(t) * width * 4);
        return () -> backend.norm().rmsNorm(x, weight, EPSILON, y);
    }

    /** With the gradient of the residual connection added, as in a block of Mamba, or alone, as before the head. */
    private static Runnable rmsNormGradient(KernelTensors t, Backend backend, boolean inBlock) {
        int width = width(t);
        Tensor x = t.floats(-2, 2, t.extent('L'), width);
        Tensor weight = t.weights(-1, 1, width);
        Tensor dy = t.activations(-1, 1, t.extent('L'), width);
        Tensor dx = t.written(width, t.extent('L'), width);
        Tensor residual = inBlock ? t.floats(-1, 1, t.extent('L'), width) : null;
        Tensor dWeight = t.updatedWeights(rows(t), -1, 1, width);
        t.flops(rows(t) * width * (inBlock ? 11 : 10));
        return () -> backend.norm().rmsNormGradient(x, weight, EPSILON, dy, residual, dx, dWeight);
    }

    private static Runnable layerNorm(KernelTensors t, Backend backend) {
        int width = width(t);
        Tensor x = t.floats(-2, 2, t.extent('L'), width);
        Tensor weight = t.weights(-1, 1, width);
        Tensor bias = t.weights(-1, 1, width);
        Tensor y = t.written(width, t.extent('L'), width);
        t.flops(rows(t) * width * 7);
        return () -> backend.norm().layerNorm(x, weight, bias, EPSILON, y);
    }

    private static Runnable layerNormGradient(KernelTensors t, Backend backend) {
        int width = width(t);
        Tensor x = t.floats(-2, 2, t.extent('L'), width);
        Tensor weight = t.weights(-1, 1, width);
        Tensor dy = t.floats(-1, 1, t.extent('L'), width);
        Tensor dx = t.written(width, t.extent('L'), width);
        Tensor dWeight = t.updatedWeights(rows(t), -1, 1, width);
        Tensor dBias = t.updatedWeights(rows(t), -1, 1, width);
        t.flops(rows(t) * width * 14);
        return () -> backend.norm().layerNormGradient(x, weight, EPSILON, dy, dx, dWeight, dBias);
    }

    private static Runnable silu(KernelTensors t, Backend backend) {
        Tensor x = t.activations(-4, 4, t.extent('L'), t.extent('D'));
        Tensor y = t.writtenActivations(1, t.extent('L'), t.extent('D'));
        t.exps(rows(t) * t.extent('D') * EXPS_OF_SILU);
        t.flops(rows(t) * t.extent('D') * 2);
        return () -> backend.activation().forward(Activation.SILU, x, y);
    }

    private static Runnable siluGradient(KernelTensors t, Backend backend) {
        Tensor x = t.activations(-4, 4, t.extent('L'), t.extent('D'));
        Tensor dy = t.activations(-1, 1, t.extent('L'), t.extent('D'));
        Tensor dx = t.writtenActivations(1, t.extent('L'), t.extent('D'));
        t.exps(rows(t) * t.extent('D') * EXPS_OF_SILU);
        t.flops(rows(t) * t.extent('D') * 6);
        return () -> backend.activation().backward(Activation.SILU, x, dy, dx);
    }

    private static Runnable gate(KernelTensors t, Backend backend) {
        Tensor u = t.activations(-1, 1, t.extent('L'), t.extent('D'));
        Tensor skip = t.weights(-1, 1, t.extent('D'));
        Tensor z = t.activations(-3, 3, t.extent('L'), t.extent('D'));
        Tensor y = t.writtenActivations(1, t.extent('L'), t.extent('D'));
        t.exps(rows(t) * t.extent('D') * EXPS_OF_SILU);
        t.flops(rows(t) * t.extent('D') * 4);
        return () -> backend.pointwise().gate(u, skip, z, y);
    }

    private static Runnable gateGradient(KernelTensors t, Backend backend) {
        Tensor u = t.activations(-1, 1, t.extent('L'), t.extent('D'));
        Tensor skip = t.weights(-1, 1, t.extent('D'));
        Tensor z = t.activations(-3, 3, t.extent('L'), t.extent('D'));
        Tensor dy = t.activations(-1, 1, t.extent('L'), t.extent('D'));
        Tensor du = t.writtenActivations(1, t.extent('L'), t.extent('D'));
        Tensor dSkip = t.updatedWeights(rows(t), -1, 1, t.extent('D'));
        Tensor dZ = t.writtenActivations(1, t.extent('L'), t.extent('D'));
        t.exps(rows(t) * t.extent('D') * EXPS_OF_SILU);
        t.flops(rows(t) * t.extent('D') * 12);
        return () -> backend.pointwise().gateGradient(u, skip, z, dy, du, dSkip, dZ);
    }

    private static Runnable add(KernelTensors t, Backend backend) {
        Tensor x = t.activations(-1, 1, t.extent('L'), t.extent('D'));
        Tensor y = t.activations(-1, 1, t.extent('L'), t.extent('D'));
        Tensor sum = t.writtenActivations(1, t.extent('L'), t.extent('D'));
        t.flops(rows(t) * t.extent('D'));
        return () -> backend.pointwise().add(x, y, sum);
    }

    private static Runnable biasGradient(KernelTensors t, Backend backend) {
        Tensor dy = t.floats(-1, 1, t.extent('L'), t.extent('D'));
        Tensor dBias = t.updatedWeights(rows(t), -1, 1, t.extent('D'));
        t.flops(rows(t) * t.extent('D'));
        return () -> backend.pointwise().biasGradient(dy, dBias);
    }

    private static Runnable mean(KernelTensors t, Backend backend) {
        Tensor x = t.floats(-1, 1, t.extent('L'), width(t));
        Tensor y = t.written(t.extent('L'), width(t));
        t.flops(rows(t) * width(t));
        return () -> backend.pointwise().meanOverTokens(x, y);
    }

    private static Runnable positionGradient(KernelTensors t, Backend backend) {
        Tensor dx = t.floats(-1, 1, t.extent('L'), width(t));
        Tensor dPosition = t.updatedWeights(t.extent('B'), -1, 1, t.extent('L'), width(t));
        t.flops(rows(t) * width(t));
        return () -> backend.patch().positionGradient(dx, dPosition);
    }

    /** Of a grid that is as square as L allows, from its end. */
    private static Runnable reorder(KernelTensors t, Backend backend) {
        int length = t.extent('L');
        int rows = (int) Math.sqrt(length);
        while (length % rows != 0) {
            rows--;
        }
        int down = rows;
        Tensor x = t.floats(-1, 1, length, width(t));
        Tensor y = t.written(1, length, width(t));
        return () -> backend.patch().reorder(down, length / down, true, x, y);
    }

    /** To BF16; the CPU, which lacks it, has numbers that fit and copies them. */
    private static Runnable convert(KernelTensors t, Backend backend) {
        Tensor x = t.floats(-1, 1, t.extent('L'), t.extent('D'));
        Tensor y = t.writtenActivations(1, t.extent('L'), t.extent('D'));
        return y.dtype() == DType.BF16 ? () -> backend.pointwise().convert(x, y) : () -> backend.copy(x, y);
    }

    /** The projection into a block, from M to 2 D. */
    private static Runnable productIn(KernelTensors t, Backend backend) {
        int width = width(t);
        int columns = 2 * t.extent('D');
        Tensor x = t.activations(-1, 1, t.extent('L'), width);
        Tensor weight = t.narrowWeights(-1, 1, columns, width);
        Tensor y = t.writtenActivations(width, t.extent('L'), columns);
        t.ofLibrary();
        t.flops(2 * rows(t) * width * columns);
        return () -> backend.gemm().multiply(x, Transpose.NO, weight, Transpose.YES, Write.OVERWRITE, y);
    }

    /** The gradient of the weights of that projection: few rows and columns, a long sum. */
    private static Runnable productWeights(KernelTensors t, Backend backend) {
        int width = width(t);
        int columns = 2 * t.extent('D');
        Tensor x = t.activations(-1, 1, t.extent('L'), width);
        Tensor dy = t.activations(-1, 1, t.extent('L'), columns);
        Tensor dWeight = t.updatedWeights(rows(t), -1, 1, columns, width);
        t.flops(2 * rows(t) * width * columns);
        return () -> backend.gemm().multiply(dy, Transpose.YES, x, Transpose.NO, Write.ADD, dWeight);
    }
}
