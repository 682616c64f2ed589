package io.mambapkd.train.feed;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The tensors that a batch goes to.
 *
 * @param step (1) I32: number of the optimizer step, from 0; read, not written
 * @param images (B, H, W, C), normalised
 * @param labels (B) I32
 * @param teacher (B, K) logits, or null where the source has none
 * @param ensemble (B, K) logits of the frozen group, or null where the source has none
 * @param weights (B) of the samples, or null where the source has none
 */
public record BatchInputs(
        Tensor step,
        Tensor images,
        Tensor labels,
        @Nullable Tensor teacher,
        @Nullable Tensor ensemble,
        @Nullable Tensor weights) {
    int batch() {
        return labels.shape().extent(0);
    }
}
