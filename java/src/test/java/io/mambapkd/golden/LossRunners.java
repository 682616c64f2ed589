package io.mambapkd.golden;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.optim.LearningRateSchedule;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/** Runners of the loss, the optimizers and the schedule. */
final class LossRunners {
    private LossRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("distill_loss", LossRunners::loss);
        runners.put("adamw", LossRunners::adamW);
        runners.put("sgd_nesterov", LossRunners::sgd);
        runners.put("cosine_schedule", LossRunners::cosineSchedule);
    }

    private static Map<String, float[]> loss(Backend backend, GoldenCase golden) {
        boolean ensemble = golden.options().get("ensemble").asBoolean();
        int rows = golden.shape("student_logits")[0];
        int classes = golden.shape("student_logits")[1];
        try (Arena arena = backend.newArena("loss")) {
            Tensor student = arena.allocate("student", rows, classes);
            Tensor teacher = arena.allocate("teacher", rows, classes);
            Tensor group = arena.allocate("ensemble", rows, classes);
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(rows));
            Tensor gradient = arena.allocate("gradient", rows, classes);
            Tensor combined = arena.allocate("combined", rows, classes);
            Tensor statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
            arena.seal();
            backend.upload(golden.floats("student_logits"), student);
            backend.upload(golden.floats("teacher_logits"), teacher);
            int[] classOf = new int[rows];
            for (int i = 0; i < rows; i++) {
                classOf[i] = (int) golden.doubles("labels")[i];
            }
            backend.upload(classOf, labels);
            if (ensemble) {
                backend.upload(golden.floats("ensemble_logits"), group);
            }
            double weight = ensemble ? golden.doubles("weight")[0] : 1;
            var options = new DistillationLossOps.Options(
                    golden.options().get("alpha").asDouble(),
                    golden.options().get("temperature").asDouble(),
                    0,
                    1,
                    weight);
            var inputs = new DistillationLossOps.Inputs(student, ensemble ? group : null, teacher, labels, null, rows);
            backend.distillationLoss().lossAndGradient(options, inputs, gradient, combined, statistics);
            float[] values = backend.download(statistics);
            Map<String, float[]> results = new HashMap<>();
            results.put("loss", new float[] {values[0]});
            results.put("ce", new float[] {values[1]});
            results.put("kl", new float[] {values[2]});
            results.put("dweight", new float[] {values[4]});
            results.put("dstudent_logits", backend.download(gradient));
            results.put("combined_logits", backend.download(combined));
            return results;
        }
    }

    /** Parameters, gradients and two states, and what every step leaves behind. */
    private static final class Steps implements AutoCloseable {
        private final Backend backend;
        private final GoldenCase golden;
        private final Arena arena;
        private final Tensor parameters;
        private final Tensor gradients;
        private final Tensor first;
        private final Tensor second;
        private final Tensor schedule;
        private final int size;

        Steps(Backend backend, GoldenCase golden) {
            this.backend = backend;
            this.golden = golden;
            size = golden.doubles("param_init").length;
            arena = backend.newArena("optimizer");
            parameters = arena.allocate("parameters", size);
            gradients = arena.allocate("gradients", size);
            first = arena.allocate("first", size);
            second = arena.allocate("second", size);
            schedule = arena.allocate("schedule", OptimizerOps.SCHEDULE);
            arena.seal();
            backend.upload(golden.floats("param_init"), parameters);
        }

        int count() {
            return golden.doubles("lr").length;
        }

        void load(int step, double correction1, double correction2) {
            float[] all = golden.floats("grads");
            backend.upload(java.util.Arrays.copyOfRange(all, step * size, (step + 1) * size), gradients);
            backend.upload(new float[] {golden.floats("lr")[step], (float) correction1, (float) correction2}, schedule);
        }

        void save(Tensor tensor, int step, float[] target) {
            backend.download(tensor, target, step * size);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static Map<String, float[]> adamW(Backend backend, GoldenCase golden) {
        var options = new OptimizerOps.AdamW(
                golden.options().get("beta1").asDouble(),
                golden.options().get("beta2").asDouble(),
                golden.options().get("eps").asDouble(),
                golden.options().get("weight_decay").asDouble());
        try (Steps steps = new Steps(backend, golden)) {
            float[] p = new float[steps.count() * steps.size];
            float[] m = new float[p.length];
            float[] v = new float[p.length];
            double power1 = 1;
            double power2 = 1;
            for (int step = 0; step < steps.count(); step++) {
                power1 *= options.beta1();
                power2 *= options.beta2();
                steps.load(step, 1 - power1, 1 - power2);
                backend.optimizer()
                        .adamW(
                                options,
                                steps.schedule,
                                null,
                                steps.parameters,
                                steps.gradients,
                                steps.first,
                                steps.second);
                steps.save(steps.parameters, step, p);
                steps.save(steps.first, step, m);
                steps.save(steps.second, step, v);
            }
            return Map.of("params", p, "exp_avg", m, "exp_avg_sq", v);
        }
    }

    private static Map<String, float[]> sgd(Backend backend, GoldenCase golden) {
        var options = new OptimizerOps.Sgd(
                golden.options().get("momentum").asDouble(),
                golden.options().get("weight_decay").asDouble());
        try (Steps steps = new Steps(backend, golden)) {
            float[] p = new float[steps.count() * steps.size];
            float[] buffer = new float[p.length];
            for (int step = 0; step < steps.count(); step++) {
                steps.load(step, 1, 1);
                backend.optimizer().sgd(options, steps.schedule, steps.parameters, steps.gradients, steps.first);
                steps.save(steps.parameters, step, p);
                steps.save(steps.first, step, buffer);
            }
            return Map.of("params", p, "momentum_buffer", buffer);
        }
    }

    private static Map<String, float[]> cosineSchedule(Backend backend, GoldenCase golden) {
        LearningRateSchedule schedule = LearningRateSchedule.cosine(
                golden.options().get("base_lr").asDouble(),
                golden.options().get("min_lr_fraction").asDouble(),
                golden.options().get("warmup_steps").asLong(),
                golden.options().get("total_steps").asLong());
        double[] steps = golden.doubles("step");
        float[] rates = new float[steps.length];
        for (int i = 0; i < rates.length; i++) {
            rates[i] = (float) schedule.at((long) steps[i]);
        }
        return Map.of("lr", rates);
    }
}
