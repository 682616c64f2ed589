package io.mambapkd.report;

import io.mambapkd.results.ClassNumbers;
import io.mambapkd.results.Format;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Accuracy and precision of each class, of the group, of early exit and of the teacher; of many classes those of the lowest accuracy. */
final class ClassTable {
    /** Of more classes than a confusion matrix has room for, so many are shown. */
    static final int WORST_CLASSES = 20;

    private static final String NOTHING = "\u2013";

    /** A column: whose numbers, and which. */
    private record Column(String name, ClassNumbers numbers, boolean precision) {
        String cell(int label) {
            Double share = precision ? numbers.precisionOf(label) : numbers.accuracyOf(label);
            return share == null ? NOTHING : Format.accuracyNumber(share);
        }
    }

    private final Markup html;
    private final ReportData data;
    private final RunSummary.PerClass numbers;

    private ClassTable(Markup html, ReportData data) {
        this.html = html;
        this.data = data;
        this.numbers = data.summary().perClass();
    }

    /** Nothing where no class was evaluated. */
    static void write(Markup html, ReportData data) {
        new ClassTable(html, data).write();
    }

    private void write() {
        int classes = numbers.testImages().size();
        boolean many = classes > ConfusionTable.MOST_CLASSES;
        List<Integer> worst = numbers.worst();
        html.element("p", balanced(worst.size()));
        if (many) {
            html.element(
                    "p",
                    "The " + Math.min(WORST_CLASSES, worst.size()) + " of " + Format.count(worst.size())
                            + " classes with the lowest accuracy; summary.json has all.");
        }
        List<Column> columns = columns();
        List<String> headings = new ArrayList<>(List.of("class", "test images"));
        columns.forEach(column -> headings.add(column.name));
        HtmlTable table = new HtmlTable(html, headings.toArray(String[]::new));
        List<Integer> shown = many
                ? worst.subList(0, Math.min(WORST_CLASSES, worst.size()))
                : IntStream.range(0, classes).boxed().toList();
        for (int label : shown) {
            int images = numbers.testImages().get(label);
            List<String> cells = new ArrayList<>(List.of(images == 0 ? "no test images" : Format.count(images)));
            columns.forEach(column -> cells.add(column.cell(label)));
            table.row(HtmlTable.Row.PLAIN, data.className(label), cells.toArray(String[]::new));
        }
        table.end();
        if (many) {
            writeWithoutImages();
        }
    }

    private String balanced(int occurring) {
        List<String> parts = new ArrayList<>();
        add(parts, "the group", numbers.group());
        add(parts, "early exit", numbers.earlyExit());
        add(parts, "the teacher", numbers.teacher());
        String of = occurring == 1 ? "one class" : Format.count(occurring) + " classes";
        return "Balanced accuracy, the mean over the " + of + " of the test images: " + String.join(", ", parts) + ".";
    }

    private static void add(List<String> parts, String name, @Nullable ClassNumbers of) {
        if (of != null) {
            parts.add(name + " " + Format.accuracy(of.balancedAccuracy()));
        }
    }

    private List<Column> columns() {
        List<Column> columns = new ArrayList<>();
        ClassNumbers group = numbers.group();
        ClassNumbers earlyExit = numbers.earlyExit();
        ClassNumbers teacher = numbers.teacher();
        if (group != null) {
            columns.add(new Column("group: accuracy %", group, false));
            columns.add(new Column("group: precision %", group, true));
        }
        if (earlyExit != null) {
            columns.add(new Column("early exit: accuracy %", earlyExit, false));
        }
        if (teacher != null) {
            columns.add(new Column("teacher: accuracy %", teacher, false));
            columns.add(new Column("teacher: precision %", teacher, true));
        }
        return columns;
    }

    private void writeWithoutImages() {
        List<Integer> none = numbers.withoutImages();
        if (!none.isEmpty()) {
            String names =
                    none.stream().limit(WORST_CLASSES).map(data::shortClassName).collect(Collectors.joining(", "));
            int more = none.size() - WORST_CLASSES;
            html.element("p", "No test images: " + names + (more > 0 ? ", and " + more + " more classes" : "") + ".");
        }
    }
}
