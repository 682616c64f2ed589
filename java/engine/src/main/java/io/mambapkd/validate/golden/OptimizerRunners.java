package io.mambapkd.validate.golden;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Runners of the optimizers: several steps from one start. */
final class OptimizerRunners {
    private OptimizerRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("adamw", OptimizerRunners::adamW);
        runners.put("sgd_nesterov", OptimizerRunners::sgd);
    }

    /** Parameters, gradients and two states, and what every step leaves behind. */
    private static final class Steps {
        private final Backend backend;
        private final GoldenCase golden;
        private final Tensor parameters;
        private final Tensor gradients;
        private final Tensor first;
        private final Tensor second;
        private final Tensor schedule;
        private final Tensor number;
        private final int size;

        Steps(GoldenTensors tensors, GoldenCase golden) {
            this.backend = tensors.backend();
            this.golden = golden;
            size = golden.doubles("param_init").length;
            parameters = tensors.zeros(size);
            gradients = tensors.zeros(size);
            first = tensors.zeros(size);
            second = tensors.zeros(size);
            schedule = tensors.zeros(1, OptimizerOps.SCHEDULE);
            number = tensors.integers(1);
            backend.upload(golden.floats("param_init"), parameters);
        }

        int count() {
            return golden.doubles("lr").length;
        }

        void load(int step, double correction1, double correction2) {
            float[] all = golden.floats("grads");
            backend.upload(Arrays.copyOfRange(all, step * size, (step + 1) * size), gradients);
            backend.upload(new float[] {golden.floats("lr")[step], (float) correction1, (float) correction2}, schedule);
        }

        void save(Tensor tensor, int step, float[] target) {
            backend.download(tensor, target, step * size);
        }
    }

    private static void adamW(GoldenTensors tensors, GoldenCase golden) {
        var options = new OptimizerOps.AdamW(
                golden.option("beta1").asDouble(),
                golden.option("beta2").asDouble(),
                golden.option("eps").asDouble(),
                golden.option("weight_decay").asDouble());
        Steps steps = new Steps(tensors, golden);
        // The row of each step is loaded as the only one.
        var first = new OptimizerOps.Step(steps.schedule, steps.number, null, null);
        float[] p = new float[steps.count() * steps.size];
        float[] m = new float[p.length];
        float[] v = new float[p.length];
        double power1 = 1;
        double power2 = 1;
        for (int step = 0; step < steps.count(); step++) {
            power1 *= options.beta1();
            power2 *= options.beta2();
            steps.load(step, 1 - power1, 1 - power2);
            tensors.backend()
                    .optimizer()
                    .adamW(options, first, steps.size, steps.parameters, steps.gradients, steps.first, steps.second);
            steps.save(steps.parameters, step, p);
            steps.save(steps.first, step, m);
            steps.save(steps.second, step, v);
        }
        tensors.put("params", p);
        tensors.put("exp_avg", m);
        tensors.put("exp_avg_sq", v);
    }

    private static void sgd(GoldenTensors tensors, GoldenCase golden) {
        Steps steps = new Steps(tensors, golden);
        double decay = golden.option("weight_decay").asDouble();
        var options = new OptimizerOps.Sgd(
                golden.option("momentum").asDouble(), List.of(new OptimizerOps.Group(steps.size, decay)));
        Tensor schedule = tensors.zeros(1, OptimizerOps.GROUPS);
        var first = new OptimizerOps.Step(schedule, steps.number, null, null);
        float[] p = new float[steps.count() * steps.size];
        float[] buffer = new float[p.length];
        for (int step = 0; step < steps.count(); step++) {
            steps.load(step, 1, 1);
            tensors.backend().upload(new float[] {golden.floats("lr")[step], 0, 0, 0}, schedule);
            tensors.backend().optimizer().sgd(options, first, steps.parameters, steps.gradients, steps.first);
            steps.save(steps.parameters, step, p);
            steps.save(steps.first, step, buffer);
        }
        tensors.put("params", p);
        tensors.put("momentum_buffer", buffer);
    }
}
