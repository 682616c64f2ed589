package io.mambapkd.report;

import io.mambapkd.results.Format;
import io.mambapkd.results.ReportData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The confusion matrix: a table shaded by count, and its largest errors in words. */
final class ConfusionTable {
    /** A larger matrix would not fit any page; then only the largest errors are written. */
    static final int MOST_CLASSES = 26;

    private static final int LARGEST_ERRORS = 5;

    private record Confusion(int label, int prediction, int count) {}

    private ConfusionTable() {}

    static void write(Markup html, ReportData data) {
        List<List<Integer>> counts = data.summary().confusion();
        html.element("p", largestErrors(data));
        if (counts.size() > MOST_CLASSES) {
            return;
        }
        int most = Math.max(1, largestErrorCount(counts));
        html.open("div", "class", "wide")
                .open("table", "class", "confusion")
                .open("thead")
                .open("tr");
        html.element("th", "is \\ said", "scope", "col");
        for (int k = 0; k < counts.size(); k++) {
            html.element("th", data.className(k), "scope", "col");
        }
        html.close().close().open("tbody");
        for (int label = 0; label < counts.size(); label++) {
            html.open("tr").element("th", data.className(label), "scope", "row");
            for (int prediction = 0; prediction < counts.get(label).size(); prediction++) {
                writeCell(html, label, prediction, counts.get(label).get(prediction), most);
            }
            html.close();
        }
        html.close().close().close();
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
        List<Confusion> errors = errors(data.summary().confusion());
        int wrong = errors.stream().mapToInt(Confusion::count).sum();
        int images = data.summary().confusion().stream()
                .flatMap(List::stream)
                .mapToInt(Integer::intValue)
                .sum();
        String sentence = "The whole group is wrong about " + Format.count(wrong) + " of " + Format.count(images)
                + " test images.";
        if (errors.isEmpty()) {
            return sentence;
        }
        return sentence + " Most often: "
                + errors.stream()
                        .limit(LARGEST_ERRORS)
                        .map(error -> data.className(error.label) + " taken for " + data.className(error.prediction)
                                + " (" + error.count + ")")
                        .collect(Collectors.joining(", "))
                + ".";
    }

    private static int largestErrorCount(List<List<Integer>> counts) {
        return errors(counts).stream().mapToInt(Confusion::count).max().orElse(0);
    }

    private static List<Confusion> errors(List<List<Integer>> counts) {
        List<Confusion> errors = new ArrayList<>();
        for (int label = 0; label < counts.size(); label++) {
            List<Integer> row = counts.get(label);
            for (int prediction = 0; prediction < row.size(); prediction++) {
                if (label != prediction && row.get(prediction) > 0) {
                    errors.add(new Confusion(label, prediction, row.get(prediction)));
                }
            }
        }
        errors.sort(Comparator.comparingInt(Confusion::count).reversed());
        return errors;
    }
}
