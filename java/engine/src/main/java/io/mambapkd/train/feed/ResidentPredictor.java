package io.mambapkd.train.feed;

import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Mode;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Replay;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.RunListener;
import java.util.Arrays;

/** Logits of a model on images that lie on the device, mixed into a table that lies there too. */
final class ResidentPredictor implements AutoCloseable {
    private final Backend backend;
    private final Classifier model;
    private final int count;
    private final Tensor group;
    private final ResidentCopyImages images;
    private final RunListener listener;
    private final Arena arena;
    private final Tensor samples;
    private final Tensor copies;
    private final Replay forward;

    /**
     * Takes the images over: closes them.
     *
     * @param count S, how many there are
     * @param group logits (V, S, K) of the group, for a model that reads them
     */
    ResidentPredictor(
            Backend backend,
            Classifier model,
            int count,
            Tensor group,
            ResidentCopyImages images,
            RunListener listener) {
        this.backend = backend;
        this.model = model;
        this.count = count;
        this.group = group;
        this.images = images;
        this.listener = listener;
        int batch = model.logits().shape().extent(0);
        arena = backend.newArena("prediction");
        samples = arena.allocate("samples", DType.I32, Shape.of(batch));
        copies = arena.allocate("copies", DType.I32, Shape.of(batch));
        arena.seal();
        forward = backend.replay(() -> {
            images.gather(copies, samples, model.images());
            model.forward(Mode.INFERENCE);
        });
    }

    /**
     * {@code table[copy] = keep table[copy] + weight logits}. A model that reads the logits of the group gets those of the copy from before.
     *
     * @param table (V, S, K); may be that of the group
     * @throws io.mambapkd.train.RunStopped if the user asks to stop
     */
    void mix(int copy, float keep, float weight, Tensor table) {
        int batch = samples.shape().extent(0);
        int[] ids = new int[batch];
        Arrays.fill(ids, copy);
        backend.upload(ids, copies);
        for (int batchStart = 0; batchStart < count; batchStart += batch) {
            int first = batchStart;
            listener.stopIfAsked("evaluating " + model.name());
            int rows = Math.min(batch, count - first);
            for (int row = 0; row < batch; row++) {
                // The rows past the end of the last batch repeat its last image: valid input, answers not taken.
                ids[row] = Math.min(first + row, count - 1);
            }
            backend.upload(ids, samples);
            model.groupLogits().ifPresent(read -> readGroup(copy, first, rows, read));
            forward.run();
            backend.imagePipeline()
                    .mixRows(
                            model.logits().slices(0, rows),
                            keep,
                            weight,
                            copies.slices(0, rows),
                            samples.slices(0, rows),
                            table);
        }
    }

    /** Copies the group's logits of some images of a copy to the first rows of a batch; the others keep older ones, as answers to them are not taken. */
    private void readGroup(int copy, int first, int rows, Tensor target) {
        int classes = target.shape().last();
        Tensor ofCopy = group.slices(copy, 1).reshape(count, classes);
        backend.copy(ofCopy.slices(first, rows), target.slices(0, rows));
    }

    @Override
    public void close() {
        forward.close();
        images.close();
        arena.close();
    }
}
