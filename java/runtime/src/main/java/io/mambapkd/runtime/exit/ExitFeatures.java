package io.mambapkd.runtime.exit;

/**
 * What a {@link RegretPredictor} sees at an exit, all of it a by-product of the students evaluated so far: of the prefix the log-odds of the largest probability, the difference of
 * the two largest logits, the entropy in nats, and the second largest probability; behind the first exit also whether the prefix agrees with the one before it, whether the new
 * student alone does, and the difference of the new student's two largest logits.
 */
public final class ExitFeatures {
    /** Number of features at the first exit. */
    static final int FIRST = 4;

    /** Number of features at the others. */
    static final int ALL = 7;

    /** Odds beyond e^20 tell nothing more. */
    private static final double MOST_LOG_ODDS = 20;

    private ExitFeatures() {}

    /** Room for the features of any exit. */
    public static double[] room() {
        return new double[ALL];
    }

    /**
     * @param prefix holds the logits (K) of the students so far at {@code at}
     * @param own holds the logits (K) of the newest student alone at {@code at}; not read at the first exit
     * @param at of the first class
     * @param classes K
     * @param answerBefore of the prefix before; negative at the first exit
     * @param features overwritten
     */
    public static void of(float[] prefix, float[] own, int at, int classes, int answerBefore, double[] features) {
        int best = largest(prefix, at, classes, -1);
        int second = largest(prefix, at, classes, best);
        double top = prefix[at + best];
        double sum = 0;
        double weighted = 0;
        double others = 0;
        for (int c = 0; c < classes; c++) {
            double distance = prefix[at + c] - top;
            double e = StrictMath.exp(distance);
            sum += e;
            weighted += distance * e;
            others += c == best ? 0 : e;
        }
        double next = StrictMath.exp(prefix[at + second] - top);
        features[0] = others > 0 ? Math.min(MOST_LOG_ODDS, -StrictMath.log(others)) : MOST_LOG_ODDS;
        features[1] = top - prefix[at + second];
        features[2] = StrictMath.log(sum) - weighted / sum;
        features[3] = next / sum;
        if (answerBefore >= 0) {
            int alone = largest(own, at, classes, -1);
            features[4] = best == answerBefore ? 1 : 0;
            features[5] = alone == answerBefore ? 1 : 0;
            features[6] = own[at + alone] - own[at + largest(own, at, classes, alone)];
        }
    }

    /** The first class with the largest of the logits (K). */
    public static int largest(float[] logits, int classes) {
        return largest(logits, 0, classes, -1);
    }

    private static int largest(float[] logits, int at, int classes, int except) {
        int best = except == 0 ? 1 : 0;
        for (int c = best + 1; c < classes; c++) {
            if (c != except && logits[at + c] > logits[at + best]) {
                best = c;
            }
        }
        return best;
    }
}
