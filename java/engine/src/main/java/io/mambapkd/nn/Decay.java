package io.mambapkd.nn;

/**
 * How an optimizer treats a parameter: the groups of parameters, in the order in which they lie in the flat buffers of {@link Parameters}. Only {@link #YES} has weight
 * decay in the usual sense, the pull of {@code AdamW}; other optimizers may give each group a learning rate and a decay of its own.
 */
public enum Decay {
    /** Weight decay pulls the parameter towards zero: matrices and kernels. */
    YES,
    /** It does not: biases, scales, vectors. */
    NO,
    /** Likewise, the bias of a norm whose scale is fixed. */
    NORM_BIAS,
    /** Likewise, the bias of the first layer, which is learned in the first epochs alone where an optimizer says so. */
    INPUT_BIAS
}
