package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolution without bias, images channels last. Parameter {@code weight} (Cout, Cin, k, k), uniform within 1/sqrt(Cin k k) at the start, which
 * is PyTorch's default.
 */
public final class Conv2d extends Layer {
    private final int outputs;
    private Conv2dOps.Options options;
    private @Nullable Conv2dOps ops;
    private @Nullable Parameter weight;

    public Conv2d(int outputs, Conv2dOps.Options options) {
        this.outputs = outputs;
        this.options = options;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        ops = plan.backend().conv2d();
        int inputs = inputShape.last();
        int kernel = options.kernel();
        // One channel, or one tap, is the same in both.
        boolean last = plan.backend().readsKernelsChannelsLast() && inputs > 1 && kernel > 1;
        options = options.with(last ? Conv2dOps.Layout.CHANNELS_LAST : Conv2dOps.Layout.CHANNELS_FIRST);
        weight = plan.kernel(
                "weight",
                Decay.YES,
                Initializer.uniform(1 / Math.sqrt((double) inputs * kernel * kernel)),
                options.layout(),
                outputs,
                inputs,
                kernel,
                kernel);
        weight.needsCompute();
        return Shape.of(
                inputShape.extent(0),
                options.output(inputShape.extent(1)),
                options.output(inputShape.extent(2)),
                outputs);
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(ops).forward(options, x, requireNonNull(weight).compute(), null, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        Parameter kernel = requireNonNull(weight);
        if (dx == null) {
            requireNonNull(ops).backwardWeights(options, x, dy, kernel.gradient(), null);
        } else {
            requireNonNull(ops).backward(options, x, kernel.compute(), dy, kernel.gradient(), dx);
        }
    }
}
