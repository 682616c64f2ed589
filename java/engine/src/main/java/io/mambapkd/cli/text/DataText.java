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
        line("duplicates", duplicates(info));
        out.println();
        classes(info);
        if (!info.notes().isEmpty()) {
            out.println();
            info.notes().forEach(note -> out.println("note: " + PlainText.line(note)));
        }
    }

    /** Images of each class in each part; those for calibration only where there are some. */
    private void classes(DataInfo info) {
        boolean calibrated = info.calibrationImages() > 0;
        TextTable table = new TextTable(row(calibrated, "class", "training", "calibration", "validation", "test"));
        for (DataInfo.OfClass of : info.classes()) {
            table.row(row(
                    calibrated,
                    PlainText.name(of.name()),
                    Numbers.grouped(of.training()),
                    Numbers.grouped(of.calibration()),
                    Numbers.grouped(of.validation()),
                    Numbers.grouped(of.test())));
        }
        table.row(row(
                calibrated,
                info.classes().size() + " classes",
                Numbers.grouped(info.trainingImages()),
                Numbers.grouped(info.calibrationImages()),
                Numbers.grouped(info.validationImages()),
                Numbers.grouped(info.testImages())));
        table.print(out);
    }

    private static String[] row(
            boolean calibrated, String name, String training, String calibration, String validation, String test) {
        return calibrated
                ? new String[] {name, training, calibration, validation, test}
                : new String[] {name, training, validation, test};
    }

    private static String split(DataInfo info) {
        String of = Numbers.grouped(info.validationImages()) + " of the "
                + Numbers.grouped(info.trainingImages() + info.calibrationImages() + info.validationImages())
                + " training images, ";
        String calibration = info.calibrationImages() == 0
                ? ""
                : "; " + Numbers.grouped(info.calibrationImages())
                        + " of the others, drawn from each class in proportion, are for calibration";
        return of + (info.split().equals("last") ? "the last ones, are" : "drawn from each class in proportion, are")
                + " for validation" + calibration;
    }

    private static String duplicates(DataInfo info) {
        DataInfo.Copies copies = info.duplicates();
        String calibration = info.calibrationImages() == 0
                ? ""
                : "; " + Numbers.grouped(copies.calibration()) + " within the calibration images, "
                        + Numbers.grouped(copies.calibrationInTraining())
                        + " calibration images are training images, too";
        return Numbers.grouped(copies.training()) + " within the training images, "
                + Numbers.grouped(copies.validation())
                + " within the validation images, " + Numbers.grouped(copies.test()) + " within the test images; "
                + Numbers.grouped(copies.validationInTraining()) + " validation images and "
                + Numbers.grouped(copies.testInTraining()) + " test images are training images, too" + calibration;
    }

    private void line(String name, String value) {
        out.println(String.format(Locale.ROOT, "%-10s  %s", name, PlainText.line(value)));
    }
}
