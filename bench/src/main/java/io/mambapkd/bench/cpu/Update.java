package io.mambapkd.bench.cpu;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.optim.Optimizer;

/** How a step changes the parameters. Learning rates are constant, so that all steps of a measurement are alike. */
public sealed interface Update permits Update.AdamW, Update.Sgd {
    /** More steps than any measurement takes. */
    int MOST_STEPS = 200_000;

    /** This project's optimizer for a model. */
    Optimizer ours(Backend backend, Parameters parameters, int batch);

    /** @param options weight decay applies to {@link Decay#YES} alone */
    record AdamW(OptimizerOps.AdamW options, double learningRate) implements Update {
        @Override
        public Optimizer ours(Backend backend, Parameters parameters, int batch) {
            return new io.mambapkd.optim.AdamW(
                    backend,
                    parameters,
                    options.beta1(),
                    options.beta2(),
                    options.weightDecay(),
                    MOST_STEPS,
                    step -> learningRate);
        }
    }

    /**
     * SGD with Nesterov momentum, on the mean loss of a batch.
     *
     * @param options of the recipe
     * @param peak largest learning rate of the recipe, in its unit
     * @param share of the peak that the steps are made with
     */
    record Sgd(Nesterov.Options options, double peak, double share) implements Update {
        @Override
        public Optimizer ours(Backend backend, Parameters parameters, int batch) {
            return new Nesterov(
                    backend, parameters, options, batch, MOST_STEPS, MOST_STEPS, peak, step -> share * peak);
        }

        /** Learning rate of a group, as PyTorch's SGD has it. */
        public double rate(Decay group, int batch) {
            double rate = share * peak;
            if (options.unit() == Nesterov.RateUnit.KILOSTEP) {
                rate *= batch / kilostep();
            }
            return group == Decay.NORM_BIAS ? rate * options.biasScale() : rate;
        }

        /** Weight decay of a group, as PyTorch's SGD has it: added to the gradient, times the parameter. */
        public double weightDecay(Decay group) {
            return switch (options.unit()) {
                case STEP -> group == Decay.YES ? options.weightDecay() : 0;
                case KILOSTEP -> options.weightDecay() / (group == Decay.NORM_BIAS ? peak * options.biasScale() : peak);
            };
        }

        private double kilostep() {
            return 1024 * (1 + 1 / (1 - options.momentum()));
        }
    }
}
