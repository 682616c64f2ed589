package io.mambapkd.runtime.exit;

import java.io.Serializable;

/**
 * A logistic regression of the regret of stopping at one exit: the probability that the answer there is wrong and that of the whole chain is right. Jazbec and others (arXiv
 * 2405.20915) control the risk of such a rule; {@link ExitFeatures} says what it sees.
 */
public final class RegretPredictor implements Serializable {
    private static final long serialVersionUID = 1L;

    private final double[] coefficients;

    /** @param coefficients the intercept, then one for each of {@link ExitFeatures} */
    public RegretPredictor(double[] coefficients) {
        this.coefficients = coefficients.clone();
    }

    /** Number of features at an exit, from 0: the first one has no student before it to agree with. */
    public static int features(int exit) {
        return exit == 0 ? ExitFeatures.FIRST : ExitFeatures.ALL;
    }

    public double[] coefficients() {
        return coefficients.clone();
    }

    /**
     * The predicted regret, from 0 to 1.
     *
     * @param features as {@link ExitFeatures#of} gives them
     */
    public double regret(double[] features) {
        double sum = coefficients[0];
        for (int i = 1; i < coefficients.length; i++) {
            sum += coefficients[i] * features[i - 1];
        }
        return 1 / (1 + StrictMath.exp(-sum));
    }
}
