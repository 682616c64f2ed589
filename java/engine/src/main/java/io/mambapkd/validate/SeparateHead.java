package io.mambapkd.validate;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;

/** The operations that {@link HeadOps.Head} stands for, one by one: its specification, and what runs where a backend has no kernel for it. */
public final class SeparateHead implements HeadOps.Head {
    private final Backend backend;

    public SeparateHead(Backend backend) {
        this.backend = backend;
    }

    /** The head of a backend where it has one for these extents, else this. */
    public static HeadOps.Head orFused(Backend backend, int tokens, int width, int classes) {
        return backend.head().head(tokens, width, classes).orElseGet(() -> new SeparateHead(backend));
    }

    @Override
    public void lossAndGradients(
            Tensor x,
            HeadOps.Weights weights,
            float epsilon,
            DistillationLossOps.Options loss,
            DistillationLossOps.Inputs inputs,
            Tensor dx,
            HeadOps.Weights gradients,
            Tensor statistics) {
        int batch = x.shape().extent(0);
        int elements = weights.weight().shape().last();
        Tensor student = inputs.student();
        try (Arena arena = backend.newArena("separate head")) {
            Tensor normalised = arena.allocate("normalised", x.shape().toArray());
            Tensor dNormalised = arena.allocate("dNormalised", x.shape().toArray());
            Tensor dStudent = arena.allocate("dStudent", student.shape().toArray());
            arena.seal();
            Tensor flat = normalised.reshape(batch, elements);
            backend.norm().rmsNorm(x, weights.scale(), epsilon, normalised);
            multiply(flat, Transpose.NO, weights.weight(), Transpose.YES, Write.OVERWRITE, student);
            backend.pointwise().addBias(student, weights.bias());
            backend.distillationLoss().lossAndGradient(loss, inputs, dStudent, null, statistics);
            multiply(dStudent, Transpose.YES, flat, Transpose.NO, Write.ADD, gradients.weight());
            backend.pointwise().biasGradient(dStudent, gradients.bias());
            Tensor dFlat = dNormalised.reshape(batch, elements);
            multiply(dStudent, Transpose.NO, weights.weight(), Transpose.NO, Write.OVERWRITE, dFlat);
            backend.norm().rmsNormGradient(x, weights.scale(), epsilon, dNormalised, null, dx, gradients.scale());
        }
    }

    private void multiply(Tensor a, Transpose transposeA, Tensor b, Transpose transposeB, Write write, Tensor c) {
        backend.gemm().multiply(a, transposeA, b, transposeB, write, c);
    }
}
