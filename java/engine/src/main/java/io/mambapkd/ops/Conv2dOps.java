package io.mambapkd.ops;

import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional cross-correlation, channels last: {@code y[b, i, j, o] = bias[o] + sum over (p, q, c) of weight[o, c, p, q]
 * x[b, i*stride + p - padding, j*stride + q - padding, c]}, with zeros around the image. Images, their gradients and the kernel are all F32 or all BF16, with
 * sums in F32; gradients of parameters are F32.
 */
public interface Conv2dOps {
    /** What the factors of the products are. */
    enum Operands {
        /** As the tensors hold them. */
        STORED,
        /**
         * Those of F32 tensors rounded to BF16, to the nearest with halves to even; products and sums are F32. What a processor without BF16 tensors computes a
         * BF16 model with.
         */
        BF16
    }

    /** Order of the axes of a kernel. Its gradient has the first, whatever the kernel has. */
    enum Layout {
        /** (Cout, Cin, kernel, kernel), the reference's layout. */
        CHANNELS_FIRST,
        /** (Cout, kernel, kernel, Cin), for backends that {@linkplain Backend#readsKernelsChannelsLast read} it. */
        CHANNELS_LAST
    }

    /**
     * Square kernels, equal stride and padding on both axes.
     *
     * @param layout of the kernels that are given
     */
    record Options(int kernel, int stride, int padding, Operands operands, Layout layout) {
        /** Of kernels in the reference's layout. */
        public Options(int kernel, int stride, int padding, Operands operands) {
            this(kernel, stride, padding, operands, Layout.CHANNELS_FIRST);
        }

        /** With the operands as they are stored. */
        public Options(int kernel, int stride, int padding) {
            this(kernel, stride, padding, Operands.STORED);
        }

        public Options {
            Checks.that(
                    kernel >= 1 && stride >= 1 && padding >= 0 && padding < kernel,
                    "conv2d",
                    "needs kernel >= 1, stride >= 1, 0 <= padding < kernel, got " + kernel + ", " + stride + ", "
                            + padding);
        }

        /** The same convolution with other operands. */
        public Options with(Operands others) {
            return new Options(kernel, stride, padding, others, layout);
        }

        /** The same convolution of kernels in another layout. */
        public Options with(Layout other) {
            return new Options(kernel, stride, padding, operands, other);
        }

        /** Output extent for an input extent. */
        public int output(int input) {
            return (input + 2 * padding - kernel) / stride + 1;
        }
    }

    /**
     * @param x (B, H, W, Cin)
     * @param weight (Cout, Cin, kernel, kernel), or in the other layout of the options
     * @param bias (Cout), or null, which it must be where the images are BF16
     * @param y (B, H', W', Cout), overwritten
     */
    void forward(Options options, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y);

    /**
     * Gradient of the input.
     *
     * @param dx (B, H, W, Cin), overwritten
     */
    void backwardData(Options options, Tensor weight, Tensor dy, Tensor dx);

    /**
     * Gradients of the parameters.
     *
     * @param dWeight (Cout, Cin, kernel, kernel) F32, added to
     * @param dBias (Cout), added to; or null, which it must be where the images are BF16
     */
    void backwardWeights(Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias);

    /**
     * {@link #backwardWeights} without a bias, and {@link #backwardData}: the same bits, and less work for a library that has to convert {@code dy}.
     *
     * @param x (B, H, W, Cin)
     * @param weight as in {@link #forward}
     * @param dWeight (Cout, Cin, kernel, kernel) F32, added to
     * @param dx (B, H, W, Cin), overwritten; not {@code x} itself
     */
    default void backward(Options options, Tensor x, Tensor weight, Tensor dy, Tensor dWeight, Tensor dx) {
        backwardWeights(options, x, dy, dWeight, null);
        backwardData(options, weight, dy, dx);
    }

    /**
     * Memory that the operations keep beside tensors, once they have computed a shape forward and backward.
     *
     * @param heapBytes of Java's heap
     * @param nativeBytes of the host, outside of the heap
     */
    record Workspace(long heapBytes, long nativeBytes) {}

    /**
     * What {@link #forward}, {@link #backwardData} and {@link #backwardWeights} keep for a shape, on the host.
     *
     * @param images (B, H, W, Cin)
     * @param outputs Cout
     */
    default Workspace workspace(Options options, Shape images, int outputs) {
        return new Workspace(0, 0);
    }
}
