package io.mambapkd.nn;

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

    /** Without bias, and with first values of one's own. */
    static Projection declare(LayerPlan plan, String name, int outputs, int inputs, Initializer initializer) {
        Parameter weight = plan.child(name).parameter("weight", Decay.YES, initializer, outputs, inputs);
        return new Projection(plan.backend(), weight, null);
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
