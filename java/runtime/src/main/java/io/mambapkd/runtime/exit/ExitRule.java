package io.mambapkd.runtime.exit;

import java.io.Serializable;

/**
 * When a chain stops before its last student.
 *
 * @param kind what is compared with the threshold
 * @param threshold from 0 to 1
 */
public record ExitRule(Kind kind, double threshold) implements Serializable {
    /** What is compared. */
    public enum Kind {
        /** The largest probability: the chain stops where it is at least the threshold. */
        CONFIDENCE,
        /** The predicted regret, of {@link RegretPredictor}: the chain stops where it is at most the threshold. */
        REGRET
    }

    /** The whole chain, always. */
    public static final ExitRule NEVER = new ExitRule(Kind.CONFIDENCE, Double.POSITIVE_INFINITY);
}
