package io.mambapkd.report;

import io.mambapkd.results.Format;
import io.mambapkd.results.GroupComparison;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the controls say about the scan, and about the chain beside one model of its cost: a sentence each, with the numbers that it is judged by. */
public final class ControlSentences {
    private static final String WITHOUT_SCAN = "group-conv";

    private ControlSentences() {}

    /** Whether the scan is worth its FLOPs; empty for a run without that control. */
    public static Optional<String> scan(RunSummary summary) {
        return control(summary, WITHOUT_SCAN).map(control -> scan(control, Judgement.of(summary, control)));
    }

    private static String scan(RunSummary.Control control, Judgement judgement) {
        String counts = control.comparison()
                .map(ControlSentences::onlyOne)
                .orElse("not paired: from the number of test images, as if each model had its own");
        return "The scan " + verdict(judgement) + ": with it the group answers " + Format.accuracy(judgement.group())
                + " of "
                + Format.count(judgement.testImages()) + " test images correctly, without it "
                + Format.accuracy(judgement.control()) + ", a difference of " + Format.points(judgement.difference())
                + " with a standard error of " + Format.points(judgement.standardError()) + " (" + counts
                + "), and the scans with their projections are " + Format.ratio(judgement.flopsSaved())
                + " of the group\u2019s FLOPs.";
    }

    private static String onlyOne(GroupComparison comparison) {
        return "paired: " + Format.count(comparison.onlyGroup()) + " images are answered correctly only with it, "
                + Format.count(comparison.onlyControl()) + " only without";
    }

    private static String verdict(Judgement judgement) {
        return switch (judgement.verdict()) {
            case BETTER -> "pays";
            case ALIKE -> "makes no difference that " + Format.count(judgement.testImages()) + " test images can show";
            case WORSE -> "costs accuracy";
        };
    }

    /** The group beside one student and beside a plain CNN of about its FLOPs; empty for a run without both controls. */
    static Optional<String> equalCost(RunSummary summary) {
        List<String> models = new ArrayList<>();
        List<String> verdicts = new ArrayList<>();
        Judgement last = null;
        for (String kind : List.of("single-student", "cnn")) {
            RunSummary.Control control = control(summary, kind).orElse(null);
            if (control != null) {
                last = Judgement.of(summary, control);
                String name = kind.equals("cnn") ? "plain CNN" : "single student";
                models.add("a " + name + " (" + Format.ratio(1 - last.flopsSaved()) + " of them) answers "
                        + Format.accuracy(last.control()));
                verdicts.add("against the " + name + " it " + chain(last));
            }
        }
        return last == null
                ? Optional.empty()
                : Optional.of("At about the group\u2019s FLOPs " + String.join(" and ", models) + " of "
                        + Format.count(last.testImages()) + " test images correctly, the group "
                        + Format.accuracy(last.group()) + ": " + String.join(", ", verdicts) + ".");
    }

    private static String chain(Judgement judgement) {
        return verdict(judgement) + " (" + Format.points(judgement.difference()) + ", standard error "
                + Format.points(judgement.standardError()) + ", " + (judgement.paired() ? "paired" : "not paired")
                + ")";
    }

    private static Optional<RunSummary.Control> control(RunSummary summary, String kind) {
        return summary.students().isEmpty()
                ? Optional.empty()
                : summary.controls().stream()
                        .filter(control -> control.kind().equals(kind))
                        .findFirst();
    }
}
