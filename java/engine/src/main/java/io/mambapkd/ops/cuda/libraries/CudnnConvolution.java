package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.Conv2dOps.Options;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Tensor;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** One convolution as cuDNN knows it, of images of one size and type, and how each of its directions is computed. */
final class CudnnConvolution implements AutoCloseable {
    private final CudnnDescriptions descriptions;
    private final Map<CudnnDirection, CudnnChoice> choices = new EnumMap<>(CudnnDirection.class);

    /**
     * Describes it.
     *
     * @param images (B, H, W, Cin), F32 or BF16
     */
    CudnnConvolution(CudnnHandle cudnn, CudaOptions.Products products, Options options, Tensor images, int outputs) {
        cudnn.entered();
        descriptions = new CudnnDescriptions(products, options, images, outputs);
        for (CudnnDirection direction : CudnnDirection.values()) {
            choices.put(direction, new CudnnChoice(cudnn, descriptions, direction));
        }
    }

    /** Whether it is that of these options, images and output channels. */
    boolean is(Options options, Tensor images, int outputs) {
        return descriptions.are(options, images, outputs);
    }

    /** How one direction is computed. */
    CudnnChoice choice(CudnnDirection direction) {
        return Objects.requireNonNull(choices.get(direction));
    }

    /** Of the directions that were computed. */
    Stream<Fallback> fallbacks() {
        return choices.values().stream().map(CudnnChoice::fallback).flatMap(Optional::stream);
    }

    @Override
    public void close() {
        descriptions.close();
    }
}
