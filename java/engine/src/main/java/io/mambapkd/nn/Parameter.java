package io.mambapkd.nn;

import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A learned tensor and its gradient, or, where {@link #hasGradient} is false, a buffer such as a running mean. */
public final class Parameter {
    private final String name;
    private final Shape shape;
    private final Decay decay;
    private final boolean learned;
    private final Conv2dOps.Layout computed;
    private Initializer initializer;
    private @Nullable Tensor value;
    private @Nullable Tensor gradient;
    private @Nullable Tensor shadow;
    private boolean needed;

    /** @param computed layout of what {@link #compute} gives, of a convolution's kernel; of any other tensor the first, which is as it is */
    Parameter(
            String name,
            Shape shape,
            Decay decay,
            Initializer initializer,
            boolean learned,
            Conv2dOps.Layout computed) {
        this.name = name;
        this.computed = computed;
        this.shape = shape;
        this.decay = decay;
        this.initializer = initializer;
        this.learned = learned;
    }

    void bind(Tensor newValue, @Nullable Tensor newGradient) {
        value = newValue;
        gradient = newGradient;
    }

    /** @param ofElements the elements of this parameter in the order of {@link #computeOrder} */
    void bindShadow(Tensor ofElements) {
        int[] extents = shape.toArray();
        shadow = ofElements.reshape(
                isReordered() ? new int[] {extents[0], extents[2], extents[3], extents[1]} : extents);
    }

    /** Whether {@link #compute} has another order of elements than {@link #value}. */
    boolean isReordered() {
        return computed == Conv2dOps.Layout.CHANNELS_LAST;
    }

    /** For each element of what {@link #compute} gives, in order, its index in {@link #value}. */
    int[] computeOrder() {
        int[] order = new int[Math.toIntExact(shape.elements())];
        int channels = isReordered() ? shape.extent(1) : 1;
        int taps = isReordered() ? shape.extent(2) * shape.extent(3) : 1;
        for (int i = 0; i < order.length; i++) {
            order[i] = (i / (taps * channels) * channels + i % channels) * taps + i / channels % taps;
        }
        return order;
    }

    /** Name in the reference's state_dict. */
    public String name() {
        return name;
    }

    public Shape shape() {
        return shape;
    }

    public Decay decay() {
        return decay;
    }

    void initializeBy(Initializer other) {
        initializer = other;
    }

    Initializer initializer() {
        return initializer;
    }

    public boolean hasGradient() {
        return learned;
    }

    /** @throws IllegalStateException before {@link Parameters#seal} */
    public Tensor value() {
        if (value == null) {
            throw new IllegalStateException("parameter " + name + " has no memory yet: its set is not sealed");
        }
        return value;
    }

    /** Says, before {@link Parameters#seal}, that {@link #compute} will be asked for. */
    public void needsCompute() {
        needed = true;
    }

    boolean isComputed() {
        return needed;
    }

    /**
     * The value as a factor of products with activations: {@link #value} itself in {@link Precision#F32}, else a learned value in the type of activations; of a convolution's
     * kernel in the layout that it was declared for. As of the last {@link Parameters#refresh}. To be announced by {@link #needsCompute}.
     *
     * @throws IllegalStateException before {@link Parameters#seal}
     */
    public Tensor compute() {
        return shadow == null ? value() : shadow;
    }

    /** @throws IllegalStateException before {@link Parameters#seal}, or for a buffer */
    public Tensor gradient() {
        if (gradient == null) {
            throw new IllegalStateException(
                    "parameter " + name + (learned ? " has no memory yet: its set is not sealed" : " is a buffer"));
        }
        return gradient;
    }
}
