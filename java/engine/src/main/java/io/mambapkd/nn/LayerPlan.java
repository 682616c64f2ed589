package io.mambapkd.nn;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/**
 * What a layer needs to plan its memory: the backend, the parameter set, an arena for activations, and the prefix of its names.
 *
 * @param backend where the layer runs
 * @param parameters set that its parameters are declared in
 * @param activations arena of everything that lives as long as the model: saved activations, their gradients, scratch
 * @param prefix start of its parameters' names, such as {@code layers.0.mixer.}; empty or ending in a dot
 */
public record LayerPlan(Backend backend, Parameters parameters, Arena activations, String prefix) {
    /** The plan of a part named {@code name}. */
    public LayerPlan child(String name) {
        return new LayerPlan(backend, parameters, activations, prefix + name + ".");
    }

    public Parameter parameter(String name, Decay decay, Initializer initializer, int... extents) {
        return parameters.declare(prefix + name, decay, initializer, extents);
    }

    /** The kernel (Cout, Cin, k, k) of a convolution, which it reads in the layout {@code computed}. */
    Parameter kernel(String name, Decay decay, Initializer initializer, Conv2dOps.Layout computed, int... extents) {
        return parameters.declareKernel(prefix + name, decay, initializer, computed, extents);
    }

    public Parameter buffer(String name, Initializer initializer, int... extents) {
        return parameters.declareBuffer(prefix + name, initializer, extents);
    }

    /** A vector of equal values that is neither learned nor saved. */
    public Tensor constant(String name, float value, int elements) {
        return parameters.declareConstant(prefix + name, value, elements).tensor();
    }

    /** A tensor of given values that is neither learned nor saved. */
    public Tensor constant(String name, float[] values, int... extents) {
        return parameters.declareConstant(prefix + name, values, extents).tensor();
    }

    /** What the model computes in: that of its parameters. */
    public Precision precision() {
        return parameters.precision();
    }

    /** A tensor of the precision's type of activations that lives as long as the model. */
    public Tensor activation(String name, int... extents) {
        return activation(name, Shape.of(extents));
    }

    /** A tensor of the precision's type of activations that lives as long as the model. */
    public Tensor activation(String name, Shape shape) {
        return activations.allocate(prefix + name, precision().activations(), shape);
    }

    /** An F32 tensor that lives as long as the model. */
    public Tensor tensor(String name, int... extents) {
        return activations.allocate(prefix + name, extents);
    }

    /** An F32 tensor that lives as long as the model. */
    public Tensor tensor(String name, Shape shape) {
        return activations.allocate(prefix + name, DType.F32, shape);
    }
}
