package io.mambapkd.runtime;

import java.io.Serializable;

/**
 * How much a chain may compute for one image. The first student is always evaluated; a further one if the exit rule wants it and all limits allow it.
 *
 * @param exit when the chain stops by itself
 * @param maximumAccuracyDrop in points of accuracy; read where {@code exit} is {@link Exit#CERTIFIED}
 * @param students the most
 * @param flops the most, of all students together
 * @param nanoseconds from the call; a student is not begun if, at the speed of those before it, it would end later. No promise: the system may interrupt a thread at any time
 */
public record Budget(Exit exit, double maximumAccuracyDrop, int students, long flops, long nanoseconds)
        implements Serializable {
    /** When a chain stops by itself. */
    public enum Exit {
        /** Never. */
        NONE,
        /** By the rule that is certified for the accuracy drop. */
        CERTIFIED,
        /** Where the largest probability reaches the threshold that the run has chosen. */
        THRESHOLD
    }

    /** All students. */
    public static final Budget ALL = new Budget(Exit.NONE, 0, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    public Budget {
        if (students < 1 || flops < 0 || nanoseconds < 0) {
            throw new IllegalArgumentException("expected at least 1 student and no negative limit, got " + students
                    + " students, " + flops + " FLOPs, " + nanoseconds + " ns");
        }
    }

    /**
     * Stops early where the model is certified to lose at most so many points of accuracy.
     *
     * @param points such as 0.2; one of {@link AnytimeClassifier#certificates}
     */
    public static Budget accuracyDrop(double points) {
        return new Budget(Exit.CERTIFIED, points, ALL.students, ALL.flops, ALL.nanoseconds);
    }

    /** Stops early where the largest probability reaches the threshold that the run has chosen. */
    public static Budget threshold() {
        return new Budget(Exit.THRESHOLD, 0, ALL.students, ALL.flops, ALL.nanoseconds);
    }

    /** The same with at most so many students. */
    public Budget withStudents(int most) {
        return new Budget(exit, maximumAccuracyDrop, most, flops, nanoseconds);
    }

    /** The same with at most so many FLOPs. */
    public Budget withFlops(long most) {
        return new Budget(exit, maximumAccuracyDrop, students, most, nanoseconds);
    }

    /** The same with at most so many nanoseconds. */
    public Budget withNanoseconds(long most) {
        return new Budget(exit, maximumAccuracyDrop, students, flops, most);
    }
}
