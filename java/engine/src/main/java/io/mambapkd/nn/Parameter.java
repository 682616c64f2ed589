package io.mambapkd.nn;

import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A learned tensor and its gradient, or, where {@link #hasGradient} is false, a buffer such as a running mean. */
public final class Parameter {
    private final String name;
    private final Shape shape;
    private final Decay decay;
    private final boolean learned;
    private Initializer initializer;
    private @Nullable Tensor value;
    private @Nullable Tensor gradient;
    private @Nullable Tensor shadow;
    private boolean computed;

    Parameter(String name, Shape shape, Decay decay, Initializer initializer, boolean learned) {
        this.name = name;
        this.shape = shape;
        this.decay = decay;
        this.initializer = initializer;
        this.learned = learned;
    }

    void bind(Tensor newValue, @Nullable Tensor newGradient) {
        value = newValue;
        gradient = newGradient;
    }

    void bindShadow(Tensor newShadow) {
        shadow = newShadow;
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
        computed = true;
    }

    boolean isComputed() {
        return computed;
    }

    /**
     * The value as a factor of products with activations: {@link #value} itself in {@link Precision#F32}, else a learned value in the type of activations, as of
     * the last {@link Parameters#refresh}. To be announced by {@link #needsCompute}.
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
