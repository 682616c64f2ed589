package io.mambapkd.results;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the accuracies on training images say against a run. */
public final class FitWarnings {
    /** Accuracies that differ by more disagree. */
    static final double LARGEST_DIFFERENCE = 0.2;

    private FitWarnings() {}

    /** A sentence each, without its full stop; none where all agrees, or nothing was measured. */
    public static List<String> of(RunSummary summary) {
        List<String> warnings = new ArrayList<>();
        RunSummary.Fit fit = summary.fit();
        if (fit == null) {
            return warnings;
        }
        add(
                warnings,
                "the teacher",
                fit.teacher(),
                fit.teacherBatches(),
                summary.teacher().validationAccuracy());
        Double group = fit.group();
        if (group != null && !summary.students().isEmpty()) {
            RunSummary.Student whole = summary.students().get(summary.students().size() - 1);
            add(warnings, "the group", group, fit.groupBatches(), whole.cumulativeValidationAccuracy());
        }
        return warnings;
    }

    private static void add(
            List<String> warnings, String model, double training, @Nullable Double batches, double validation) {
        if (batches != null && Math.abs(training - batches) > LARGEST_DIFFERENCE) {
            warnings.add(model + " answers " + percent(batches)
                    + " of the training batches of its last epoch correctly, but " + percent(training)
                    + " of the training images once it is trained: it was still changing fast; train it for more epochs, or with a"
                    + " smaller learning rate");
        }
        if (training - validation > LARGEST_DIFFERENCE) {
            warnings.add(model + " answers " + percent(training) + " of the training images correctly, but "
                    + percent(validation) + " of the validation images: it has learned the training images, not the"
                    + " classes; use more images, more augmentation or fewer epochs, and see whether the validation images"
                    + " are of the same kind");
        }
        if (validation - training > LARGEST_DIFFERENCE) {
            warnings.add(model + " answers " + percent(validation) + " of the validation images correctly, but "
                    + percent(training) + " of the training images: they are not of the same kind; see how the"
                    + " validation images are chosen");
        }
    }

    private static String percent(double share) {
        return Format.accuracyNumber(share) + " %";
    }
}
