package io.mambapkd.report;

import io.mambapkd.results.Confusion;
import io.mambapkd.results.Format;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.ReportData.Example;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The most frequent confusions, with some of their test images, and images that later students correct. */
final class ExampleGallery {
    /** Rows of the table. */
    static final int MOST_CONFUSIONS = 8;

    private final Markup html;
    private final ReportData data;
    private final List<Confusion> confusions;
    private final Map<Integer, String> pictures;

    ExampleGallery(Markup html, ReportData data) {
        this.html = html;
        this.data = data;
        this.confusions = Confusion.worst(ConfusionTable.counts(data.summary()), MOST_CONFUSIONS);
        this.pictures =
                Thumbnails.of(Stream.concat(data.examples().confused().stream(), data.examples().corrected().stream())
                        .map(example -> new Thumbnails.Source(example.index(), example.pixels(), example.shape()))
                        .toList());
    }

    boolean hasConfusions() {
        return !confusions.isEmpty();
    }

    boolean hasCorrected() {
        return !data.examples().corrected().isEmpty();
    }

    /** The table, and for each confusion the images that there are of it. */
    void writeConfusions() {
        writeTable();
        for (Confusion confusion : confusions) {
            List<Example> examples = data.examples().confused().stream()
                    .filter(example ->
                            example.label() == confusion.label() && example.groupAnswer() == confusion.answer())
                    .toList();
            if (!examples.isEmpty()) {
                html.open("h3");
                writeName(confusion.label());
                html.text(" taken for ");
                writeName(confusion.answer());
                html.close().open("div", "class", "gallery");
                examples.forEach(this::writeConfused);
                html.close();
            }
        }
    }

    private void writeTable() {
        boolean ofGroup = !data.summary().confusion().isEmpty();
        String who = ofGroup ? "group" : "teacher";
        List<String> columns = List.of("true class", "answer", who + ": test images", who + ": % of the class\u2019s");
        HtmlTable.open(html, "", columns.size() + (ofGroup ? 1 : 0));
        html.open("thead").open("tr");
        columns.forEach(column -> html.element("th", column, "scope", "col"));
        if (ofGroup) {
            html.element("th", "teacher: test images", "scope", "col");
        }
        html.close().close().open("tbody");
        for (Confusion confusion : confusions) {
            html.open("tr").open("th", "scope", "row");
            writeName(confusion.label());
            html.close().open("td", "class", "name");
            writeName(confusion.answer());
            html.close()
                    .element("td", Format.count(confusion.count()))
                    .element("td", Format.accuracyNumber(confusion.share()));
            if (ofGroup) {
                html.element("td", ofTeacher(confusion));
            }
            html.close();
        }
        html.close().close().close();
    }

    private String ofTeacher(Confusion confusion) {
        List<List<Integer>> counts = data.summary().teacherConfusion();
        return counts.isEmpty()
                ? "\u2013"
                : Format.count(counts.get(confusion.label()).get(confusion.answer()));
    }

    private void writeConfused(Example example) {
        open(example);
        writeAnswer(
                "group: ",
                example.groupAnswer(),
                example,
                String.format(Locale.ROOT, ", p\u00a0%.2f", example.confidence()));
        writeAnswer("teacher: ", example.teacherPrediction(), example, "");
        html.close().close();
    }

    /** Images that the first student answers wrongly and the whole group correctly. */
    void writeCorrected() {
        html.element(
                "p",
                "Test images that the first student answers wrongly and the whole group correctly, with the answer of the group"
                        + " after each student.",
                "class",
                "note");
        html.open("div", "class", "gallery");
        data.examples().corrected().forEach(this::writeCorrected);
        html.close();
    }

    /** Students after which the answer stays the same share a line. */
    private void writeCorrected(Example example) {
        open(example);
        List<Integer> answers = example.answers();
        int first = 0;
        for (int k = 0; k < answers.size(); k++) {
            if (k + 1 == answers.size() || !answers.get(k + 1).equals(answers.get(k))) {
                String students = first == k ? Integer.toString(k + 1) : (first + 1) + "\u2013" + (k + 1);
                writeAnswer("after " + students + ": ", answers.get(k), example, "");
                first = k + 1;
            }
        }
        writeAnswer("teacher: ", example.teacherPrediction(), example, "");
        html.close().close();
    }

    /** The picture and its true class; the caption stays open. */
    private void open(Example example) {
        html.open("figure")
                .leaf(
                        "img",
                        "src",
                        Objects.requireNonNull(pictures.get(example.index())),
                        "alt",
                        "test image " + example.index() + ", " + data.shortClassName(example.label()),
                        "title",
                        "test image " + example.index())
                .open("figcaption")
                .open("strong");
        writeName(example.label());
        html.close();
    }

    private void writeAnswer(String who, int answer, Example example, String detail) {
        boolean right = answer == example.label();
        html.open("span", "class", right ? "answer" : "answer wrong").text(who);
        writeName(answer);
        html.text((right ? "" : " \u2717") + detail).close();
    }

    /** The whole name; the style sheet shows as much of it as there is room for. */
    private void writeName(int label) {
        String name = data.className(label);
        html.element("span", name, "class", "cut", "title", name);
    }
}
