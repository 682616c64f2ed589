package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@code y = x + mixer(norm(x))}, with parameters {@code norm.*} and {@code mixer.*}. x and y are F32 in every precision: blocks add up in them. */
public final class MambaBlock extends Layer {
    private final RmsNorm norm = new RmsNorm();
    private final MambaMixer mixer;
    private @Nullable Backend backend;
    private @Nullable Tensor normalised;
    private @Nullable Tensor dNormalised;

    public MambaBlock(MixerSpec spec) {
        mixer = new MambaMixer(spec);
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        backend = plan.backend();
        norm.allocate(plan.child("norm"), inputShape);
        mixer.allocate(plan.child("mixer"), inputShape);
        normalised = plan.activation("normalised", inputShape);
        dNormalised = plan.activation("d normalised", inputShape);
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        Tensor h = requireNonNull(normalised);
        norm.forward(x, h, mode);
        mixer.forward(h, y, mode);
        requireNonNull(backend).pointwise().add(y, x, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        Tensor h = requireNonNull(normalised);
        Tensor dh = requireNonNull(dNormalised);
        mixer.backward(h, h, dy, dh);
        norm.backwardWithResidual(x, dh, dy, requireNonNull(dx));
    }
}
