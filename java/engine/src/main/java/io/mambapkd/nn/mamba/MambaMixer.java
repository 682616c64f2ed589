package io.mambapkd.nn.mamba;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.Layer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The Mamba block of Gu and Dao (arXiv 2312.00752), figure 3, with the parameter names of its published code:
 *
 * <pre>
 *   x, z       = in_proj(input)                (B, L, D) each
 *   u          = silu(causal conv1d(x))
 *   dt, B, C   = x_proj(u)                     R, N, N columns
 *   delta      = dt_proj(dt)                   bias and softplus are part of the scan
 *   y          = scan(u, delta, A, B, C, D) * silu(z),  A = -exp(A_log)
 *   output     = out_proj(y)
 * </pre>
 *
 * and its two reductions, for honest comparisons ({@link MixerSpec.Kind}): without the scan {@code y = D u silu(z)}; without convolution too, {@code u =
 * silu(x)}.
 *
 * <p>In {@link Precision#BF16} the input, x, z, u, y and their gradients are of that type; dt, B, C, delta, all of the scan that is not u, y, z, and the output are F32.
 */
public final class MambaMixer extends Layer {
    private final MixerSpec spec;
    private @Nullable Planned planned;

    /** What exists once memory is planned. */
    private record Planned(MixerParts parts, ResidualProjection out) {}

    public MambaMixer(MixerSpec spec) {
        this.spec = spec;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        MixerParts parts = new MixerParts(plan, spec, inputShape);
        parts.in().multipliesActivations();
        planned = new Planned(parts, new ResidualProjection(plan, parts.out(), inputShape));
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        Planned own = requireNonNull(planned);
        MixerParts parts = own.parts();
        parts.in().forward(x, parts.xz());
        parts.forward(mode);
        own.out().forward(parts.y(), null, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dOutput, @Nullable Tensor dx) {
        Planned own = requireNonNull(planned);
        MixerParts parts = own.parts();
        own.out().backward(parts.y(), dOutput, parts.dy());
        parts.backward();
        parts.in().parameterGradients(x, parts.dXz());
        if (dx != null) {
            parts.in().inputGradient(parts.dXz(), Write.OVERWRITE, dx);
        }
    }
}
