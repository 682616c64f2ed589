package io.mambapkd.ops.cuda.libraries;

import jcuda.jcudnn.cudnnTensorFormat;

/**
 * A way in which cuDNN may be asked for one direction of a convolution.
 *
 * @param algorithm cuDNN's number of it
 * @param filter order of the filter's axes in memory
 * @param determinism whether cuDNN's reference calls the algorithm deterministic
 */
public record CudnnWay(int algorithm, FilterLayout filter, Determinism determinism) {
    /** Order of the axes of a filter in memory. */
    public enum FilterLayout {
        /** (Cout, k, k, Cin), that of the images. */
        CHANNELS_LAST(cudnnTensorFormat.CUDNN_TENSOR_NHWC, ""),
        /** (Cout, Cin, k, k), that of the parameters. */
        CHANNELS_FIRST(cudnnTensorFormat.CUDNN_TENSOR_NCHW, " with an NCHW filter");

        private final int format;
        private final String words;

        FilterLayout(int format, String words) {
            this.format = format;
            this.words = words;
        }

        /** A {@link cudnnTensorFormat}. */
        int format() {
            return format;
        }
    }

    /** Whether the same inputs give the same bits in every run. */
    public enum Determinism {
        DETERMINISTIC,
        /** Sums are in no fixed order. */
        ANY_ORDER
    }

    boolean isDeterministic() {
        return determinism == Determinism.DETERMINISTIC;
    }

    /** {@code algorithm 0 with an NCHW filter}. */
    String name() {
        return "algorithm " + algorithm + filter.words;
    }

    /** The name, and whether it is not deterministic. */
    @Override
    public String toString() {
        return name() + (isDeterministic() ? "" : " (not deterministic)");
    }
}
