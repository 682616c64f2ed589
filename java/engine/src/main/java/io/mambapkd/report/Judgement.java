package io.mambapkd.report;

import io.mambapkd.results.GroupComparison;
import io.mambapkd.results.RunSummary;

/**
 * What the test images say about the whole group beside a control.
 *
 * @param testImages n
 * @param group accuracy of the group, in 0..1
 * @param control accuracy of the control, in 0..1
 * @param standardError of their difference
 * @param paired whether {@code standardError} is from the images that only one of the two answers correctly; else it is from n and the accuracies, as of independent images
 * @param flopsSaved share of the group's FLOPs that the control does without
 */
record Judgement(
        int testImages, double group, double control, double standardError, boolean paired, double flopsSaved) {
    /** Differences of at most so many are called none. */
    static final int STANDARD_ERRORS = 2;

    /** How the group stands to the control. */
    enum Verdict {
        WORSE,
        ALIKE,
        BETTER
    }

    /** Of a run with students; paired where the summary has the counts. */
    static Judgement of(RunSummary summary, RunSummary.Control control) {
        RunSummary.Student whole = summary.students().get(summary.students().size() - 1);
        GroupComparison counted = control.comparison().orElse(null);
        if (counted != null) {
            return new Judgement(
                    counted.testImages(),
                    control.testAccuracy() + counted.difference(),
                    control.testAccuracy(),
                    counted.standardError(),
                    true,
                    counted.flopsSaved());
        }
        double group = whole.cumulativeTestAccuracy();
        double first = Findings.standardError(group, summary.testImages());
        double second = Findings.standardError(control.testAccuracy(), summary.testImages());
        return new Judgement(
                summary.testImages(),
                group,
                control.testAccuracy(),
                Math.sqrt(first * first + second * second),
                false,
                1 - control.flopsRatio() / whole.cumulativeFlopsRatio());
    }

    /** Accuracy of the group less that of the control. */
    double difference() {
        double difference = group - control;
        // Accuracies are whole images; less than half of one is rounding.
        return Math.abs(difference) * testImages < 0.5 ? 0 : difference;
    }

    Verdict verdict() {
        double difference = difference();
        // The last bit of the subtraction must not decide about exactly two standard errors.
        if (Math.abs(difference) <= STANDARD_ERRORS * standardError * (1 + 1e-9)) {
            return Verdict.ALIKE;
        }
        return difference > 0 ? Verdict.BETTER : Verdict.WORSE;
    }
}
