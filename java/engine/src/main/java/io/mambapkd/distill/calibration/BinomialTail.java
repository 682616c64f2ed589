package io.mambapkd.distill.calibration;

/** The exact tail of the binomial distribution, and what it asks for. */
public final class BinomialTail {
    private BinomialTail() {}

    /**
     * The probability of at most so many successes.
     *
     * @param successes at least 0
     * @param trials at least {@code successes}
     * @param probability of a success in each trial, from 0 to 1
     */
    public static double atMost(int successes, int trials, double probability) {
        if (successes >= trials || probability <= 0) {
            return 1;
        }
        if (probability >= 1) {
            return 0;
        }
        // From the term nearest to the mean outwards, so that terms shrink and none that counts is lost.
        boolean lower = successes <= trials * probability;
        double sum = lower
                ? sumFrom(successes, trials, probability, -1)
                : 1 - sumFrom(successes + 1, trials, probability, 1);
        return Math.min(1, Math.max(0, sum));
    }

    private static double sumFrom(int first, int trials, double probability, int direction) {
        double odds = probability / (1 - probability);
        double term = StrictMath.exp(logTerm(first, trials, probability));
        double sum = 0;
        for (int k = first; k >= 0 && k <= trials && term > 0; k += direction) {
            sum += term;
            term *= direction > 0 ? (double) (trials - k) / (k + 1) * odds : (double) k / (trials - k + 1) / odds;
        }
        return sum;
    }

    private static double logTerm(int successes, int trials, double probability) {
        int fewer = Math.min(successes, trials - successes);
        double log = successes * StrictMath.log(probability) + (trials - successes) * StrictMath.log1p(-probability);
        for (int i = 1; i <= fewer; i++) {
            log += StrictMath.log((double) (trials - fewer + i) / i);
        }
        return log;
    }

    /**
     * The smallest number of images of which none may fail for a promise: ln(1 - confidence) / ln(1 - risk), rounded up.
     *
     * @param risk that is promised not to be exceeded, above 0 and at most 1
     * @param confidence between 0 and 1
     */
    public static int imagesNeeded(double risk, double confidence) {
        if (risk >= 1) {
            return 1;
        }
        double exact = StrictMath.log(1 - confidence) / StrictMath.log1p(-risk);
        int images = (int) Math.min(Integer.MAX_VALUE - 1, Math.max(1, Math.floor(exact)));
        // What is rounded in the quotient is not to decide.
        return atMost(0, images, risk) <= 1 - confidence ? images : images + 1;
    }
}
