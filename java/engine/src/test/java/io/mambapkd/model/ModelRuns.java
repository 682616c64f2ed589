package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.AdamW;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Steps of a model on images that tell their class, for comparisons of two precisions. */
final class ModelRuns {
    private ModelRuns() {}

    /** First parameters, and images of which a class has the brightest part. */
    static <T extends Classifier> T prepare(Backend backend, T model) {
        model.parameters().initialise(1, 0);
        int batch = model.images().shape().extent(0);
        int classes = model.logits().shape().last();
        float[] values = random(1, Math.toIntExact(model.images().shape().elements()));
        int pixels = values.length / batch;
        for (int i = 0; i < values.length; i++) {
            values[i] += i / pixels % classes == i % pixels * classes / pixels ? 1 : 0;
        }
        backend.upload(values, model.images());
        return model;
    }

    private static float[] random(int stream, int count) {
        CounterRandom random = new CounterRandom(17, Purpose.TEST_INPUT);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.uniform(stream, i, 0, -1, 1);
        }
        return values;
    }

    /** Logits in both modes, gradients and statistics for a random gradient of the logits. */
    static Map<String, float[]> passes(Backend backend, Classifier model) {
        Map<String, float[]> results = new LinkedHashMap<>();
        int logits = Math.toIntExact(model.logits().shape().elements());
        backend.upload(random(2, logits), model.dLogits());
        model.forward(Mode.TRAINING);
        results.put("logits in training", backend.download(model.logits()));
        model.backward();
        for (Parameter parameter : model.parameters().all()) {
            if (parameter.hasGradient()) {
                results.put("gradient of " + parameter.name(), backend.download(parameter.gradient()));
            } else {
                results.put(parameter.name(), backend.download(parameter.value()));
            }
        }
        model.forward(Mode.INFERENCE);
        results.put("logits", backend.download(model.logits()));
        return results;
    }

    /** The norm of the difference by the norm. */
    static double distance(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            difference += Math.pow((double) actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    /** The loss of each of some steps of AdamW on one batch. */
    static double[] losses(Backend backend, Classifier model, int steps) {
        double[] losses = new double[steps];
        int batch = model.logits().shape().extent(0);
        int classes = model.logits().shape().last();
        try (Arena arena = backend.newArena("step");
                AdamW optimizer = new AdamW(backend, model.parameters(), 0.9, 0.99, 0.01, steps, k -> 1e-2)) {
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(batch));
            Tensor statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
            arena.seal();
            int[] expected = new int[batch];
            for (int i = 0; i < batch; i++) {
                expected[i] = i % classes;
            }
            backend.upload(expected, labels);
            DistillationLossOps.Inputs inputs =
                    new DistillationLossOps.Inputs(model.logits(), null, null, labels, null, batch);
            for (int i = 0; i < steps; i++) {
                backend.upload(new int[] {i}, model.step());
                model.forward(Mode.TRAINING);
                backend.distillationLoss()
                        .lossAndGradient(
                                DistillationLossOps.Options.crossEntropy(0), inputs, model.dLogits(), null, statistics);
                backend.zero(
                        model.parameters().flatGradients(0, model.parameters().flatElements()));
                model.backward();
                backend.upload(new int[] {i + 1}, model.step());
                optimizer.update(model.step(), null, null);
                losses[i] = backend.download(statistics)[0];
            }
        }
        return losses;
    }
}
