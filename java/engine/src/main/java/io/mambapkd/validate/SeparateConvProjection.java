package io.mambapkd.validate;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps.ConvProjection;
import io.mambapkd.ops.BlockOps.ConvProjectionGradients;
import io.mambapkd.ops.BlockOps.ConvProjectionInputs;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The operations that {@link ConvProjection} stands for, one by one, in F32: its specification, and what runs where a backend has no kernel for it. */
public final class SeparateConvProjection implements ConvProjection {
    private final Backend backend;

    public SeparateConvProjection(Backend backend) {
        this.backend = backend;
    }

    /** The part of a backend where it has one for these extents, else this. */
    public static ConvProjection orFused(Backend backend, int channels, int taps, int outputs, DType activations) {
        return backend.block()
                .convProjection(channels, taps, outputs, activations)
                .orElseGet(() -> new SeparateConvProjection(backend));
    }

    @Override
    public void forward(Tensor x, Tensor taps, @Nullable Tensor bias, Tensor weight, Tensor u, Tensor projected) {
        backend.conv1d().forward(Activation.SILU, x, taps, bias, u);
        multiply(u, Transpose.NO, weight, Transpose.YES, Write.OVERWRITE, projected);
    }

    @Override
    public void backward(
            ConvProjectionInputs inputs, Tensor du, Tensor dProjected, Tensor dx, ConvProjectionGradients gradients) {
        try (Arena arena = backend.newArena("separate convolution with projection")) {
            Tensor u = arena.allocate("u", du.shape().toArray());
            Tensor sum = arena.allocate("gradient of u", du.shape().toArray());
            arena.seal();
            backend.conv1d().forward(Activation.SILU, inputs.x(), inputs.taps(), inputs.bias(), u);
            backend.copy(du, sum);
            multiply(dProjected, Transpose.NO, inputs.weight(), Transpose.NO, Write.ADD, sum);
            multiply(dProjected, Transpose.YES, u, Transpose.NO, Write.ADD, gradients.dWeight());
            backend.conv1d()
                    .backward(
                            Activation.SILU,
                            inputs.x(),
                            inputs.taps(),
                            inputs.bias(),
                            sum,
                            dx,
                            gradients.dTaps(),
                            gradients.dBias());
        }
    }

    private void multiply(Tensor a, Transpose transposeA, Tensor b, Transpose transposeB, Write write, Tensor c) {
        backend.gemm().multiply(a, transposeA, b, transposeB, write, c);
    }
}
