package io.mambapkd.train.feed;

import io.mambapkd.data.SampleOrder;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Which samples, and which copies of them, a step sees, drawn on the device: {@link SampleOrder}, from a step that lies there. */
final class ResidentOrder implements AutoCloseable {
    private final Backend backend;
    private final SampleOrder order;
    private final ImagePipelineOps.Draw draw;
    private final Arena arena;
    private final Tensor samples;
    private final Tensor epoch;
    private final @Nullable Tensor copies;

    /**
     * @param copies number of copies to choose from
     * @param firstEpoch what step 0 belongs to, for the random draws
     */
    ResidentOrder(Backend backend, SampleOrder order, int copies, int firstEpoch) {
        this.backend = backend;
        this.order = order;
        draw = new ImagePipelineOps.Draw(copies, order.seed(), firstEpoch);
        arena = backend.newArena("sample order");
        samples = arena.allocate("samples", DType.I32, Shape.of(order.batch()));
        epoch = arena.allocate("epoch", DType.I32, Shape.of(1));
        this.copies = copies == 1 ? null : arena.allocate("copies", DType.I32, Shape.of(order.batch()));
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

    /** The copies (B) I32 of these samples, or null where there is one copy. */
    @Nullable
    Tensor copies() {
        return copies;
    }

    /** Its epoch (1) I32. */
    Tensor epoch() {
        return epoch;
    }

    /** Draws the samples of a step, and fills a batch with all of theirs that the tables have. */
    void draw(ImagePipelineOps.Tables tables, BatchInputs to) {
        backend.imagePipeline()
                .drawBatch(
                        draw,
                        to.step(),
                        tables,
                        new ImagePipelineOps.Batch(
                                samples, copies, epoch, to.labels(), to.teacher(), to.ensemble(), to.weights()));
    }

    @Override
    public void close() {
        arena.close();
    }
}
