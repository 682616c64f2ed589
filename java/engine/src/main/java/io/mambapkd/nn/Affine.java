package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = f(scale x + bias)} with one bias for each channel, which is learned ({@code bias} (C), 0 at the start) or 0, and one fixed scale. It is batch normalisation with
 * constant statistics, and computed as such: one pass over memory for bias and activation together. In the backward pass {@code dx} may be {@code dy}.
 */
public final class Affine extends Layer {
    private static final float EPSILON = 0f;

    private final float scale;
    private final @Nullable Decay group;
    private final BatchNormOps.Options options;
    private @Nullable BatchNormOps ops;
    private @Nullable Parameter bias;
    private @Nullable Tensor ones;
    private @Nullable Tensor zeros;
    private @Nullable Tensor scales;

    private Affine(float scale, @Nullable Decay group, Activation activation) {
        this.scale = scale;
        this.group = group;
        options = new BatchNormOps.Options(EPSILON, 0, activation);
    }

    /** {@code scale x}. */
    public static Affine scaling(double scale) {
        return new Affine((float) scale, null, Activation.IDENTITY);
    }

    /** {@code f(x + bias)} with a bias of a group. */
    public static Affine bias(Decay group, Activation activation) {
        return new Affine(1, group, activation);
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        ops = plan.backend().batchNorm();
        int channels = inputShape.last();
        ones = plan.constant("one", 1, channels);
        zeros = plan.constant("zero", 0, channels);
        scales = plan.constant("scale", scale, channels);
        if (group != null) {
            bias = plan.parameter("bias", group, Initializer.constant(0), channels);
        }
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(ops).forwardInference(options, x, channels(), y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        Tensor place = requireNonNull(dx, "an affine layer needs a place for the gradient of its input");
        requireNonNull(ops)
                .backwardInference(options, x, y, channels(), dy, place, null, bias == null ? null : bias.gradient());
    }

    @Override
    public boolean differentiatesInPlace() {
        return true;
    }

    private BatchNormOps.Channels channels() {
        Tensor zero = requireNonNull(zeros);
        return new BatchNormOps.Channels(
                requireNonNull(scales), bias == null ? zero : bias.value(), zero, requireNonNull(ones));
    }
}
