package io.mambapkd.cli.predict;

import io.mambapkd.cli.text.Numbers;
import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What became of images: of some, or of all. */
final class PredictionCounts {
    private static final double NANOS = 1e9;

    /** By the number of students evaluated, from 1. */
    private final long[] stopped;

    private long images;
    private long flops;
    private long changed;
    private long unreadable;

    PredictionCounts(AnytimeClassifier classifier) {
        stopped = new long[classifier.students()];
    }

    /** @param isChanged whether it had to be brought to the model's shape */
    void classified(Answer answer, boolean isChanged) {
        images++;
        flops += answer.flops();
        stopped[answer.students() - 1]++;
        changed += isChanged ? 1 : 0;
    }

    void unreadable() {
        unreadable++;
    }

    void add(PredictionCounts more) {
        images += more.images;
        flops += more.flops;
        changed += more.changed;
        unreadable += more.unreadable;
        for (int k = 0; k < stopped.length; k++) {
            stopped[k] += more.stopped[k];
        }
    }

    /** Number of images that were classified. */
    long images() {
        return images;
    }

    /** Number of files that could not be read, or not to their end. */
    long unreadableFiles() {
        return unreadable;
    }

    /** What the user must know of how images were read; empty for nothing. */
    String note(ImageShape shape) {
        if (changed == 0) {
            return "";
        }
        return changed == 1
                ? "1 image is not " + shape + "; it is brought to that as training does it"
                : Numbers.grouped(changed) + " images are not " + shape
                        + "; they are brought to that as training does it";
    }

    /** One line on all. */
    String summary(AnytimeClassifier classifier, long nanos) {
        double seconds = Math.max(1, nanos) / NANOS;
        List<String> parts = new ArrayList<>();
        parts.add(String.format(
                Locale.ROOT,
                "%s in %.2f s, %,.0f images per second",
                images == 1 ? "1 image" : Numbers.grouped(images) + " images",
                seconds,
                images / seconds));
        if (images > 0) {
            double share = (double) flops / images / classifier.teacherFlops();
            parts.add("on average " + Numbers.percent(share, 3) + " % of the teacher's FLOPs");
            parts.add("stopped at student " + stops());
        }
        if (unreadable > 0) {
            parts.add(Numbers.grouped(unreadable) + " could not be read");
        }
        return String.join("; ", parts);
    }

    /** {@code 1: 9,120, 2: 640}; of students that none stopped at nothing. */
    private String stops() {
        List<String> stops = new ArrayList<>();
        for (int k = 0; k < stopped.length; k++) {
            if (stopped[k] > 0) {
                stops.add(k + 1 + ": " + Numbers.grouped(stopped[k]));
            }
        }
        return String.join(", ", stops);
    }
}
