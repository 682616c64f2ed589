package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A 2x2 convolution without padding whose kernels are fixed before the training: {@code weight} (8 C, C, 2, 2), a buffer, for the 4 C filters that whiten patches of images
 * and their negations. (B, H, W, C) to (B, H - 1, W - 1, 8 C). It computes no gradients, and has to be the first layer.
 */
public final class WhiteningConv extends Layer {
    /** Rows and columns of a patch. */
    public static final int SIDE = 2;

    private static final Conv2dOps.Options OPTIONS = new Conv2dOps.Options(SIDE, 1, 0);

    private @Nullable Backend backend;
    private @Nullable Parameter weight;
    private @Nullable Tensor rounded;

    /** Number of filters for images of {@code channels}. */
    public static int filters(int channels) {
        return 2 * SIDE * SIDE * channels;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        backend = plan.backend();
        int[] in = inputShape.toArray();
        int channels = in[3];
        int filters = filters(channels);
        // Of use only until the filters come from data: a model that is timed or checked may do without.
        Initializer start = Initializer.uniform(1.0 / SIDE / Math.sqrt(channels));
        weight = plan.buffer("weight", start, filters, channels, SIDE, SIDE);
        if (plan.precision() != Precision.F32) {
            rounded = plan.activation("weight", weight.shape());
        }
        return Shape.of(in[0], OPTIONS.output(in[1]), OPTIONS.output(in[2]), filters);
    }

    /** The kernels (8 C, C, 2, 2). */
    public Tensor weight() {
        return requireNonNull(weight).value();
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        Tensor kernels = weight();
        if (x.dtype() != DType.F32) {
            Tensor copy = requireNonNull(rounded);
            requireNonNull(backend).pointwise().convert(kernels, copy);
            kernels = copy;
        }
        requireNonNull(backend).conv2d().forward(OPTIONS, x, kernels, null, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        if (dx != null) {
            throw new IllegalArgumentException("a whitening convolution has no gradient of its input");
        }
    }
}
