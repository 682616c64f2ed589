package io.mambapkd.bench.cpu;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * What a step does apart from the model: one batch that every step repeats, the loss, the optimizer.
 *
 * @param batch B
 * @param image H, W, C
 * @param classes K
 * @param loss as in {@link DistillationLossOps}
 * @param update the optimizer
 * @param clip largest global norm of the gradient, or empty for no clipping
 */
public record Workload(
        int batch,
        ImageShape image,
        int classes,
        DistillationLossOps.Options loss,
        Update update,
        OptionalDouble clip) {
    static final ImageShape MNIST = new ImageShape(28, 28, 1);
    private static final int CLASSES = 10;

    /** The teacher's step of the MNIST runs: smoothed cross entropy, no clipping. */
    static Workload teacher(int batch) {
        return teacher(batch, MNIST, 0.05, adamW(0.02));
    }

    /** A teacher's step: smoothed cross entropy, no clipping. */
    static Workload teacher(int batch, ImageShape image, double labelSmoothing, Update update) {
        return new Workload(
                batch,
                image,
                CLASSES,
                DistillationLossOps.Options.crossEntropy(labelSmoothing),
                update,
                OptionalDouble.empty());
    }

    /** A student's step of the MNIST runs, with a frozen ensemble before it. */
    static Workload student(int batch) {
        return new Workload(
                batch,
                MNIST,
                CLASSES,
                new DistillationLossOps.Options(0.1, 2, 0, 0.5, 0.5),
                adamW(0.01),
                OptionalDouble.of(1));
    }

    /** AdamW as all runs have it. */
    static Update adamW(double weightDecay) {
        return new Update.AdamW(new OptimizerOps.AdamW(0.9, 0.99, 1e-8, weightDecay), 1e-3);
    }

    /** Images (B, H, W, C), standard normal. */
    public float[] images() {
        return normals(1, batch * image.elements(), 1);
    }

    /** Labels (B): every class in turn. */
    public int[] labels() {
        return IntStream.range(0, batch).map(i -> i % classes).toArray();
    }

    /** The teacher's logits (B, K); the loss needs them where its alpha is below 1. */
    public float[] teacherLogits() {
        return normals(2, batch * classes, 3);
    }

    /** The frozen ensemble's logits (B, K); the loss needs them where its ensembleWeight is not 0. */
    public float[] ensembleLogits() {
        return normals(3, batch * classes, 3);
    }

    private static float[] normals(long which, int count, float scale) {
        CounterRandom random = new CounterRandom(1, Purpose.TEST_INPUT);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = scale * random.normal(0, which, i);
        }
        return values;
    }
}
