package io.mambapkd.nn;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The learned tensors of one model in one flat buffer, gradients in another of the same layout, buffers in a third. Parameters lie in the order of their groups
 * ({@link Decay}), those with weight decay first, so that an optimizer needs one call, whatever the number of parameters. All of them are F32; a model of another {@link Precision}
 * whose layers ask for it has a copy of the learned values in its type of activations, of the same layout, which {@link #refresh} makes; so has a model with kernels that its backend reads in
 * another layout, which they have in the copy.
 */
public final class Parameters implements AutoCloseable {
    private final Backend backend;
    private final Precision precision;
    private final List<Parameter> declared = new ArrayList<>();
    private final Arena values;
    private final Arena gradients;
    private final Arena buffers;
    private final Arena fixed;
    private final Arena shadows;
    private final List<Constant> constants = new ArrayList<>();
    private final Map<Decay, Long> ends = new EnumMap<>(Decay.class);
    private @Nullable Tensor shadow;
    /** (elements of the shadow) I32: where each is among the values; null where all are in the same place. */
    private @Nullable Tensor order;

    private boolean sealed;

    /** Of a model in {@link Precision#F32}. */
    public Parameters(Backend backend, String model) {
        this(backend, model, Precision.F32);
    }

    /** @param precision of the activations that the parameters meet */
    public Parameters(Backend backend, String model, Precision precision) {
        this.backend = backend;
        this.precision = precision;
        this.values = backend.newArena(model + " parameters", Arena.Layout.FLAT);
        this.gradients = backend.newArena(model + " gradients", Arena.Layout.FLAT);
        this.buffers = backend.newArena(model + " buffers", Arena.Layout.FLAT);
        this.fixed = backend.newArena(model + " constants");
        this.shadows = backend.newArena(model + " parameters in " + precision.activations(), Arena.Layout.FLAT);
    }

    public Precision precision() {
        return precision;
    }

    /** Declares a learned tensor under its full name. */
    public Parameter declare(String name, Decay decay, Initializer initializer, int... extents) {
        return add(new Parameter(name, Shape.of(extents), decay, initializer, true, Conv2dOps.Layout.CHANNELS_FIRST));
    }

    /**
     * Declares the learned kernel of a convolution.
     *
     * @param computed layout of what {@link Parameter#compute} gives
     * @param extents (Cout, Cin, k, k), in whose order it is learned and saved
     */
    Parameter declareKernel(
            String name, Decay decay, Initializer initializer, Conv2dOps.Layout computed, int... extents) {
        return add(new Parameter(name, Shape.of(extents), decay, initializer, true, computed));
    }

    /** Declares a tensor that is saved with the model but not learned. */
    public Parameter declareBuffer(String name, Initializer initializer, int... extents) {
        return add(
                new Parameter(name, Shape.of(extents), Decay.NO, initializer, false, Conv2dOps.Layout.CHANNELS_FIRST));
    }

    /** Declares a vector of one value that is neither learned nor saved. It has memory, and its value, once the set is sealed. */
    Constant declareConstant(String name, float value, int elements) {
        float[] values = new float[elements];
        Arrays.fill(values, value);
        return declareConstant(name, values, elements);
    }

    /** The same of a tensor of given values. */
    Constant declareConstant(String name, float[] values, int... extents) {
        Constant constant = new Constant(fixed.allocate(name, extents), values);
        constants.add(constant);
        return constant;
    }

    /**
     * A tensor that nothing changes.
     *
     * @param tensor of the values
     * @param values in its order
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Constant(Tensor tensor, float[] values) {}

    /**
     * Changes how a declared tensor gets its first values.
     *
     * @param name full name
     * @param change from the old initializer to the new one
     */
    public void changeInitializer(String name, UnaryOperator<Initializer> change) {
        for (Parameter parameter : declared) {
            if (parameter.name().equals(name)) {
                parameter.initializeBy(change.apply(parameter.initializer()));
                return;
            }
        }
        throw new IllegalArgumentException("no parameter " + name + " was declared");
    }

    private Parameter add(Parameter parameter) {
        if (sealed) {
            throw new IllegalStateException("parameter " + parameter.name() + " was declared after the set was sealed");
        }
        if (declared.stream().anyMatch(other -> other.name().equals(parameter.name()))) {
            throw new IllegalArgumentException("parameter " + parameter.name() + " was declared twice");
        }
        declared.add(parameter);
        return parameter;
    }

    /** Allocates everything declared. */
    public void seal() {
        sealed = true;
        for (Decay group : Decay.values()) {
            allocate(group);
            ends.put(group, values.planned(DType.F32));
        }
        for (Parameter parameter : declared) {
            if (!parameter.hasGradient()) {
                parameter.bind(buffers.allocate(parameter.name(), DType.F32, parameter.shape()), null);
            }
        }
        boolean reordered = declared.stream().anyMatch(Parameter::isReordered);
        boolean narrow = precision != Precision.F32 && declared.stream().anyMatch(Parameter::isComputed);
        if (reordered || narrow) {
            allocateShadows(reordered);
        }
        values.seal();
        gradients.seal();
        buffers.seal();
        shadows.seal();
        fixed.seal();
        for (Constant constant : constants) {
            backend.upload(constant.values(), constant.tensor());
        }
        if (order != null) {
            backend.upload(computeOrder(), order);
        }
    }

    private void allocateShadows(boolean reordered) {
        Tensor all = shadows.allocate("values", precision.activations(), Shape.of(Math.toIntExact(flatElements())));
        for (Parameter parameter : declared) {
            if (parameter.hasGradient() && (precision != Precision.F32 || parameter.isReordered())) {
                int first = Math.toIntExact(parameter.value().offset());
                int elements = Math.toIntExact(parameter.shape().elements());
                parameter.bindShadow(all.slices(first, elements));
            }
        }
        shadow = all;
        if (reordered) {
            order = fixed.allocate("order", DType.I32, Shape.of(Math.toIntExact(flatElements())));
        }
    }

    /** Makes what {@link Parameter#compute} gives follow the values: what a model's forward pass begins with. Nothing to do where no layer asks for another type or layout. */
    public void refresh() {
        if (shadow != null) {
            Tensor all = flatValues(0, flatElements());
            if (order == null) {
                backend.pointwise().convert(all, shadow);
            } else {
                backend.pointwise().gather(all, order, shadow);
            }
        }
    }

    private int[] computeOrder() {
        int[] all = new int[Math.toIntExact(flatElements())];
        // Gaps between parameters.
        Arrays.setAll(all, i -> i);
        for (Parameter parameter : declared) {
            if (parameter.hasGradient()) {
                int first = Math.toIntExact(parameter.value().offset());
                int[] own = parameter.computeOrder();
                for (int i = 0; i < own.length; i++) {
                    all[first + i] = first + own[i];
                }
            }
        }
        return all;
    }

    private void allocate(Decay decay) {
        for (Parameter parameter : declared) {
            if (parameter.hasGradient() && parameter.decay() == decay) {
                parameter.bind(
                        values.allocate(parameter.name(), DType.F32, parameter.shape()),
                        gradients.allocate("d " + parameter.name(), DType.F32, parameter.shape()));
            }
        }
    }

    /**
     * Gives every tensor its first values.
     *
     * @param model tells the models of one run apart: two with the same structure start differently
     */
    public void initialise(long seed, int model) {
        CounterRandom random = new CounterRandom(seed, Purpose.INITIALISATION);
        for (Parameter parameter : declared) {
            Initializer.Draws draws = new Initializer.Draws(random, model, hash(parameter.name()));
            backend.upload(parameter.initializer().values(parameter.shape(), draws), parameter.value());
        }
    }

    /** Everything that a checkpoint holds, in the order of declaration. */
    public List<Parameter> all() {
        return List.copyOf(declared);
    }

    /** Number of learned values. */
    public long count() {
        return declared.stream()
                .filter(Parameter::hasGradient)
                .mapToLong(parameter -> parameter.shape().elements())
                .sum();
    }

    /** Elements of the flat buffers, gaps included; the first {@link #decayedElements} are those with weight decay. */
    public long flatElements() {
        return values.planned(DType.F32);
    }

    public long decayedElements() {
        return end(Decay.YES);
    }

    /**
     * Where a group ends in the flat buffers, exclusive; it begins where the one before it ends.
     *
     * @throws IllegalStateException before {@link #seal}
     */
    public long end(Decay group) {
        Long end = ends.get(group);
        if (end == null) {
            throw new IllegalStateException("the parameters have no places yet: their set is not sealed");
        }
        return end;
    }

    /** All buffers as one vector; empty where there are none. */
    public Optional<Tensor> flatBuffers() {
        long elements = buffers.planned(DType.F32);
        return elements == 0 ? Optional.empty() : Optional.of(buffers.flat(DType.F32, 0, elements));
    }

    /** A range of all learned values as one vector. */
    public Tensor flatValues(long from, long to) {
        return values.flat(DType.F32, from, to);
    }

    /** A range of all gradients as one vector. */
    public Tensor flatGradients(long from, long to) {
        return gradients.flat(DType.F32, from, to);
    }

    /** FNV-1a, 64 bits. */
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    @Override
    public void close() {
        values.close();
        gradients.close();
        buffers.close();
        shadows.close();
        fixed.close();
    }
}
