package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The selective scan, Gu and Dao, "Mamba" (arXiv 2312.00752), eq. 2 with input-dependent delta, B, C:
 *
 * <pre>
 *   dt_t    = softplus(delta_t + deltaBias)             (or delta_t + deltaBias)
 *   h_t,n   = exp(dt_t A_n) h_(t-1),n + dt_t B_t,n u_t  (h before the first step is 0; B by Euler, as in the reference code)
 *   s_t     = sum over n of C_t,n h_t,n + Dskip u_t
 *   y_t     = s_t * silu(z_t)
 * </pre>
 *
 * for every channel, where {@code B_t} and {@code C_t} are shared by the channels of a group. {@link Direction#REVERSE} runs t from L-1
 * down to 0. The terms of absent tensors are left out.
 *
 * <p>u, z, y and their gradients are all F32, or all BF16; the other tensors, the states and all sums are F32 in both. More than 16 states are taken 16 at
 * a time by CUDA, which then rounds y, du and dz to their type as often.
 */
public interface ScanOps {
    /** Visited steps from one saved state to the next. */
    int SEGMENT = 52;

    /** S, the number of states that {@link #forward} saves of a sequence of {@code length} steps: one after each {@link #SEGMENT} visited steps, but not after the last step. */
    static int savedStates(int length) {
        return (length - 1) / SEGMENT;
    }

    /** The order in which the steps are visited. */
    enum Direction {
        FORWARD,
        REVERSE
    }

    /**
     * @param direction order of the steps
     * @param deltaActivation {@link Activation#SOFTPLUS} or {@link Activation#IDENTITY}
     * @param groups number of groups G that the channels are divided into; divides D
     */
    record Options(Direction direction, Activation deltaActivation, int groups) {
        /** What a Mamba block uses: forward, softplus, one group. */
        public static final Options MAMBA = new Options(Direction.FORWARD, Activation.SOFTPLUS, 1);

        public Options {
            Checks.that(
                    deltaActivation == Activation.SOFTPLUS || deltaActivation == Activation.IDENTITY,
                    "selective_scan",
                    "the activation of delta must be SOFTPLUS or IDENTITY, got " + deltaActivation);
            Checks.that(groups >= 1, "selective_scan", "groups must be at least 1, got " + groups);
        }
    }

    /**
     * @param u (B, L, D), F32 or BF16; column view allowed
     * @param delta (B, L, D), before bias and softplus; column view allowed
     * @param a (D, N), negative
     * @param b (B, L, G*N), group by group; column view allowed
     * @param c (B, L, G*N), group by group; column view allowed
     * @param dSkip (D), or null
     * @param z (B, L, D) of the type of {@code u}, or null for no gate; column view allowed
     * @param deltaBias (D), or null
     */
    record Inputs(
            Tensor u,
            Tensor delta,
            Tensor a,
            Tensor b,
            Tensor c,
            @Nullable Tensor dSkip,
            @Nullable Tensor z,
            @Nullable Tensor deltaBias) {}

    /**
     * Where the gradients go: shapes and types as in {@link Inputs}; null exactly where the input is null.
     *
     * @param du overwritten; column view allowed, as for dDelta, dB, dC, dZ
     * @param dDelta gradient of the raw delta, overwritten
     * @param dA added to
     * @param dB overwritten
     * @param dC overwritten
     * @param dDSkip added to
     * @param dZ overwritten
     * @param dDeltaBias added to
     */
    record Gradients(
            Tensor du,
            Tensor dDelta,
            Tensor dA,
            Tensor dB,
            Tensor dC,
            @Nullable Tensor dDSkip,
            @Nullable Tensor dZ,
            @Nullable Tensor dDeltaBias) {}

    /**
     * @param y (B, L, D) of the type of u, overwritten; column view allowed
     * @param lastState (B, D, N), the state after the last step visited, overwritten; or null. No gradient flows into it
     * @param states (B, S, D, N), where S is {@link #savedStates} of L: the states after {@link #SEGMENT}, twice as many, ... visited steps, overwritten;
     *     or null, as it must be where S is 0
     */
    void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states);

    /** The forward pass without saved states. */
    default void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState) {
        forward(options, inputs, y, lastState, null);
    }

    /**
     * Gradients of {@link #forward}; states are recomputed.
     *
     * @param dy (B, L, D) of the type of u; column view allowed
     * @param states (B, S, D, N), the saved states of {@link #forward} with the same inputs, or null: then they are recomputed, too
     */
    void backward(Options options, Inputs inputs, Tensor dy, @Nullable Tensor states, Gradients gradients);

    /** {@link #backward(Options, Inputs, Tensor, Tensor, Gradients)} without saved states. */
    default void backward(Options options, Inputs inputs, Tensor dy, Gradients gradients) {
        backward(options, inputs, dy, null, gradients);
    }

    /**
     * {@code a = -exp(aLog)}.
     *
     * @param aLog (D, N)
     * @param a (D, N), overwritten
     */
    void decay(Tensor aLog, Tensor a);

    /**
     * {@code dALog += dA * a}.
     *
     * @param dALog (D, N), added to
     */
    void decayGradient(Tensor a, Tensor dA, Tensor dALog);
}
