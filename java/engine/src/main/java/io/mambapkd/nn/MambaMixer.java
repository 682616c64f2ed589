package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
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
    private @Nullable Parts parts;

    /** What exists once memory is planned. */
    private record Parts(
            Backend backend,
            Projection in,
            Projection out,
            @Nullable CausalConv conv,
            @Nullable SelectiveMixing selective,
            @Nullable Parameter skip,
            Tensor xz,
            Tensor dXz,
            Tensor u,
            Tensor du,
            Tensor y,
            Tensor dy,
            Factor dOutput) {}

    public MambaMixer(MixerSpec spec) {
        this.spec = spec;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        int batch = inputShape.extent(0);
        int length = inputShape.extent(1);
        int width = inputShape.last();
        int inner = spec.innerWidth();
        Projection in = Projection.declare(plan, "in_proj", 2 * inner, width, spec.projectionBias());
        CausalConv conv = spec.hasConv() ? new CausalConv(plan, inner, spec.convWidth(), spec.convBias()) : null;
        SelectiveMixing selective = spec.hasScan() ? new SelectiveMixing(plan, spec, batch, length) : null;
        Parameter skip = spec.hasScan() ? null : plan.parameter("D", Decay.NO, Initializer.constant(1f), inner);
        parts = new Parts(
                plan.backend(),
                in,
                Projection.declare(plan, "out_proj", width, inner, spec.projectionBias()),
                conv,
                selective,
                skip,
                plan.activation("xz", batch, length, 2 * inner),
                plan.activation("d xz", batch, length, 2 * inner),
                plan.activation("u", batch, length, inner),
                plan.activation("du", batch, length, inner),
                plan.activation("y", batch, length, inner),
                plan.activation("dy", batch, length, inner),
                Factor.plan(plan, "d output", batch, length, width));
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        Parts p = requireNonNull(parts);
        int inner = spec.innerWidth();
        Tensor left = p.xz().columns(0, inner);
        Tensor z = p.xz().columns(inner, inner);
        p.in().forward(x, p.xz());
        if (p.conv() != null) {
            p.conv().forward(left, p.u());
        } else {
            p.backend().activation().forward(Activation.SILU, left, p.u());
        }
        if (p.selective() != null) {
            p.selective().forward(p.u(), z, p.y(), mode);
        } else {
            p.backend().pointwise().gate(p.u(), requireNonNull(p.skip()).value(), z, p.y());
        }
        p.out().forward(p.y(), y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dOutput, @Nullable Tensor dx) {
        Parts p = requireNonNull(parts);
        int inner = spec.innerWidth();
        Tensor left = p.xz().columns(0, inner);
        Tensor z = p.xz().columns(inner, inner);
        Tensor dLeft = p.dXz().columns(0, inner);
        Tensor dZ = p.dXz().columns(inner, inner);
        Tensor dOut = p.dOutput().of(dOutput);
        p.out().parameterGradients(p.y(), dOut);
        p.out().inputGradient(dOut, Write.OVERWRITE, p.dy());
        if (p.selective() != null) {
            p.selective().backward(p.u(), z, p.dy(), p.du(), dZ);
        } else {
            Parameter skip = requireNonNull(p.skip());
            p.backend().pointwise().gateGradient(p.u(), skip.value(), z, p.dy(), p.du(), skip.gradient(), dZ);
        }
        if (p.conv() != null) {
            p.conv().backward(left, p.du(), dLeft);
        } else {
            p.backend().activation().backward(Activation.SILU, left, p.du(), dLeft);
        }
        p.in().parameterGradients(x, p.dXz());
        if (dx != null) {
            p.in().inputGradient(p.dXz(), Write.OVERWRITE, dx);
        }
    }
}
