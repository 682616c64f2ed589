package io.mambapkd.ops;

import java.util.Locale;

/**
 * A call of {@link Conv2dOps} as a convolution library sees it: which of its three functions, and all extents.
 *
 * @param direction which function
 * @param batch images of the call
 * @param height of an image, before padding
 * @param width of an image, before padding
 * @param inputs channels of an image
 * @param outputs channels of the result
 * @param options kernel, stride and padding
 */
public record ConvolutionCall(
        Direction direction, int batch, int height, int width, int inputs, int outputs, Conv2dOps.Options options) {
    /** The three functions of a convolution. */
    public enum Direction {
        FORWARD,
        BACKWARD_DATA,
        BACKWARD_FILTER;

        /** {@code backward data}. */
        public String words() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }
}
