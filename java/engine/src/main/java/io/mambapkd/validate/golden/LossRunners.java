package io.mambapkd.validate.golden;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.LearningRateSchedule;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Runners of the loss and of the schedule. */
final class LossRunners {
    private LossRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("distill_loss", LossRunners::loss);
        runners.put("cosine_schedule", LossRunners::cosineSchedule);
    }

    private static void loss(GoldenTensors tensors, GoldenCase golden) {
        boolean ensemble = golden.option("ensemble").asBoolean();
        int[] shape = golden.shape("student_logits");
        Tensor gradient = tensors.zeros(shape);
        Tensor combined = tensors.zeros(shape);
        Tensor statistics = tensors.zeros(DistillationLossOps.STATISTICS);
        var options = new DistillationLossOps.Options(
                golden.option("alpha").asDouble(),
                golden.option("temperature").asDouble(),
                0,
                1,
                ensemble ? golden.doubles("weight")[0] : 1);
        var inputs = new DistillationLossOps.Inputs(
                tensors.plain("student_logits"),
                ensemble ? tensors.plain("ensemble_logits") : null,
                tensors.plain("teacher_logits"),
                tensors.integers("labels"),
                null,
                shape[0]);
        tensors.backend().distillationLoss().lossAndGradient(options, inputs, gradient, combined, statistics);
        float[] values = tensors.backend().download(statistics);
        tensors.put("loss", values[0]);
        tensors.put("ce", values[1]);
        tensors.put("kl", values[2]);
        tensors.put("dweight", values[4]);
        tensors.putPlain("dstudent_logits", gradient);
        tensors.putPlain("combined_logits", combined);
    }

    private static void cosineSchedule(GoldenTensors tensors, GoldenCase golden) {
        LearningRateSchedule schedule = LearningRateSchedule.cosine(
                golden.option("base_lr").asDouble(),
                golden.option("min_lr_fraction").asDouble(),
                golden.option("warmup_steps").asLong(),
                golden.option("total_steps").asLong());
        double[] steps = golden.doubles("step");
        float[] rates = new float[steps.length];
        for (int i = 0; i < rates.length; i++) {
            rates[i] = (float) schedule.at((long) steps[i]);
        }
        tensors.put("lr", rates);
    }
}
