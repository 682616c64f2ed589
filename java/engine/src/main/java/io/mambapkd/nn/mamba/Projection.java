package io.mambapkd.nn.mamba;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A linear map inside a layer: parameters {@code NAME.weight} (out, in) and perhaps {@code NAME.bias} (out); column views allowed everywhere. A product's
 * factors are of one type, F32 or that of activations, and the weight follows the other one.
 */
final class Projection {
    private final Backend backend;
    private final Parameter weight;
    private final @Nullable Parameter bias;

    private Projection(Backend backend, Parameter weight, @Nullable Parameter bias) {
        this.backend = backend;
        this.weight = weight;
        this.bias = bias;
    }

    /** With PyTorch's first values: all uniform within 1/sqrt(inputs). */
    static Projection declare(LayerPlan plan, String name, int outputs, int inputs, Linear.Bias biased) {
        Initializer initializer = Initializer.uniform(1 / Math.sqrt(inputs));
        LayerPlan part = plan.child(name);
        Parameter weight = part.parameter("weight", Decay.YES, initializer, outputs, inputs);
        Parameter bias = biased == Linear.Bias.YES ? part.parameter("bias", Decay.NO, initializer, outputs) : null;
        return new Projection(plan.backend(), weight, bias);
    }

    /** Without bias, of a weight (out, in) that was declared. */
    static Projection of(LayerPlan plan, Parameter weight) {
        return new Projection(plan.backend(), weight, null);
    }

    /** Number of columns of the input. */
    int inputs() {
        return weight.shape().last();
    }

    /** Number of columns of the output. */
    int outputs() {
        return weight.shape().extent(0);
    }

    Parameter weight() {
        return weight;
    }

    @Nullable
    Tensor bias() {
        return bias == null ? null : bias.value();
    }

    @Nullable
    Tensor dBias() {
        return bias == null ? null : bias.gradient();
    }

    /** To be called before memory is planned where the products have activations as factors. */
    void multipliesActivations() {
        weight.needsCompute();
    }

    void forward(Tensor x, Tensor y) {
        backend.gemm().multiply(x, Transpose.NO, matching(x), Transpose.YES, Write.OVERWRITE, y);
        if (bias != null) {
            backend.pointwise().addBias(y, bias.value());
        }
    }

    void parameterGradients(Tensor x, Tensor dy) {
        backend.gemm().multiply(dy, Transpose.YES, x, Transpose.NO, Write.ADD, weight.gradient());
        if (bias != null) {
            backend.pointwise().biasGradient(dy, bias.gradient());
        }
    }

    void inputGradient(Tensor dy, Write write, Tensor dx) {
        backend.gemm().multiply(dy, Transpose.NO, matching(dy), Transpose.NO, write, dx);
    }

    /** The weight in the type of the other factor. */
    private Tensor matching(Tensor other) {
        return other.dtype() == DType.F32 ? weight.value() : weight.compute();
    }
}
