package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.mambapkd.bench.cpu.Update;
import io.mambapkd.bench.cpu.Weight;
import io.mambapkd.nn.Decay;
import io.mambapkd.ops.OptimizerOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parameters in one flat leaf tensor for each group that an optimizer treats alike; a model sees views of them. Flat leaves make the optimizer a few calls
 * where one leaf per parameter would make it dozens: the fastest way found. AdamW is DJL's native one; SGD with Nesterov momentum, which DJL lacks,
 * is in-place operations on the flat tensors.
 */
final class DjlParameters {
    /**
     * The tensors of one step, by name.
     *
     * @param byName F32
     * @param asFactors those with weight decay, and buffers, as factors of products
     * @param conversions to the type of the factors; null where that is F32
     */
    record Views(
            Map<String, NDArray> byName,
            Map<String, NDArray> asFactors,
            @Nullable DjlConversions conversions) {
        NDArray get(String name) {
            NDArray view = byName.get(name);
            if (view == null) {
                throw new IllegalArgumentException(
                        "the PyTorch peer expects a weight named " + name + ", got " + byName.keySet());
            }
            return view;
        }

        /** A parameter in the type of the factors of products, as autocast would convert it. */
        NDArray factor(String name) {
            NDArray converted = asFactors.get(name);
            return converted == null ? convert(get(name)) : converted;
        }

        /** Activations in the type of the factors. */
        NDArray convert(NDArray values) {
            return conversions == null ? values : conversions.toBfloat16(values);
        }

        /** Results in F32. */
        NDArray revert(NDArray values) {
            return conversions == null ? values : conversions.toFloat32(values);
        }
    }

    private static final class Leaf {
        private final Decay group;
        private final List<Weight> weights;
        private final NDArray values;
        private final NDArray first;
        private final NDArray second;

        Leaf(NDManager manager, Decay group, List<Weight> weights, Update update) {
            this.group = group;
            this.weights = weights;
            values = manager.create(concatenate(weights));
            values.setRequiresGradient(true);
            first = manager.zeros(values.getShape());
            second = update instanceof Update.AdamW ? manager.zeros(values.getShape()) : first;
        }

        private static float[] concatenate(List<Weight> weights) {
            float[] flat =
                    new float[weights.stream().mapToInt(w -> w.values().length).sum()];
            int at = 0;
            for (Weight weight : weights) {
                System.arraycopy(weight.values(), 0, flat, at, weight.values().length);
                at += weight.values().length;
            }
            return flat;
        }

        /** The group in F32, and, where factors are of another type and the group has them, converted in one piece. */
        void views(
                NDManager step,
                @Nullable DjlConversions conversions,
                Map<String, NDArray> byName,
                Map<String, NDArray> asFactors) {
            if (conversions != null && group == Decay.YES) {
                NDArray converted = conversions.toBfloat16(values);
                converted.attach(step);
                split(converted, step, asFactors);
            } else {
                split(values, step, byName);
            }
        }

        private void split(NDArray all, NDManager step, Map<String, NDArray> target) {
            long[] borders = new long[weights.size() - 1];
            long at = 0;
            for (int i = 0; i < borders.length; i++) {
                at += weights.get(i).values().length;
                borders[i] = at;
            }
            // Of one part DJL gives the array itself, which must not go with the step.
            NDList parts = borders.length == 0 ? new NDList(all.reshape(all.getShape())) : all.split(borders, 0);
            for (int i = 0; i < weights.size(); i++) {
                NDArray part = parts.get(i);
                part.attach(step);
                target.put(weights.get(i).name(), part.reshape(shape(weights.get(i))));
            }
        }
    }

    private final Update update;
    private final int batch;
    private final @Nullable DjlConversions conversions;
    private final List<Leaf> leaves = new ArrayList<>();
    private final Map<String, NDArray> buffers = new HashMap<>();
    private int steps;

    /**
     * @param batch images of a step
     * @param conversions to the type of the factors of products; null where that is F32
     */
    DjlParameters(
            NDManager manager, List<Weight> weights, Update update, int batch, @Nullable DjlConversions conversions) {
        this.update = update;
        this.batch = batch;
        this.conversions = conversions;
        for (Decay group : Decay.values()) {
            List<Weight> members = weights.stream()
                    .filter(w -> w.group().filter(group::equals).isPresent())
                    .toList();
            if (!members.isEmpty()) {
                leaves.add(new Leaf(manager, group, members, update));
            }
        }
        for (Weight weight : weights) {
            if (weight.group().isEmpty()) {
                buffers.put(weight.name(), manager.create(weight.values(), shape(weight)));
            }
        }
    }

    private static Shape shape(Weight weight) {
        return new Shape(Arrays.stream(weight.shape().toArray()).asLongStream().toArray());
    }

    /** Views for one forward pass, attached to {@code step}. */
    Views views(NDManager step) {
        Map<String, NDArray> byName = new HashMap<>(buffers);
        Map<String, NDArray> asFactors = new HashMap<>();
        for (Leaf leaf : leaves) {
            leaf.views(step, conversions, byName, asFactors);
        }
        return new Views(byName, asFactors, conversions);
    }

    /** Euclidean norm of all gradients. */
    double gradientNorm(NDManager step) {
        double squares = 0;
        for (Leaf leaf : leaves) {
            try (NDArray gradient = leaf.values.getGradient()) {
                gradient.attach(step);
                squares += gradient.square().sum().getFloat();
            }
        }
        return Math.sqrt(squares);
    }

    /** One step of the optimizer on the gradients times {@code scale}, then zero gradients. */
    void update(NDManager step, double scale) {
        steps++;
        for (Leaf leaf : leaves) {
            try (NDArray gradient = leaf.values.getGradient()) {
                gradient.attach(step);
                if (update instanceof Update.AdamW adamW) {
                    adamW(adamW, leaf, gradient, scale);
                } else if (update instanceof Update.Sgd sgd) {
                    nesterov(sgd, leaf, gradient);
                }
            }
        }
    }

    private void adamW(Update.AdamW adamW, Leaf leaf, NDArray gradient, double scale) {
        OptimizerOps.AdamW options = adamW.options();
        double correction1 = 1 - Math.pow(options.beta1(), steps);
        double correction2 = Math.sqrt(1 - Math.pow(options.beta2(), steps));
        // DJL folds both corrections into the rate; epsilon must follow, or it would weigh more in the first
        // steps.
        leaf.values
                .getNDArrayInternal()
                .adamUpdate(
                        new NDList(leaf.values, gradient, leaf.first, leaf.second),
                        new NDList(leaf.values),
                        (float) adamW.learningRate(),
                        (float) (adamW.learningRate() * correction2 / correction1),
                        (float) (leaf.group == Decay.YES ? options.weightDecay() : 0),
                        (float) scale,
                        -1f,
                        (float) options.beta1(),
                        (float) options.beta2(),
                        (float) (options.epsilon() * correction2),
                        true,
                        true);
    }

    /** PyTorch's SGD with Nesterov momentum: g += decay p; m = momentum m + g; p -= rate (g + momentum m). */
    private void nesterov(Update.Sgd sgd, Leaf leaf, NDArray gradient) {
        double decay = sgd.weightDecay(leaf.group);
        float momentum = (float) sgd.options().momentum();
        if (decay != 0) {
            try (NDArray pull = leaf.values.mul((float) decay)) {
                gradient.addi(pull);
            }
        }
        leaf.first.muli(momentum).addi(gradient);
        try (NDArray ahead = leaf.first.mul(momentum)) {
            gradient.addi(ahead).muli((float) sgd.rate(leaf.group, batch));
        }
        leaf.values.subi(gradient);
        gradient.muli(0f);
    }
}
