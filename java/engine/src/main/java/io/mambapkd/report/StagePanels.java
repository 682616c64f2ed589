package io.mambapkd.report;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.Format;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Loss and accuracy by epoch: one small chart for every stage, all charts of a set on the same scales. */
final class StagePanels {
    private static final int WIDTH = 250;
    private static final int HEIGHT = 250;
    private static final double LEFT = 50;
    private static final double RIGHT = 238;
    private static final double LOSS_TOP = 40;
    private static final double LOSS_BOTTOM = 120;
    private static final double ACCURACY_TOP = 150;
    private static final double ACCURACY_BOTTOM = 226;
    private static final double TICK_GAP = 17;
    /** Characters of a name that have room at the head of a panel, in any usual font. */
    private static final int LONGEST_NAME = 29;

    private final Markup html;
    private final LogAxis losses;
    private final AccuracyAxis accuracies;

    private StagePanels(Markup html, List<EpochRecord> epochs, int validationImages) {
        this.html = html;
        double[] positive = epochs.stream()
                .mapToDouble(EpochRecord::loss)
                .filter(loss -> Double.isFinite(loss) && loss > 0)
                .sorted()
                .toArray();
        double least = positive.length == 0 ? 0.1 : positive[0];
        double largest = positive.length == 0 ? 1 : positive[positive.length - 1];
        this.losses = new LogAxis(largest * 1.2, Math.min(least, largest / 2) / 1.2, LOSS_TOP, LOSS_BOTTOM);
        List<Double> shown = new ArrayList<>();
        for (EpochRecord epoch : epochs) {
            shown.add(epoch.validationAccuracy());
            shown.add(epoch.trainAccuracy());
        }
        shown.removeIf(accuracy -> !Double.isFinite(accuracy));
        if (shown.isEmpty()) {
            shown.add(0.5);
        }
        this.accuracies = AccuracyAxis.holding(shown, validationImages, ACCURACY_BOTTOM, ACCURACY_TOP);
    }

    /** Writes a chart for every stage of {@code epochs}, in the order in which the stages began. */
    static void write(Markup html, List<EpochRecord> epochs, int validationImages) {
        Map<String, List<EpochRecord>> stages = new LinkedHashMap<>();
        for (EpochRecord epoch : epochs) {
            stages.computeIfAbsent(epoch.stage(), stage -> new ArrayList<>()).add(epoch);
        }
        StagePanels panels = new StagePanels(html, epochs, validationImages);
        html.open("div", "class", "panels");
        stages.forEach(panels::writePanel);
        html.close();
    }

    private void writePanel(String stage, List<EpochRecord> epochs) {
        EpochRecord last = epochs.get(epochs.size() - 1);
        html.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + WIDTH + " " + HEIGHT,
                "class",
                "panel",
                "role",
                "img",
                "aria-label",
                "Loss and accuracy of " + stage + " by epoch");
        html.element("title", stage);
        text(Format.shortened(stage, LONGEST_NAME), 4, 14, "start", "stage");
        for (double tick : losses.ticks(TICK_GAP)) {
            double y = losses.position(tick);
            grid(y);
            text(plain(tick), LEFT - 6, y + 4, "end", "tick");
        }
        for (double tick : accuracies.ticks(TICK_GAP)) {
            double y = accuracies.position(tick);
            grid(y);
            text(AccuracyAxis.label(tick), LEFT - 6, y + 4, "end", "tick");
        }
        text(
                "loss " + (Double.isFinite(last.loss()) ? threeDigits(last.loss()) : "not finite"),
                RIGHT,
                LOSS_TOP - 6,
                "end",
                "value");
        text("validation " + Format.accuracy(last.validationAccuracy()), RIGHT, ACCURACY_TOP - 6, "end", "value");
        series("line loss", epochs, EpochRecord::loss, losses::position, last.epochs());
        series("line training", epochs, EpochRecord::trainAccuracy, accuracies::position, last.epochs());
        series("line validation", epochs, EpochRecord::validationAccuracy, accuracies::position, last.epochs());
        text("1", x(1, last.epochs()), ACCURACY_BOTTOM + 15, "middle", "tick");
        if (last.epochs() > 1) {
            text(last.epochs() + (last.epochs() > 2 ? " epochs" : ""), RIGHT, ACCURACY_BOTTOM + 15, "end", "tick");
        }
        html.close();
    }

    private void series(
            String cssClass,
            List<EpochRecord> epochs,
            ToDoubleFunction<EpochRecord> value,
            java.util.function.DoubleUnaryOperator position,
            int lastEpoch) {
        StringBuilder corners = new StringBuilder();
        List<EpochRecord> drawn = epochs.stream()
                .filter(epoch -> Double.isFinite(value.applyAsDouble(epoch)))
                .filter(epoch -> Double.isFinite(position.applyAsDouble(value.applyAsDouble(epoch))))
                .toList();
        for (EpochRecord epoch : drawn) {
            corners.append(corners.isEmpty() ? "" : " ")
                    .append(Format.pixels(x(epoch.epoch(), lastEpoch)))
                    .append(',')
                    .append(Format.pixels(position.applyAsDouble(value.applyAsDouble(epoch))));
        }
        html.open("g").element("title", cssClass.substring("line ".length()));
        html.leaf("polyline", "class", cssClass, "points", corners.toString());
        if (!drawn.isEmpty()) {
            EpochRecord end = drawn.get(drawn.size() - 1);
            html.leaf(
                    "circle",
                    "class",
                    cssClass.replace("line", "end"),
                    "cx",
                    Format.pixels(x(end.epoch(), lastEpoch)),
                    "cy",
                    Format.pixels(position.applyAsDouble(value.applyAsDouble(end))),
                    "r",
                    "2.6");
        }
        html.close();
    }

    private static double x(int epoch, int lastEpoch) {
        return lastEpoch <= 1 ? (LEFT + RIGHT) / 2 : LEFT + 6 + (RIGHT - LEFT - 10) * (epoch - 1) / (lastEpoch - 1);
    }

    private void grid(double y) {
        html.leaf(
                "line",
                "class",
                "grid",
                "x1",
                Format.pixels(LEFT),
                "x2",
                Format.pixels(RIGHT),
                "y1",
                Format.pixels(y),
                "y2",
                Format.pixels(y));
    }

    private void text(String text, double x, double y, String anchor, String cssClass) {
        html.element(
                "text", text, "class", cssClass, "x", Format.pixels(x), "y", Format.pixels(y), "text-anchor", anchor);
    }

    private static String plain(double value) {
        return new java.math.BigDecimal(Double.toString(value))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static String threeDigits(double value) {
        return new java.math.BigDecimal(value)
                .round(new java.math.MathContext(3))
                .toPlainString();
    }
}
