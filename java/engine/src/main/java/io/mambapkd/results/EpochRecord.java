package io.mambapkd.results;

/**
 * One line of metrics.jsonl: what one epoch of one model came to.
 *
 * @param stage {@code teacher}, a student's name, or {@code control/...}
 * @param epoch from 1
 * @param epochs of this stage
 * @param loss mean training loss
 * @param trainAccuracy of the logits that the loss saw, in 0..1
 * @param validationAccuracy of the model (or of the group that ends with it), in 0..1
 * @param learningRate at the end of the epoch
 * @param imagesPerSecond of training, evaluation not counted
 * @param seconds of the epoch, evaluation included
 */
public record EpochRecord(
        String stage,
        int epoch,
        int epochs,
        double loss,
        double trainAccuracy,
        double validationAccuracy,
        double learningRate,
        double imagesPerSecond,
        double seconds) {}
