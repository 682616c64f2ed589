package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * {@code y[..., o] = bias[o] + sum over i of weight[o, i] x[..., i]}.
 *
 * <p>Parameters {@code weight} (out, in) and {@code bias} (out), both uniform within 1/sqrt(in) at the start, which is PyTorch's default.
 */
public final class Linear extends Layer {
    /** Whether a constant is added to every output. */
    public enum Bias {
        YES,
        NO
    }

    private final int outputs;
    private final Bias biased;
    private @Nullable Backend backend;
    private @Nullable Parameter weight;
    private @Nullable Parameter bias;

    public Linear(int outputs, Bias biased) {
        this.outputs = outputs;
        this.biased = biased;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        backend = plan.backend();
        int inputs = inputShape.last();
        Initializer initializer = Initializer.uniform(1 / Math.sqrt(inputs));
        weight = plan.parameter("weight", Decay.YES, initializer, outputs, inputs);
        if (biased == Bias.YES) {
            bias = plan.parameter("bias", Decay.NO, initializer, outputs);
        }
        int[] extents = inputShape.toArray();
        extents[extents.length - 1] = outputs;
        return Shape.of(extents);
    }

    /** Weight (out, in). */
    public Parameter weight() {
        return requireNonNull(weight);
    }

    /** Bias (out), of a map that has one. */
    public Parameter bias() {
        return requireNonNull(bias);
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(backend)
                .gemm()
                .multiply(x, Transpose.NO, requireNonNull(weight).value(), Transpose.YES, Write.OVERWRITE, y);
        if (bias != null) {
            requireNonNull(backend).pointwise().addBias(y, bias.value());
        }
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        Parameter matrix = requireNonNull(weight);
        requireNonNull(backend).gemm().multiply(dy, Transpose.YES, x, Transpose.NO, Write.ADD, matrix.gradient());
        if (bias != null) {
            requireNonNull(backend).pointwise().biasGradient(dy, bias.gradient());
        }
        if (dx != null) {
            requireNonNull(backend)
                    .gemm()
                    .multiply(dy, Transpose.NO, matrix.value(), Transpose.NO, Write.OVERWRITE, dx);
        }
    }
}
