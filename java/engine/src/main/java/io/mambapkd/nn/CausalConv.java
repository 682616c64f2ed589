package io.mambapkd.nn;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The short convolution of a block with SiLU: {@code conv1d.weight} (D, 1, W) and {@code conv1d.bias} (D), uniform within 1/sqrt(W) at the start. */
final class CausalConv {
    private final Backend backend;
    private final int channels;
    private final int width;
    private final Parameter weight;
    private final @Nullable Parameter bias;

    CausalConv(LayerPlan plan, int channels, int width, Linear.Bias biased) {
        backend = plan.backend();
        this.channels = channels;
        this.width = width;
        LayerPlan part = plan.child("conv1d");
        Initializer initializer = Initializer.uniform(1 / Math.sqrt(width));
        weight = part.parameter("weight", Decay.YES, initializer, channels, 1, width);
        bias = biased == Linear.Bias.YES ? part.parameter("bias", Decay.NO, initializer, channels) : null;
    }

    void forward(Tensor x, Tensor u) {
        backend.conv1d().forward(Activation.SILU, x, taps(weight.value()), bias == null ? null : bias.value(), u);
    }

    void backward(Tensor x, Tensor du, Tensor dx) {
        backend.conv1d()
                .backward(
                        Activation.SILU,
                        x,
                        taps(weight.value()),
                        bias == null ? null : bias.value(),
                        du,
                        dx,
                        taps(weight.gradient()),
                        bias == null ? null : bias.gradient());
    }

    /** The reference's (D, 1, W) as the operation's (D, W). */
    private Tensor taps(Tensor tensor) {
        return tensor.reshape(channels, width);
    }
}
