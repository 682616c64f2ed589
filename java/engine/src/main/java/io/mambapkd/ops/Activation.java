package io.mambapkd.ops;

/** An elementwise function. */
public enum Activation {
    IDENTITY,
    RELU,
    /** {@code x * sigmoid(x)}. */
    SILU,
    /** {@code log(1 + exp(x))}, and {@code x} itself above 20. */
    SOFTPLUS,
    /** {@code x * Phi(x)}, the exact form with the error function. */
    GELU,
    /** {@code x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}. */
    GELU_TANH
}
