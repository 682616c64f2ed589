package io.mambapkd.ops.fused;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The operations that {@link BlockOps.NormProjection} and {@link BlockOps.Projection} stand for, one by one, in F32. */
final class SeparateProjections {
    private SeparateProjections() {}

    record OfNorm(Backend backend, SequenceTensors tensors) implements BlockOps.NormProjection {
        @Override
        public void forward(Tensor x, Tensor scale, float epsilon, Tensor weight, @Nullable Tensor bias, Tensor y) {
            Tensor normalised = tensors.zeros(x.shape().toArray());
            backend.norm().rmsNorm(x, scale, epsilon, normalised);
            new Plain(backend, tensors).forward(normalised, weight, bias, null, y);
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
            Tensor normalised = tensors.zeros(dx.shape().toArray());
            Tensor gradient = tensors.zeros(dx.shape().toArray());
            backend.norm().rmsNorm(inputs.x(), inputs.scale(), inputs.epsilon(), normalised);
            new Plain(backend, tensors).backward(normalised, inputs.weight(), dy, gradient, dWeight, dBias);
            backend.norm()
                    .rmsNormGradient(inputs.x(), inputs.scale(), inputs.epsilon(), gradient, residual, dx, dScale);
        }
    }

    record Plain(Backend backend, SequenceTensors tensors) implements BlockOps.Projection {
        @Override
        public void forward(Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable Tensor residual, Tensor y) {
            Tensor product = tensors.zeros(y.shape().toArray());
            backend.gemm().multiply(x, Transpose.NO, weight, Transpose.YES, Write.OVERWRITE, product);
            if (bias != null) {
                backend.pointwise().addBias(product, bias);
            }
            Tensor added = residual == null ? tensors.zeros(y.shape().toArray()) : residual;
            backend.pointwise().add(product, added, y);
        }

        @Override
        public void backward(Tensor x, Tensor weight, Tensor dy, Tensor dx, Tensor dWeight, @Nullable Tensor dBias) {
            backend.gemm().multiply(dy, Transpose.NO, weight, Transpose.NO, Write.OVERWRITE, dx);
            backend.gemm().multiply(dy, Transpose.YES, x, Transpose.NO, Write.ADD, dWeight);
            if (dBias != null) {
                backend.pointwise().biasGradient(dy, dBias);
            }
        }
    }
}
