package io.mambapkd.train.step;

import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Looks for the first tensor of a training step that holds something else than finite numbers. */
final class NotFinite {
    private final Backend backend;

    NotFinite(Backend backend) {
        this.backend = backend;
    }

    /** In the order of the step: parameters, inputs, logits, loss, gradients. Returns a name, or null if all is finite. */
    @Nullable
    String first(Classifier model, DistillationLossOps.Inputs inputs, Tensor statistics) {
        for (Parameter parameter : model.parameters().all()) {
            if (parameter.hasGradient() && !isFinite(parameter.value())) {
                return "the parameter " + parameter.name();
            }
        }
        if (!isFinite(model.images())) {
            return "the images";
        }
        if (!isFinite(model.logits())) {
            return "the logits";
        }
        if (inputs.teacher() != null && !isFinite(inputs.teacher())) {
            return "the teacher's logits";
        }
        if (inputs.ensemble() != null && !isFinite(inputs.ensemble())) {
            return "the group's logits";
        }
        if (!Float.isFinite(backend.download(statistics)[0])) {
            return "the loss";
        }
        for (Parameter parameter : model.parameters().all()) {
            if (parameter.hasGradient() && !isFinite(parameter.gradient())) {
                return "the gradient of " + parameter.name();
            }
        }
        return null;
    }

    private boolean isFinite(Tensor tensor) {
        for (float value : backend.download(tensor)) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
