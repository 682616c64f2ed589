package io.mambapkd.bench.cpu;

import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Decay;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** First values of a parameter or buffer, on their way to another engine. */
public final class Weight {
    private final String name;
    private final Shape shape;
    private final float[] values;
    private final @Nullable Decay group;

    /**
     * @param name the name in the reference's state_dict
     * @param values row-major, not copied
     * @param group of parameters, or null for a buffer, which is not learned
     */
    public Weight(String name, Shape shape, float[] values, @Nullable Decay group) {
        this.name = name;
        this.shape = shape;
        this.values = values;
        this.group = group;
    }

    /** Everything that a checkpoint of the model would hold. */
    static List<Weight> of(Classifier model, Backend backend) {
        return model.parameters().all().stream()
                .map(parameter -> new Weight(
                        parameter.name(),
                        parameter.shape(),
                        backend.download(parameter.value()),
                        parameter.hasGradient() ? parameter.decay() : null))
                .toList();
    }

    public String name() {
        return name;
    }

    public Shape shape() {
        return shape;
    }

    /** Row-major; the array itself. */
    public float[] values() {
        return values;
    }

    /** Empty for a buffer, which is not learned. */
    public Optional<Decay> group() {
        return Optional.ofNullable(group);
    }
}
