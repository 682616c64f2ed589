/**
 * Batches for training steps and predictions: resident on the device, or streamed from the host, with cached copies and logits.
 *
 * <p>It knows samples and their order, and nothing of losses or optimizers.
 */
@NullMarked
package io.mambapkd.train.feed;

import org.jspecify.annotations.NullMarked;
