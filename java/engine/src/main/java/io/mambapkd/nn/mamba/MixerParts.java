package io.mambapkd.nn.mamba;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What a {@link MambaMixer} consists of: two projections at its ends, and what is between them, from x and z to y. */
final class MixerParts {
    private final Backend backend;
    private final int inner;
    private final Projection in;
    private final Projection out;
    /** Null without a convolution. */
    private final @Nullable CausalConv conv;
    /** Null without a scan. */
    private final @Nullable Selection selection;
    /** D (D), of a mixer without a scan. */
    private final @Nullable Parameter skip;

    private final Tensor xz;
    private final Tensor dXz;
    private final Tensor u;
    private final Tensor du;
    private final Tensor y;
    private final Tensor dy;

    /** The convolution with {@code x_proj}, the scan, and what goes between them. */
    private record Selection(ConvProjection projection, SelectiveMixing mixing, Tensor projected, Tensor dProjected) {}

    /** @param input shape (B, L, M) */
    MixerParts(LayerPlan plan, MixerSpec spec, Shape input) {
        int batch = input.extent(0);
        int length = input.extent(1);
        int width = input.last();
        backend = plan.backend();
        inner = spec.innerWidth();
        in = Projection.declare(plan, "in_proj", 2 * inner, width, spec.projectionBias());
        conv = spec.hasConv() ? new CausalConv(plan, inner, spec.convWidth(), spec.convBias()) : null;
        selection = spec.hasScan() ? select(plan, requireNonNull(conv), spec, batch, length) : null;
        skip = spec.hasScan() ? null : plan.parameter("D", Decay.NO, Initializer.constant(1f), inner);
        out = Projection.declare(plan, "out_proj", width, inner, spec.projectionBias());
        xz = plan.activation("xz", batch, length, 2 * inner);
        dXz = plan.activation("d xz", batch, length, 2 * inner);
        u = plan.activation("u", batch, length, inner);
        du = plan.activation("du", batch, length, inner);
        y = plan.activation("y", batch, length, inner);
        dy = plan.activation("dy", batch, length, inner);
    }

    private static Selection select(LayerPlan plan, CausalConv conv, MixerSpec spec, int batch, int length) {
        Shape columns = Shape.of(batch, length, spec.dtRank() + 2 * spec.stateSize());
        Projection projection = Projection.declare(plan, "x_proj", columns.last(), spec.innerWidth(), Linear.Bias.NO);
        return new Selection(
                new ConvProjection(plan, conv, projection, columns),
                SelectiveMixing.plan(plan, spec, batch, length),
                plan.tensor("x_dbl", columns),
                plan.tensor("d x_dbl", columns));
    }

    Projection in() {
        return in;
    }

    Projection out() {
        return out;
    }

    /** Output of {@link #in} (B, L, 2D): x, z. */
    Tensor xz() {
        return xz;
    }

    Tensor dXz() {
        return dXz;
    }

    /** Input of {@link #out} (B, L, D). */
    Tensor y() {
        return y;
    }

    Tensor dy() {
        return dy;
    }

    /** From {@link #xz} to {@link #y}. */
    void forward(Mode mode) {
        Tensor left = xz.columns(0, inner);
        Tensor z = xz.columns(inner, inner);
        if (selection != null) {
            selection.projection().forward(left, u, selection.projected());
            selection.mixing().forward(inputs(selection, z), y, mode);
            return;
        }
        if (conv != null) {
            conv.forward(left, u);
        } else {
            backend.activation().forward(Activation.SILU, left, u);
        }
        backend.pointwise().gate(u, requireNonNull(skip).value(), z, y);
    }

    /** From {@link #dy} to {@link #dXz}; adds the gradients of the weights. */
    void backward() {
        Tensor left = xz.columns(0, inner);
        Tensor z = xz.columns(inner, inner);
        Tensor dLeft = dXz.columns(0, inner);
        Tensor dZ = dXz.columns(inner, inner);
        if (selection != null) {
            SelectiveMixing.Gradients gradients = new SelectiveMixing.Gradients(du, selection.dProjected(), dZ);
            selection.mixing().backward(inputs(selection, z), dy, gradients);
            selection.projection().backward(left, u, du, selection.dProjected(), dLeft);
            return;
        }
        Parameter weight = requireNonNull(skip);
        backend.pointwise().gateGradient(u, weight.value(), z, dy, du, weight.gradient(), dZ);
        if (conv != null) {
            conv.backward(left, du, dLeft);
        } else {
            backend.activation().backward(Activation.SILU, left, du, dLeft);
        }
    }

    private SelectiveMixing.Inputs inputs(Selection of, Tensor z) {
        return new SelectiveMixing.Inputs(u, of.projected(), z);
    }
}
