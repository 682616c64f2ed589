package io.mambapkd.distill;

/** How a new student joins the group. */
public enum Scheme {
    /** {@code E_k = (1 - g) E_(k-1) + g f_k}, trained on the blend. */
    BLEND,
    /** {@code E_k = (1 - 1/k) E_(k-1) + f_k / k}, trained on the mean. */
    MEAN,
    /** {@code E_k = E_(k-1) + f_k}, trained on the sum. */
    SUM,
    /** Every student trained alone, logits averaged. */
    PLAIN,
    /** Every student trained on samples re-weighted by the group's errors, logits averaged. */
    BDISTIL
}
