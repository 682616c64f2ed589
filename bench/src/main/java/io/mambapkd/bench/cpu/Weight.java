package io.mambapkd.bench.cpu;

import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Shape;
import java.util.List;

/** First values of a parameter or buffer, on their way to another engine. */
public final class Weight {
    private final String name;
    private final Shape shape;
    private final float[] values;
    private final Role role;

    /** How a tensor is trained. */
    public enum Role {
        /** Learned, with weight decay. */
        DECAYED,
        /** Learned, without weight decay. */
        UNDECAYED,
        /** Not learned. */
        BUFFER
    }

    /**
     * @param name the name in the reference's state_dict
     * @param values row-major, not copied
     */
    public Weight(String name, Shape shape, float[] values, Role role) {
        this.name = name;
        this.shape = shape;
        this.values = values;
        this.role = role;
    }

    /** Everything that a checkpoint of the model would hold. */
    static List<Weight> of(Classifier model, Backend backend) {
        return model.parameters().all().stream()
                .map(parameter -> new Weight(
                        parameter.name(), parameter.shape(), backend.download(parameter.value()), role(parameter)))
                .toList();
    }

    private static Role role(Parameter parameter) {
        if (!parameter.hasGradient()) {
            return Role.BUFFER;
        }
        return parameter.decay() == Decay.YES ? Role.DECAYED : Role.UNDECAYED;
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

    public Role role() {
        return role;
    }
}
