package io.mambapkd.train.feed;

import io.mambapkd.data.SampleOrder;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/** Which samples a step sees, drawn on the device: {@link SampleOrder}, from a step that lies there. */
final class ResidentOrder implements AutoCloseable {
    private final Backend backend;
    private final SampleOrder order;
    private final int firstEpoch;
    private final Arena arena;
    private final Tensor samples;
    private final Tensor epoch;

    /** @param firstEpoch what step 0 belongs to, for the random draws */
    ResidentOrder(Backend backend, SampleOrder order, int firstEpoch) {
        this.backend = backend;
        this.order = order;
        this.firstEpoch = firstEpoch;
        arena = backend.newArena("sample order");
        samples = arena.allocate("samples", DType.I32, Shape.of(order.batch()));
        epoch = arena.allocate("epoch", DType.I32, Shape.of(1));
        arena.seal();
    }

    int stepsPerEpoch() {
        return order.stepsPerEpoch();
    }

    int batch() {
        return order.batch();
    }

    /** Sample ids (B) I32 of the step that {@link #draw} was last given. */
    Tensor samples() {
        return samples;
    }

    /** Its epoch (1) I32. */
    Tensor epoch() {
        return epoch;
    }

    /** @param step (1) I32 */
    void draw(Tensor step) {
        backend.imagePipeline().sampleOrder(order.count(), order.seed(), firstEpoch, step, samples, epoch);
    }

    @Override
    public void close() {
        arena.close();
    }
}
