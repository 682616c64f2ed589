package io.mambapkd.validate;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operations that {@link BlockOps.NormProjection} and {@link BlockOps.Projection} stand for, one by one: their specification. All arithmetic is in F32, whatever the
 * type of activations.
 */
public final class SeparateProjections {
    private final Backend backend;
    private final Function<int[], Tensor> zeros;

    /** @param zeros gives dense F32 tensors of those extents on the backend */
    public SeparateProjections(Backend backend, Function<int[], Tensor> zeros) {
        this.backend = backend;
        this.zeros = zeros;
    }

    /** For any extents. */
    public BlockOps.NormProjection norm() {
        return new OfNorm();
    }

    /** For any extents. */
    public BlockOps.Projection plain() {
        return new Plain();
    }

    private Tensor like(Tensor tensor) {
        return zeros.apply(tensor.shape().toArray());
    }

    private Tensor floats(Tensor tensor) {
        if (tensor.dtype() == DType.F32) {
            return tensor;
        }
        Tensor floats = like(tensor);
        backend.pointwise().convert(tensor, floats);
        return floats;
    }

    private void write(Tensor floats, Tensor target) {
        if (target.dtype() == DType.F32) {
            backend.copy(floats, target);
        } else {
            backend.pointwise().convert(floats, target);
        }
    }

    private final class OfNorm implements BlockOps.NormProjection {
        @Override
        public void forward(Tensor x, Tensor scale, float epsilon, Tensor weight, @Nullable Tensor bias, Tensor y) {
            Tensor normalised = like(x);
            backend.norm().rmsNorm(x, scale, epsilon, normalised);
            Tensor product = like(y);
            plain().forward(normalised, weight, bias, null, product);
            write(product, y);
        }

        @Override
        public void backward(
                BlockOps.NormProjectionInputs inputs,
                Tensor dy,
                @Nullable Tensor residual,
                Tensor dx,
                Tensor dScale,
                Tensor dWeight,
                @Nullable Tensor dBias) {
            Tensor normalised = like(dx);
            Tensor gradient = like(dx);
            backend.norm().rmsNorm(inputs.x(), inputs.scale(), inputs.epsilon(), normalised);
            plain().backward(normalised, inputs.weight(), floats(dy), gradient, dWeight, dBias);
            backend.norm()
                    .rmsNormGradient(inputs.x(), inputs.scale(), inputs.epsilon(), gradient, residual, dx, dScale);
        }
    }

    private final class Plain implements BlockOps.Projection {
        @Override
        public void forward(Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable Tensor residual, Tensor y) {
            Tensor product = like(y);
            backend.gemm().multiply(floats(x), Transpose.NO, weight, Transpose.YES, Write.OVERWRITE, product);
            if (bias != null) {
                backend.pointwise().addBias(product, bias);
            }
            if (residual == null) {
                backend.copy(product, y);
            } else {
                backend.pointwise().add(product, residual, y);
            }
        }

        @Override
        public void backward(Tensor x, Tensor weight, Tensor dy, Tensor dx, Tensor dWeight, @Nullable Tensor dBias) {
            Tensor gradient = like(dx);
            backend.gemm().multiply(dy, Transpose.NO, weight, Transpose.NO, Write.OVERWRITE, gradient);
            write(gradient, dx);
            backend.gemm().multiply(dy, Transpose.YES, floats(x), Transpose.NO, Write.ADD, dWeight);
            if (dBias != null) {
                backend.pointwise().biasGradient(dy, dBias);
            }
        }
    }
}
