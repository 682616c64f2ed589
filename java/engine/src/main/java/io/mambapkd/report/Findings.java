package io.mambapkd.report;

import io.mambapkd.report.Judgement.Verdict;
import io.mambapkd.results.Format;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sentences about a run, made from its numbers: they say what was measured, whichever way it went. */
final class Findings {
    private Findings() {}

    /** The run in one or two sentences. */
    static String headline(RunSummary summary) {
        return summary.students().isEmpty() ? teacherHeadline(summary) : groupHeadline(summary);
    }

    private static String teacherHeadline(RunSummary summary) {
        RunSummary.Teacher teacher = summary.teacher();
        Double test = teacher.testAccuracy();
        String images = test == null
                ? Format.count(summary.validationImages()) + " validation images"
                : Format.count(summary.testImages()) + " test images";
        return "A convolutional teacher of " + Format.count(teacher.parameters()) + " parameters and "
                + Format.flops(teacher.flops()) + " per image answers "
                + Format.accuracy(test == null ? teacher.validationAccuracy() : test) + " of the " + images + " of "
                + Format.dataset(summary.dataset()) + " correctly" + views(teacher) + ".";
    }

    /** What averaging over views of each image adds, which is another figure than the plain one. */
    private static String views(RunSummary.Teacher teacher) {
        RunSummary.Views views = teacher.views().orElse(null);
        return views == null
                ? ""
                : ", and " + Format.accuracy(views.testAccuracy()) + " with the mean of " + Format.word(views.count())
                        + " views of each";
    }

    private static String groupHeadline(RunSummary summary) {
        int count = summary.students().size();
        RunSummary.Student last = summary.students().get(count - 1);
        Double teacherTest = summary.teacher().testAccuracy();
        String group = count == 1 ? "One Mamba student" : "A group of " + Format.word(count) + " Mamba students";
        String teacher = teacherTest == null
                ? Format.accuracy(summary.teacher().validationAccuracy()) + " of the validation images"
                : Format.accuracy(teacherTest);
        String exit = Comparison.chosenExit(summary)
                .map(chosen -> " Stopping as soon as the students are sure, the chain reaches "
                        + Format.accuracy(chosen.testAccuracy()) + " with " + Format.ratio(chosen.averageFlopsRatio())
                        + " on average.")
                .orElse("");
        return group + " answers " + Format.accuracy(last.cumulativeTestAccuracy()) + " of the "
                + Format.count(summary.testImages()) + " test images of " + Format.dataset(summary.dataset())
                + " correctly with " + Format.ratio(last.cumulativeFlopsRatio())
                + " of its teacher\u2019s FLOPs; the teacher itself answers " + teacher + "." + exit;
    }

    /** How the models do on images that they have learned; empty where that was not evaluated. */
    static Optional<String> fit(RunSummary summary) {
        RunSummary.Fit fit = summary.fit();
        if (fit == null) {
            return Optional.empty();
        }
        Double group = fit.group();
        return Optional.of("As they are evaluated, the teacher answers " + Format.accuracy(fit.teacher()) + " of "
                + Format.count(fit.images()) + " training images correctly"
                + (group == null
                        ? ""
                        : ", the group " + Format.accuracy(group) + " of " + Format.count(fit.groupImages()))
                + ".");
    }

    /** One paragraph for every control, in their order. */
    static List<String> controls(RunSummary summary) {
        List<String> sentences = new ArrayList<>();
        if (summary.students().isEmpty()) {
            return sentences;
        }
        for (RunSummary.Control control : summary.controls()) {
            sentences.add(control(summary, control));
        }
        return sentences;
    }

    private static String control(RunSummary summary, RunSummary.Control control) {
        RunSummary.Student group = summary.students().get(summary.students().size() - 1);
        Judgement judgement = Judgement.of(summary, control);
        Verdict verdict = judgement.verdict();
        String measured = " reaches " + Format.accuracy(control.testAccuracy()) + " at "
                + Format.ratio(control.flopsRatio()) + " of the teacher\u2019s FLOPs, "
                + distance(judgement) + " the group\u2019s "
                + Format.accuracy(judgement.group()) + " at " + Format.ratio(group.cumulativeFlopsRatio()) + ": ";
        return switch (control.kind()) {
            case "single-student" ->
                "One single student of about the group\u2019s cost" + measured + singleStudent(verdict)
                        + anytime(summary, control) + ".";
            case "group-conv" ->
                "The same group with the convolution but without the selective scan" + measured
                        + part(verdict, "the scan") + ".";
            case "group-none" ->
                "The same group with neither convolution nor scan" + measured
                        + part(verdict, "mixing tokens in the blocks") + ".";
            case "cnn" ->
                "A plain convolutional network of about the group\u2019s cost" + measured + otherKind(verdict) + ".";
            default -> Format.capitalised(control.description()) + measured + otherKind(verdict) + ".";
        };
    }

    private static String singleStudent(Verdict verdict) {
        return switch (verdict) {
            case BETTER -> "run in full, the group is better than one student of its cost";
            case ALIKE -> "run in full, the group is neither better nor worse than one student of its cost";
            case WORSE -> "run in full, the group is worse than one student of its cost";
        };
    }

    private static String anytime(RunSummary summary, RunSummary.Control control) {
        Optional<RunSummary.EarlyExitRow> exit =
                Comparison.chosenExit(summary).filter(chosen -> chosen.averageFlopsRatio() < control.flopsRatio());
        return exit.map(chosen -> ". What the chain adds is one set of weights for every budget, and early exit: "
                        + Format.accuracy(chosen.testAccuracy()) + " at " + Format.ratio(chosen.averageFlopsRatio())
                        + " on average")
                .orElse("");
    }

    private static String part(Verdict verdict, String part) {
        return switch (verdict) {
            case BETTER -> part + " helps here";
            case ALIKE -> part + " makes no measurable difference here";
            case WORSE -> part + " costs accuracy here";
        };
    }

    private static String otherKind(Verdict verdict) {
        return switch (verdict) {
            case BETTER -> "the group is better";
            case ALIKE -> "no measurable difference";
            case WORSE -> "the group is worse";
        };
    }

    private static String distance(Judgement judgement) {
        double difference = judgement.difference();
        if (difference == 0) {
            return "exactly";
        }
        String side = difference > 0 ? " below" : " above";
        String distance = Format.points(difference);
        if (!(judgement.standardError() > 0)) {
            return distance + side;
        }
        return distance + " ("
                + String.format(java.util.Locale.ROOT, "%.1f", Math.abs(difference) / judgement.standardError())
                + " standard errors)" + side;
    }

    /** How the sentences of {@link #controls} tell chance from difference. */
    static String howControlsAreJudged(RunSummary summary) {
        boolean paired = summary.controls().stream()
                .allMatch(control -> control.comparison().isPresent());
        String standardError = paired
                ? "The standard error of a difference is \u221a(a + b)/n, where a and b are the numbers of test images that only"
                        + " the one and only the other answers correctly, with n = "
                        + Format.count(summary.testImages()) + "."
                : "The standard error of an accuracy p on n images is \u221a(p(1 \u2212 p)/n), with n = "
                        + Format.count(summary.testImages())
                        + "; those of the two accuracies are added as for independent images, which is cautious because the images"
                        + " are the same.";
        return "A difference of at most " + Format.word(Judgement.STANDARD_ERRORS)
                + " standard errors is called no difference. " + standardError
                + " Every model was trained once, with one seed, and what another seed would change is not among these errors.";
    }

    /** {@code sqrt(p (1 - p) / n)}; 0 without images. */
    static double standardError(double accuracy, int images) {
        return images < 1 ? 0 : Math.sqrt(accuracy * (1 - accuracy) / images);
    }
}
