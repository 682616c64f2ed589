package io.mambapkd.cli.text;

import io.mambapkd.PlainText;
import io.mambapkd.results.ClassNumbers;
import io.mambapkd.results.RunSummary;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The accuracies of the classes on the terminal: all of them, or the lowest where there are many. */
final class ClassText {
    private static final int MOST_CLASSES = 10;

    private final PrintWriter out;
    private final RunSummary summary;
    private final RunSummary.PerClass numbers;

    ClassText(PrintWriter out, RunSummary summary) {
        this.out = out;
        this.summary = summary;
        this.numbers = summary.perClass();
    }

    /** Nothing where no class was evaluated. */
    void print() {
        List<Integer> worst = numbers.worst();
        if (worst.isEmpty()) {
            return;
        }
        out.println();
        out.println(
                "balanced accuracy, the mean over the " + classes(worst.size()) + " of the test images: " + balanced());
        List<Integer> shown = new ArrayList<>(worst.subList(0, Math.min(MOST_CLASSES, worst.size())));
        if (shown.size() < worst.size()) {
            out.println("the " + shown.size() + " of " + worst.size()
                    + " classes with the lowest accuracy; summary.json has all:");
        } else {
            shown.sort(null);
        }
        table(shown);
        printWithoutImages();
        out.println();
    }

    private static String classes(int count) {
        return count == 1 ? "one class" : count + " classes";
    }

    private String balanced() {
        List<String> parts = new ArrayList<>();
        add(parts, "group", numbers.group());
        add(parts, "early exit", numbers.earlyExit());
        add(parts, "teacher", numbers.teacher());
        return String.join(", ", parts);
    }

    private static void add(List<String> parts, String name, @Nullable ClassNumbers of) {
        if (of != null) {
            parts.add(name + " " + SummaryText.accuracy(of.balancedAccuracy()) + " %");
        }
    }

    private void table(List<Integer> shown) {
        List<String> headings = new ArrayList<>(List.of("class", "images"));
        addColumns(headings, numbers.group(), "group %", "precision %");
        addColumns(headings, numbers.earlyExit(), "early exit %");
        addColumns(headings, numbers.teacher(), "teacher %", "precision %");
        TextTable table = new TextTable(headings.toArray(String[]::new));
        for (int label : shown) {
            List<String> cells = new ArrayList<>(
                    List.of(name(label), Numbers.grouped(numbers.testImages().get(label))));
            addShares(cells, numbers.group(), label, true);
            addShares(cells, numbers.earlyExit(), label, false);
            addShares(cells, numbers.teacher(), label, true);
            table.row(cells.toArray(String[]::new));
        }
        table.print(out);
    }

    private static void addColumns(List<String> headings, @Nullable ClassNumbers of, String... columns) {
        if (of != null) {
            headings.addAll(List.of(columns));
        }
    }

    private static void addShares(List<String> cells, @Nullable ClassNumbers of, int label, boolean precision) {
        if (of != null) {
            cells.add(SummaryText.accuracy(of.accuracyOf(label)));
            if (precision) {
                cells.add(SummaryText.accuracy(of.precisionOf(label)));
            }
        }
    }

    private void printWithoutImages() {
        List<Integer> none = numbers.withoutImages();
        if (!none.isEmpty()) {
            String names = none.stream().limit(MOST_CLASSES).map(this::name).collect(Collectors.joining(", "));
            int more = none.size() - MOST_CLASSES;
            out.println("no test images: " + names + (more > 0 ? ", and " + more + " more classes" : ""));
        }
    }

    private String name(int label) {
        return PlainText.name(summary.className(label));
    }
}
