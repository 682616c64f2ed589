package io.mambapkd.nn.mamba;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.Layer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.RmsNorm;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x + mixer(norm(x))}, with parameters {@code norm.*} and {@code mixer.*}, the latter those of {@link MambaMixer}. x and y are F32 in every precision: blocks add up in them.
 */
public final class MambaBlock extends Layer {
    private final MixerSpec spec;
    private @Nullable Planned planned;

    /** What exists once memory is planned. */
    private record Planned(NormedProjection in, MixerParts parts, ResidualProjection out) {}

    public MambaBlock(MixerSpec spec) {
        this.spec = spec;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        RmsNorm norm = new RmsNorm();
        norm.allocate(plan.child("norm"), inputShape);
        LayerPlan mixer = plan.child("mixer");
        MixerParts parts = new MixerParts(mixer, spec, inputShape);
        planned = new Planned(
                new NormedProjection(plan, norm, parts.in(), inputShape),
                parts,
                new ResidualProjection(mixer, parts.out(), inputShape));
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        Planned own = requireNonNull(planned);
        own.in().forward(x, own.parts().xz(), mode);
        own.parts().forward(mode);
        own.out().forward(own.parts().y(), x, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        Planned own = requireNonNull(planned);
        own.out().backward(own.parts().y(), dy, own.parts().dy());
        own.parts().backward();
        own.in().backward(x, own.parts().dXz(), dy, requireNonNull(dx));
    }
}
