package io.mambapkd.nn.mamba;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.Parameter;
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
        backend.conv1d().forward(Activation.SILU, x, taps(), bias(), u);
    }

    void backward(Tensor x, Tensor du, Tensor dx) {
        backend.conv1d().backward(Activation.SILU, x, taps(), bias(), du, dx, dTaps(), dBias());
    }

    /** W. */
    int width() {
        return width;
    }

    /** The weights as operations take them, (D, W). */
    Tensor taps() {
        return weight.value().reshape(channels, width);
    }

    Tensor dTaps() {
        return weight.gradient().reshape(channels, width);
    }

    @Nullable
    Tensor bias() {
        return bias == null ? null : bias.value();
    }

    @Nullable
    Tensor dBias() {
        return bias == null ? null : bias.gradient();
    }
}
