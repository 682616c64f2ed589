package io.mambapkd.ops;

import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a Mamba block, each of which is several operations in one pass over memory. The operations that a part stands for are its specification; a part gives what
 * they give, but for the rounding of what they would have kept in memory between them. A backend has a part for the extents that its kernels were made for, and is asked
 * before memory is planned. Weights and their gradients are F32. Activations (<i>act</i> below) are F32 or BF16, one type in a call. Gradients of weights are added to, all others overwritten.
 * Every result is the same bit for bit on every run.
 */
public interface BlockOps {
    /** Of a backend that has no part. */
    BlockOps NONE = new BlockOps() {};

    /**
     * {@code y = weight (scale x / rms(x)) + bias}: {@link NormOps#rmsNorm} and a product, without their result in between.
     *
     * @param width M, of the rows of x
     * @param outputs O
     */
    default Optional<NormProjection> normProjection(int width, int outputs, DType activations) {
        return Optional.empty();
    }

    /**
     * {@code y = weight x + bias + residual}: a product and {@link PointwiseOps#add}.
     *
     * @param inputs I
     * @param outputs O
     */
    default Optional<Projection> projection(int inputs, int outputs, DType activations) {
        return Optional.empty();
    }

    /**
     * {@code u = silu(conv(x))}, {@code projected = weight u}: {@link Conv1dOps} and a product.
     *
     * @param channels D
     * @param taps W, of the convolution
     * @param outputs P
     */
    default Optional<ConvProjection> convProjection(int channels, int taps, int outputs, DType activations) {
        return Optional.empty();
    }

    /**
     * The scan with what makes its step sizes and its decay: a product, {@link ScanOps#decay} and {@link ScanOps#forward} with softplus.
     *
     * @param length L
     * @param channels D
     * @param states N
     * @param rank R, of the step sizes
     */
    default Optional<Mixing> mixing(int length, int channels, int states, int rank, DType activations) {
        return Optional.empty();
    }

    /** See {@link #normProjection}. */
    interface NormProjection {
        /**
         * @param x (..., M) F32
         * @param scale (M)
         * @param weight (O, M)
         * @param bias (O), or null
         * @param y (..., O) act
         */
        void forward(Tensor x, Tensor scale, float epsilon, Tensor weight, @Nullable Tensor bias, Tensor y);

        /**
         * @param inputs those of the forward pass
         * @param dy (..., O) act
         * @param residual (..., M) F32, added to dx; null for none
         * @param dx (..., M) F32; may be {@code residual}
         */
        void backward(
                NormProjectionInputs inputs,
                Tensor dy,
                @Nullable Tensor residual,
                Tensor dx,
                Tensor dScale,
                Tensor dWeight,
                @Nullable Tensor dBias);
    }

    /** Inputs of {@link NormProjection#forward} that its gradient needs. */
    record NormProjectionInputs(Tensor x, Tensor scale, float epsilon, Tensor weight) {}

    /** See {@link #projection}. */
    interface Projection {
        /**
         * @param x (..., I) act
         * @param weight (O, I)
         * @param bias (O), or null
         * @param residual (..., O) F32, or null for 0
         * @param y (..., O) F32; may be {@code residual}
         */
        void forward(Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable Tensor residual, Tensor y);

        /**
         * @param dy (..., O) F32
         * @param dx (..., I) act
         */
        void backward(Tensor x, Tensor weight, Tensor dy, Tensor dx, Tensor dWeight, @Nullable Tensor dBias);
    }

    /** See {@link #convProjection}. */
    interface ConvProjection {
        /**
         * @param x (B, L, D) act, column view allowed whose rows are aligned to four elements
         * @param taps (D, W)
         * @param bias (D), or null
         * @param weight (P, D)
         * @param u (B, L, D) act
         * @param projected (B, L, P) F32
         */
        void forward(Tensor x, Tensor taps, @Nullable Tensor bias, Tensor weight, Tensor u, Tensor projected);

        /**
         * @param inputs those of the forward pass, of which u is made again
         * @param du (B, L, D) act: gradient of u without the part that comes through the product
         * @param dProjected (B, L, P) F32
         * @param dx (B, L, D) act, column view allowed as that of x
         */
        void backward(
                ConvProjectionInputs inputs,
                Tensor du,
                Tensor dProjected,
                Tensor dx,
                ConvProjectionGradients gradients);
    }

    /** Inputs of {@link ConvProjection#forward}. */
    record ConvProjectionInputs(
            Tensor x, Tensor taps, @Nullable Tensor bias, Tensor weight) {}

    /** Gradients of the weights of {@link ConvProjection}, of their shapes; that of the bias is null where there is none. */
    record ConvProjectionGradients(Tensor dTaps, @Nullable Tensor dBias, Tensor dWeight) {}

    /** See {@link #mixing}. */
    interface Mixing {
        /**
         * @param y (B, L, D) act
         * @param states (B, S, D, N) F32, as in {@link ScanOps#forward}, or null
         */
        void forward(ScanOps.Direction direction, MixingInputs inputs, Tensor y, @Nullable Tensor states);

        /**
         * @param dy (B, L, D) act
         * @param states of the forward pass, or null: they are made again
         */
        void backward(
                ScanOps.Direction direction,
                MixingInputs inputs,
                Tensor dy,
                @Nullable Tensor states,
                MixingGradients gradients);
    }

    /**
     * Inputs of {@link Mixing}.
     *
     * @param u (B, L, D) act
     * @param projected (B, L, R + 2N) F32: the columns of dt, then B, then C; delta[d] = the sum over r of dtWeight[d, r] dt[r]
     * @param dtWeight (D, R)
     * @param dtBias (D), added to delta before softplus
     * @param aLog (D, N): A = -exp(A_log)
     * @param skip (D)
     * @param z (B, L, D) act, column view allowed
     */
    record MixingInputs(
            Tensor u, Tensor projected, Tensor dtWeight, Tensor dtBias, Tensor aLog, Tensor skip, Tensor z) {}

    /** Gradients of {@link MixingInputs}, of their shapes: du, dProjected and dZ overwritten, the others added to. */
    record MixingGradients(
            Tensor du, Tensor dProjected, Tensor dDtWeight, Tensor dDtBias, Tensor dALog, Tensor dSkip, Tensor dZ) {}
}
