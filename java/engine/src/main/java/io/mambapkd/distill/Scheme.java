package io.mambapkd.distill;

import java.util.ArrayList;
import java.util.List;

/**
 * How a new student joins the group: {@code E_k = ensembleWeight(k) E_(k-1) + studentWeight(k) f_k}, and what it is trained on.
 *
 * <p>{@link #BLEND} is the default: it trains the blend itself, as "Mamba base PKD" (arXiv 2503.01727), section 3, trains the sum of weak learners, but
 * normalised, because a plain sum leaves later students small corrections that are useless alone.
 */
public enum Scheme {
    /** {@code E_k = (1 - g) E_(k-1) + g f_k}, trained on the blend. */
    BLEND,
    /** {@code E_k = (1 - 1/k) E_(k-1) + f_k / k}, trained on the mean. */
    MEAN,
    /** {@code E_k = E_(k-1) + f_k}, trained on the sum. */
    SUM,
    /** Every student trained alone, logits averaged. */
    PLAIN,
    /** Every student trained alone on samples weighted by the group's errors ({@link BoostingWeights}), logits averaged. */
    BDISTIL;

    /** Weight of E_(k-1) in E_k, for k from 1. */
    public double ensembleWeight(int k, double blend) {
        return k == 1
                ? 0
                : switch (this) {
                    case BLEND -> 1 - blend;
                    case SUM -> 1;
                    case MEAN, PLAIN, BDISTIL -> 1 - 1.0 / k;
                };
    }

    /** Weight of f_k in E_k, for k from 1. */
    public double studentWeight(int k, double blend) {
        return k == 1
                ? 1
                : switch (this) {
                    case BLEND -> blend;
                    case SUM -> 1;
                    case MEAN, PLAIN, BDISTIL -> 1.0 / k;
                };
    }

    /** Whether the loss sees the student's own logits and not the group's. */
    public boolean trainsAlone() {
        return this == PLAIN || this == BDISTIL;
    }

    /** Weights of the students' logits in E_count: the recursion unrolled. */
    public List<Double> memberWeights(int count, double blend) {
        List<Double> weights = new ArrayList<>();
        for (int k = 1; k <= count; k++) {
            double keep = ensembleWeight(k, blend);
            weights.replaceAll(weight -> weight * keep);
            weights.add(studentWeight(k, blend));
        }
        return List.copyOf(weights);
    }
}
