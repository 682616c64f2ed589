package io.mambapkd.model;

import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * A model from images to logits, with all its memory for one batch size.
 *
 * <p>Fill {@link #images}, and {@link #groupLogits} where there are any, call {@link #forward}, read {@link #logits}. To train: fill {@link #dLogits}, zero the gradients, call {@link #backward}.
 */
public interface Classifier extends AutoCloseable {
    String name();

    /** Multiply-adds counted twice, and elementwise terms, for one image; {@link Flops} tells the convention. */
    long flops();

    Parameters parameters();

    /** Input (B, H, W, C), normalised. */
    Tensor images();

    /** Input (B, K): logits of the group that this model joins, on the same images. Empty in a model that reads none; no gradient is computed for it. */
    default Optional<Tensor> groupLogits() {
        return Optional.empty();
    }

    /** Output (B, K). */
    Tensor logits();

    /** Gradient of the loss with respect to the logits (B, K): input of {@link #backward}. */
    Tensor dLogits();

    /** Number of optimizer steps taken, (1) I32: what dropout masks depend on. The trainer sets it before every step. */
    Tensor step();

    void forward(Mode mode);

    /** Adds to the gradients of the parameters. Follows {@link #forward} in {@link Mode#TRAINING}. */
    void backward();

    /**
     * The forward pass in {@link Mode#TRAINING}, the loss, and the gradients of the parameters, which are added to.
     *
     * @param backend of the model
     * @param inputs whose {@code student} is {@link #logits}
     * @param statistics overwritten, as by {@link DistillationLossOps#lossAndGradient}
     */
    default void differentiate(
            Backend backend, DistillationLossOps.Options loss, DistillationLossOps.Inputs inputs, Tensor statistics) {
        forward(Mode.TRAINING);
        backend.distillationLoss().lossAndGradient(loss, inputs, dLogits(), null, statistics);
        backward();
    }

    /** The layers whose running statistics lag behind the weights while they are trained; none in most models. */
    default List<BatchNorm2d> batchNorms() {
        return List.of();
    }

    @Override
    void close();
}
