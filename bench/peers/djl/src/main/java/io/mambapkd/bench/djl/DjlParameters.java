package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.mambapkd.bench.cpu.Weight;
import io.mambapkd.ops.OptimizerOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters in two flat leaf tensors, with and without weight decay; a model sees views of them. Flat leaves make the optimizer two calls
 * of DJL's native AdamW where one leaf per parameter would make it dozens: the fastest way found.
 */
final class DjlParameters {
    /** The tensors of one step, by name. */
    record Views(Map<String, NDArray> byName) {
        NDArray get(String name) {
            NDArray view = byName.get(name);
            if (view == null) {
                throw new IllegalArgumentException(
                        "the PyTorch peer expects a weight named " + name + ", got " + byName.keySet());
            }
            return view;
        }
    }

    private static final class Leaf {
        private final List<Weight> weights;
        private final NDArray values;
        private final NDArray m;
        private final NDArray v;
        private final double weightDecay;

        Leaf(NDManager manager, List<Weight> weights, double weightDecay) {
            this.weights = weights;
            this.weightDecay = weightDecay;
            values = manager.create(concatenate(weights));
            values.setRequiresGradient(true);
            m = manager.zeros(values.getShape());
            v = manager.zeros(values.getShape());
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

        void views(NDManager step, Map<String, NDArray> target) {
            long[] borders = new long[weights.size() - 1];
            long at = 0;
            for (int i = 0; i < borders.length; i++) {
                at += weights.get(i).values().length;
                borders[i] = at;
            }
            NDList parts = values.split(borders, 0);
            for (int i = 0; i < weights.size(); i++) {
                NDArray part = parts.get(i);
                part.attach(step);
                target.put(weights.get(i).name(), part.reshape(shape(weights.get(i))));
            }
        }
    }

    private final OptimizerOps.AdamW options;
    private final List<Leaf> leaves = new ArrayList<>();
    private final Map<String, NDArray> buffers = new HashMap<>();
    private int steps;

    DjlParameters(NDManager manager, List<Weight> weights, OptimizerOps.AdamW options) {
        this.options = options;
        for (Weight.Role role : List.of(Weight.Role.DECAYED, Weight.Role.UNDECAYED)) {
            List<Weight> members =
                    weights.stream().filter(w -> w.role() == role).toList();
            leaves.add(new Leaf(manager, members, role == Weight.Role.DECAYED ? options.weightDecay() : 0));
        }
        for (Weight weight : weights) {
            if (weight.role() == Weight.Role.BUFFER) {
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
        for (Leaf leaf : leaves) {
            leaf.views(step, byName);
        }
        return new Views(byName);
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

    /** One step of AdamW on the gradients times {@code scale}, then zero gradients. */
    void update(double learningRate, double scale) {
        steps++;
        double correction1 = 1 - Math.pow(options.beta1(), steps);
        double correction2 = Math.sqrt(1 - Math.pow(options.beta2(), steps));
        for (Leaf leaf : leaves) {
            try (NDArray gradient = leaf.values.getGradient()) {
                // DJL folds both corrections into the rate; epsilon must follow, or it would weigh more in the first
                // steps.
                leaf.values
                        .getNDArrayInternal()
                        .adamUpdate(
                                new NDList(leaf.values, gradient, leaf.m, leaf.v),
                                new NDList(leaf.values),
                                (float) learningRate,
                                (float) (learningRate * correction2 / correction1),
                                (float) leaf.weightDecay,
                                (float) scale,
                                -1f,
                                (float) options.beta1(),
                                (float) options.beta2(),
                                (float) (options.epsilon() * correction2),
                                true,
                                true);
            }
        }
    }
}
