package io.mambapkd.train.step;

import io.mambapkd.results.EpochRecord;
import java.util.List;
import java.util.Map;

/**
 * Where a training stands between two steps: all that its end depends on beside its settings and data.
 *
 * @param stage that is trained
 * @param step number of steps taken
 * @param steps number of steps in all
 * @param lossSum of the steps of the epoch that is not ended
 * @param correct right answers in these steps
 * @param seconds that this epoch has taken
 * @param epochs that are ended and evaluated
 * @param tensors what changes from step to step: parameters, buffers, the optimizer's, averages
 */
public record TrainingState(
        String stage,
        long step,
        long steps,
        double lossSum,
        double correct,
        double seconds,
        List<EpochRecord> epochs,
        Map<String, float[]> tensors) {
    public TrainingState {
        epochs = List.copyOf(epochs);
        tensors = Map.copyOf(tensors);
    }
}
