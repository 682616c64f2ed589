package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Elementwise functions, and softmax over rows. */
public interface ActivationOps {
    /**
     * {@code y = f(x)}.
     *
     * @param x F32 or BF16; column view allowed, as for {@code y}
     * @param y shape and type of {@code x}, overwritten; may be {@code x} itself
     */
    void forward(Activation activation, Tensor x, Tensor y);

    /**
     * {@code dx = f'(x) dy}.
     *
     * @param x the input of {@link #forward}; column view allowed, as for {@code dy} and {@code dx}, which are of its shape and type
     * @param dx overwritten; may be {@code dy} itself
     */
    void backward(Activation activation, Tensor x, Tensor dy, Tensor dx);

    /**
     * {@code y[r, j] = exp(x[r, j]) / sum over i of exp(x[r, i])}, computed without overflow.
     *
     * @param y shape of {@code x}, overwritten; may be {@code x} itself
     */
    void softmax(Tensor x, Tensor y);

    /**
     * {@code dx[r, j] = y[r, j] (dy[r, j] - sum over i of y[r, i] dy[r, i])}.
     *
     * @param y the output of {@link #softmax}
     * @param dx shape of {@code y}, overwritten; may be {@code dy} itself
     */
    void softmaxGradient(Tensor y, Tensor dy, Tensor dx);
}
