package io.mambapkd.report;

import io.mambapkd.results.Confusion;
import io.mambapkd.results.Format;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The confusion matrix of the whole group, or of the teacher where there is no group: its largest errors in words, and a table shaded by count, or of many classes
 * a list of the errors that were made most often.
 */
final class ConfusionTable {
    /** A larger matrix would not fit any page; then the largest errors are listed. */
    static final int MOST_CLASSES = 26;

    /** Errors that a list of a larger matrix has. */
    static final int LISTED_ERRORS = 30;

    private static final int LARGEST_ERRORS = 5;
    /** Longer names stand upright at the head of a column. */
    private static final int SHORT_NAME = 4;

    private static final int LONGEST_NAME = 20;

    private ConfusionTable() {}

    static void write(Markup html, ReportData data) {
        List<List<Integer>> counts = counts(data.summary());
        html.element("p", largestErrors(data));
        if (counts.size() > MOST_CLASSES) {
            writeList(html, data, counts);
            return;
        }
        int most = Math.max(1, largestErrorCount(counts));
        boolean isShort = IntStream.range(0, counts.size())
                .mapToObj(data::className)
                .allMatch(name -> name.length() <= SHORT_NAME);
        HtmlTable.open(html, isShort ? "confusion" : "confusion turned", counts.size() + 1);
        html.open("thead").open("tr");
        html.element("th", "is \\ said", "scope", "col");
        for (int k = 0; k < counts.size(); k++) {
            writeName(html, data.className(k), "col");
        }
        html.close().close().open("tbody");
        for (int label = 0; label < counts.size(); label++) {
            html.open("tr");
            writeName(html, data.className(label), "row");
            for (int prediction = 0; prediction < counts.get(label).size(); prediction++) {
                writeCell(html, label, prediction, counts.get(label).get(prediction), most);
            }
            html.close();
        }
        html.close().close().close();
    }

    /** The table of classes has the whole name. */
    private static void writeName(Markup html, String name, String scope) {
        html.element("th", Format.shortened(name, LONGEST_NAME), "scope", scope, "title", name);
    }

    /** Counts (K, K) of the group, or of the teacher where there is no group; row = label. */
    static List<List<Integer>> counts(RunSummary summary) {
        return summary.confusion().isEmpty() ? summary.teacherConfusion() : summary.confusion();
    }

    private static void writeList(Markup html, ReportData data, List<List<Integer>> counts) {
        List<Confusion> errors = Confusion.all(counts);
        if (errors.isEmpty()) {
            return;
        }
        HtmlTable.open(html, "", 4);
        html.open("thead").open("tr");
        for (String column : List.of("label", "answer", "test images", "% of the label\u2019s")) {
            html.element("th", column, "scope", "col");
        }
        html.close().close().open("tbody");
        for (Confusion error : errors.subList(0, Math.min(LISTED_ERRORS, errors.size()))) {
            html.open("tr")
                    .element("th", data.shortClassName(error.label()), "scope", "row")
                    .element("td", data.shortClassName(error.answer()), "class", "name")
                    .element("td", Format.count(error.count()))
                    .element("td", Format.accuracyNumber(error.share()))
                    .close();
        }
        html.close().close().close();
        if (errors.size() > LISTED_ERRORS) {
            html.element(
                    "p",
                    "These are the " + LISTED_ERRORS + " most frequent of " + Format.count(errors.size())
                            + " kinds of errors; summary.json has the whole matrix.",
                    "class",
                    "note");
        }
    }

    private static void writeCell(Markup html, int label, int prediction, int count, int most) {
        if (label == prediction) {
            html.element("td", Format.count(count), "class", "right");
        } else if (count == 0) {
            html.element("td", "\u00b7", "class", "none");
        } else {
            String shade = String.format(Locale.ROOT, "--shade:%.2f", 0.12 + 0.58 * count / most);
            html.element("td", Format.count(count), "style", shade);
        }
    }

    /** The errors that were made most often, in words. */
    static String largestErrors(ReportData data) {
        List<List<Integer>> counts = counts(data.summary());
        List<Confusion> errors = Confusion.all(counts);
        int wrong = errors.stream().mapToInt(Confusion::count).sum();
        int images = counts.stream()
                .flatMap(List::stream)
                .mapToInt(Integer::intValue)
                .sum();
        String who = data.summary().confusion().isEmpty() ? "The teacher" : "The whole group";
        String sentence =
                who + " is wrong about " + Format.count(wrong) + " of " + Format.count(images) + " test images.";
        if (errors.isEmpty()) {
            return sentence;
        }
        return sentence + " Most often: "
                + errors.stream()
                        .limit(LARGEST_ERRORS)
                        .map(error -> data.shortClassName(error.label()) + " taken for "
                                + data.shortClassName(error.answer()) + " (" + error.count() + ")")
                        .collect(Collectors.joining(", "))
                + ".";
    }

    private static int largestErrorCount(List<List<Integer>> counts) {
        return Confusion.all(counts).stream().mapToInt(Confusion::count).max().orElse(0);
    }
}
