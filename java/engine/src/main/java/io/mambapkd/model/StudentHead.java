package io.mambapkd.model;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.RmsNorm;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@code norm_f} -> all tokens, or their mean -> {@code head}. With its loss it is one pass over memory where the backend has a part for it. */
final class StudentHead {
    private final Backend backend;
    private final boolean mean;
    private final RmsNorm norm = new RmsNorm();
    private final Linear head;
    private final Tensor normalised;
    private final Tensor dNormalised;
    /** What the head sees, (B, L*M) or (B, M). */
    private final Tensor pooled;

    private final Tensor dPooled;
    private final HeadOps.@Nullable Head fused;

    /** @param sequence shape (B, L, M) of what the blocks give */
    StudentHead(LayerPlan plan, Shape sequence, StudentSpec.ReadOut readOut, int classes) {
        backend = plan.backend();
        int batch = sequence.extent(0);
        int length = sequence.extent(1);
        int width = sequence.last();
        norm.allocate(plan.child("norm_f"), sequence);
        normalised = plan.tensor("normalised", sequence);
        dNormalised = plan.tensor("d normalised", sequence);
        mean = readOut == StudentSpec.ReadOut.MEAN;
        pooled = mean ? plan.tensor("mean", batch, width) : normalised.reshape(batch, length * width);
        dPooled = mean ? plan.tensor("d mean", batch, width) : dNormalised.reshape(batch, length * width);
        head = new Linear(classes, Linear.Bias.YES);
        head.allocate(plan.child("head"), pooled.shape());
        fused = mean ? null : backend.head().head(length, width, classes).orElse(null);
    }

    /** From {@code hidden} (B, L, M) to {@code logits} (B, K). */
    void forward(Tensor hidden, Tensor logits, Mode mode) {
        norm.forward(hidden, normalised, mode);
        if (mean) {
            backend.pointwise().meanOverTokens(normalised, pooled);
        }
        head.forward(pooled, logits, mode);
    }

    /** Overwrites {@code dHidden} and adds the gradients of the parameters. */
    void backward(Tensor hidden, Tensor logits, Tensor dLogits, Tensor dHidden) {
        head.backward(pooled, logits, dLogits, dPooled);
        if (mean) {
            backend.pointwise().meanOverTokensGradient(dPooled, dNormalised);
        }
        norm.backward(hidden, normalised, dNormalised, dHidden);
    }

    /** Whether {@link #lossAndGradients} may be called. */
    boolean hasLoss() {
        return fused != null;
    }

    /**
     * {@link #forward}, the loss of the logits, and {@link #backward}.
     *
     * @throws IllegalStateException unless {@link #hasLoss}
     */
    void lossAndGradients(
            Tensor hidden,
            DistillationLossOps.Options loss,
            DistillationLossOps.Inputs inputs,
            Tensor dHidden,
            Tensor statistics) {
        if (fused == null) {
            throw new IllegalStateException("the backend has no head with a loss for these extents");
        }
        HeadOps.Weights weights = new HeadOps.Weights(
                norm.scale().value(), head.weight().value(), head.bias().value());
        HeadOps.Weights gradients = new HeadOps.Weights(
                norm.scale().gradient(), head.weight().gradient(), head.bias().gradient());
        fused.lossAndGradients(hidden, weights, RmsNorm.EPSILON, loss, inputs, dHidden, gradients, statistics);
    }
}
