package io.mambapkd.model;

import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.Mode;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/**
 * What a student takes from the logits of the group before it: {@code logits[b, j] += sum over i of weight[j, i] group[b, i]}. The matrix (K, K) is zero at the start, so that a
 * student begins as one that reads nothing. The group gets no gradient. All of it is F32.
 */
final class GroupReader {
    private final Backend backend;
    private final Linear linear;
    private final Tensor group;
    private final Tensor product;

    /** @param logits shape (B, K) */
    GroupReader(LayerPlan plan, Shape logits) {
        backend = plan.backend();
        linear = new Linear(logits.last(), Linear.Bias.NO);
        linear.allocate(plan, logits);
        plan.parameters().changeInitializer(plan.prefix() + "weight", drawn -> Initializer.constant(0));
        group = plan.tensor("group", logits);
        product = plan.tensor("product", logits);
    }

    /** Logits of the group (B, K): input of {@link #addTo}. */
    Tensor group() {
        return group;
    }

    void addTo(Tensor logits, Mode mode) {
        linear.forward(group, product, mode);
        backend.pointwise().add(logits, product, logits);
    }

    /** Adds to the gradient of the matrix. */
    void backward(Tensor dLogits) {
        linear.backward(group, product, dLogits, null);
    }
}
