package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of a model's weights, of one training step after the other. Between {@link #begin} and {@link #end} operations add to parts of one flat buffer, the same operations in
 * the same order in each step; what lies there in between is not said, as a backend may add up all of it at the end.
 */
public interface GradientAssembly extends AutoCloseable {
    /** Forgets the gradients of the step before, and takes over from another assembly that has begun and did not end. */
    void begin();

    /**
     * Completes the gradients. Then does what {@link OptimizerOps#gradientNorm} does with them.
     *
     * @throws IllegalStateException if it did not begin, or the operations were others than in the first step
     */
    void end(double maximum, Tensor norm, Tensor factor, OptimizerOps.@Nullable Books books);

    @Override
    void close();

    /**
     * The assembly of a backend whose operations add to the gradients at once.
     *
     * @param gradients (n), all of them, with anything between them
     */
    static GradientAssembly atOnce(Backend backend, Tensor gradients) {
        return new GradientAssembly() {
            @Override
            public void begin() {
                backend.zero(gradients);
            }

            @Override
            public void end(double maximum, Tensor norm, Tensor factor, OptimizerOps.@Nullable Books books) {
                backend.optimizer().gradientNorm(maximum, gradients, norm, factor, books);
            }

            @Override
            public void close() {}
        };
    }
}
