package io.mambapkd.model;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.nn.Layer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Precision;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Layers one after the other, with the activations between them. A stretch of it may be a residual branch, He et al. (arXiv 1512.03385): its input is added to its output. No
 * branch lies in another.
 */
final class Chain {
    /**
     * A layer with its input and output, or, where there is no layer, a sum: {@code y = x + skip}.
     *
     * @param skip the input of the branch that ends here
     */
    private record Link(
            @Nullable Layer layer,
            Tensor x,
            Tensor y,
            @Nullable Tensor skip) {}

    private final LayerPlan plan;
    private final Precision precision;
    private final List<Link> links = new ArrayList<>();
    private Tensor last;
    private @Nullable ChainGradients gradients;

    /**
     * @param input of the first layer
     * @param precision of the activations
     */
    Chain(LayerPlan plan, Tensor input, Precision precision) {
        this.plan = plan;
        this.precision = precision;
        last = input;
    }

    /** Appends a layer whose output is of the chain's precision. */
    void append(String name, Layer layer) {
        append(name, layer, precision);
    }

    /** Appends a layer whose output is F32. */
    void appendInF32(String name, Layer layer) {
        append(name, layer, Precision.F32);
    }

    private void append(String name, Layer layer, Precision output) {
        LayerPlan part = plan.child(name);
        Shape shape = layer.allocate(part, last.shape());
        Tensor y = output == Precision.F32 ? part.tensor("y", shape) : part.activation("y", shape);
        links.add(new Link(layer, last, y, null));
        last = y;
    }

    /** The output of the layers so far. */
    Tensor output() {
        return last;
    }

    /** Ends a residual branch: {@code branchInput}, which {@link #output} gave, is added to the output. */
    void addResidual(String name, Tensor branchInput) {
        Tensor y = plan.child(name).activation("sum", last.shape());
        links.add(new Link(null, last, y, branchInput));
        last = y;
    }

    /** Plans the memory of the backward pass, once all layers are there. */
    void close() {
        boolean withHeld = links.stream().anyMatch(link -> link.layer == null);
        gradients = ChainGradients.plan(plan, links.stream().map(Link::y).toList(), withHeld);
    }

    void forward(Mode mode) {
        for (Link link : links) {
            if (link.layer == null) {
                plan.backend().pointwise().add(link.x, requireNonNull(link.skip), link.y);
            } else {
                link.layer.forward(link.x, link.y, mode);
            }
        }
    }

    /** @param dOutput gradient of the last output, left as it is */
    void backward(Tensor dOutput) {
        ChainGradients memory = requireNonNull(gradients);
        memory.begin();
        Tensor dy = dOutput;
        Tensor held = null;
        Tensor branchInput = null;
        for (int i = links.size() - 1; i >= 0; i--) {
            Link link = links.get(i);
            if (link.layer == null) {
                // The gradient of a sum is that of both terms; one of them is needed again where the branch begins.
                held = dy;
                branchInput = link.skip;
                memory.hold();
                continue;
            }
            Tensor dx = null;
            if (link.layer.differentiatesInPlace() && dy != held && dy != dOutput) {
                dx = dy;
            } else if (i > 0) {
                dx = memory.next(link.x);
            }
            link.layer.backward(link.x, link.y, dy, dx);
            if (dx != null) {
                dy = dx;
            }
            if (held != null && link.x == branchInput) {
                plan.backend().pointwise().add(dy, held, dy);
                held = null;
                memory.release();
            }
        }
    }

    List<BatchNorm2d> batchNorms() {
        return links.stream()
                .map(Link::layer)
                .filter(BatchNorm2d.class::isInstance)
                .map(BatchNorm2d.class::cast)
                .toList();
    }
}
