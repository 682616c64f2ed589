package io.mambapkd.terminal;

import io.mambapkd.results.EpochRecord;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@link ProgressDisplay} knows of the stage under way.
 *
 * @param startedAt nanoseconds on the display's clock
 * @param last the epoch that ended last
 */
record StageState(String name, long startedAt, @Nullable EpochRecord last) {
    StageState after(EpochRecord epoch) {
        return new StageState(name, startedAt, epoch);
    }

    /** {@code epoch 3/12}; the number of epochs is known once the first has ended. */
    String epochUnderWay() {
        EpochRecord known = last;
        if (known == null) {
            return "epoch 1";
        }
        return "epoch " + Math.min(known.epoch() + 1, known.epochs()) + "/" + known.epochs();
    }

    /** What stays on the terminal of a stage that has ended. */
    String summary(long now) {
        String time = ProgressDisplay.duration((now - startedAt) / 1e9);
        EpochRecord known = last;
        if (known == null) {
            return name + "  " + time;
        }
        return String.format(
                Locale.ROOT,
                "%s  epoch %d/%d  loss %.4f  validation %.2f %%  %s",
                name,
                known.epoch(),
                known.epochs(),
                known.loss(),
                100 * known.validationAccuracy(),
                time);
    }
}
