package io.mambapkd.cli.text;

import io.mambapkd.PlainText;
import io.mambapkd.results.DataInfo;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What is in a data set, on the terminal. */
public final class DataText {
    private static final double MEBIBYTE = 1 << 20;

    private final PrintWriter out;

    public DataText(PrintWriter out) {
        this.out = out;
    }

    /** A number for each channel, or the one for all. */
    private static String channels(List<Float> values) {
        return values.stream()
                .map(value -> String.format(Locale.ROOT, "%.4f", value))
                .collect(Collectors.joining(" "));
    }

    public void print(DataInfo info) {
        line("name", info.name());
        line("dataset", info.dataset());
        line("where", info.where());
        line("images", info.height() + "x" + info.width() + "x" + info.channels() + " (rows, columns, channels)");
        line(
                "mean",
                channels(info.mean()) + ", standard deviation " + channels(info.standardDeviation())
                        + ", of pixels from 0 to 1");
        line(
                "memory",
                String.format(
                        Locale.ROOT,
                        "%s bytes of images (%.1f MiB)",
                        Numbers.grouped(info.bytes()),
                        info.bytes() / MEBIBYTE));
        line("split", split(info));
        line("duplicates", duplicates(info.duplicates()));
        out.println();
        TextTable table = new TextTable("class", "training", "validation", "test");
        for (DataInfo.OfClass of : info.classes()) {
            table.row(
                    PlainText.name(of.name()),
                    Numbers.grouped(of.training()),
                    Numbers.grouped(of.validation()),
                    Numbers.grouped(of.test()));
        }
        table.row(
                info.classes().size() + " classes",
                Numbers.grouped(info.trainingImages()),
                Numbers.grouped(info.validationImages()),
                Numbers.grouped(info.testImages()));
        table.print(out);
        if (!info.notes().isEmpty()) {
            out.println();
            info.notes().forEach(note -> out.println("note: " + PlainText.line(note)));
        }
    }

    private static String split(DataInfo info) {
        String of = Numbers.grouped(info.validationImages()) + " of the "
                + Numbers.grouped(info.trainingImages() + info.validationImages()) + " training images, ";
        return info.split().equals("last")
                ? of + "the last ones, are for validation"
                : of + "drawn from each class in proportion, are for validation";
    }

    private static String duplicates(DataInfo.Copies copies) {
        return Numbers.grouped(copies.training()) + " within the training images, "
                + Numbers.grouped(copies.validation())
                + " within the validation images, " + Numbers.grouped(copies.test()) + " within the test images; "
                + Numbers.grouped(copies.validationInTraining()) + " validation images and "
                + Numbers.grouped(copies.testInTraining()) + " test images are training images, too";
    }

    private void line(String name, String value) {
        out.println(String.format(Locale.ROOT, "%-10s  %s", name, PlainText.line(value)));
    }
}
