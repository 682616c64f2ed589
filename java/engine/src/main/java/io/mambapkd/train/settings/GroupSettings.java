package io.mambapkd.train.settings;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Default;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.StudentPrecision;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.model.StudentSpec.Reuse;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.optim.ScheduleKind;
import java.util.Locale;

/**
 * What all students have in common.
 *
 * @param scheme how a student joins the group
 * @param blend g of {@link Scheme#BLEND}, in (0, 1]
 * @param alpha weight of the hard term, in [0, 1]
 * @param temperature T, above 0
 * @param readOut as in {@link StudentSpec}
 * @param mixer as in {@link StudentSpec}
 * @param direction as in {@link StudentSpec}
 * @param reuse as in {@link StudentSpec}, of every student but the first
 * @param precision as in {@link StudentSpec}
 * @param epochs passes over the training images
 * @param images number of training images used, from the start; 0 for all
 * @param copies cached copies of them: one clean, the others augmented
 * @param batch images per step
 * @param schedule of the learning rate
 * @param warmup share of the steps before the peak of the schedule
 * @param weightDecay AdamW's, on tensors of 2 or more axes
 * @param clip largest global norm of the gradient
 */
public record GroupSettings(
        Scheme scheme,
        double blend,
        double alpha,
        double temperature,
        ReadOut readOut,
        MixerSpec.Kind mixer,
        MixerSpec.Direction direction,
        @Default("none") Reuse reuse,
        @Default("auto") StudentPrecision precision,
        int epochs,
        int images,
        int copies,
        int batch,
        @Default("onecycle") ScheduleKind schedule,
        double warmup,
        double weightDecay,
        double clip) {
    public GroupSettings {
        RunSpec.require("student.", "blend", blend > 0 && blend <= 1, "in (0, 1]", blend);
        RunSpec.require("student.", "alpha", alpha >= 0 && alpha <= 1, "in [0, 1]", alpha);
        RunSpec.require(
                "student.", "temperature", temperature > 0 && temperature <= 100, "above 0, at most 100", temperature);
        RunSpec.requireTraining("student.", epochs, images, batch, warmup, weightDecay);
        RunSpec.require("student.", "copies", copies >= 1 && copies <= 255, "from 1 to 255", copies);
        RunSpec.require("student.", "clip", clip > 0, "above 0", clip);
        if (reuse == Reuse.LOGITS && scheme.trainsAlone()) {
            String word = scheme.name().toLowerCase(Locale.ROOT);
            throw new InputException(new Problem(
                    "reuse",
                    "student.reuse must be none with student.scheme " + word
                            + ", whose students are trained without a group, got logits",
                    "use --set student.reuse=none, or a scheme of blend, mean and sum"));
        }
    }
}
