package io.mambapkd.report;

import io.mambapkd.report.AnytimeSeries.Kind;
import io.mambapkd.report.AnytimeSeries.Point;
import io.mambapkd.results.Format;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Accuracy against FLOPs as an SVG: each student alone, each prefix of the group, early exit, controls, the teacher, the paper's points. */
final class AnytimeChart {
    /**
     * Where the chart is shown. The style sheet shows one of them, as the window is wide or narrow; scaling one to all widths would make its letters too small.
     *
     * @param cssClass by which the style sheet knows it
     * @param fontPixels size of its letters
     * @param wideTickGap of ticks along the horizontal axis, where labels are wider than high
     */
    private record Frame(
            String cssClass,
            int width,
            int height,
            double left,
            double right,
            double top,
            double bottom,
            double fontPixels,
            double wideTickGap,
            String accuracyTitle,
            String ratioTitle) {}

    private static final Frame BROAD = new Frame(
            "broad",
            860,
            500,
            66,
            838,
            34,
            446,
            12.5,
            46,
            "Test accuracy (logarithmic scale of the error)",
            "Average FLOPs per image in % of the teacher\u2019s (logarithmic scale)");
    private static final Frame NARROW = new Frame(
            "narrow",
            300,
            330,
            54,
            284,
            28,
            280,
            10,
            36,
            "Test accuracy (log. scale of the error)",
            "Average FLOPs, % of the teacher\u2019s (log. scale)");
    private static final double TICK_GAP = 22;

    /** Room beside the outermost points, as a factor. */
    private static final double MARGIN = 1.25;

    private final Markup html;
    private final Frame frame;
    private final List<Point> points;
    private final LogAxis ratios;
    private final AccuracyAxis accuracies;
    private final LabelPlacer placer;

    private AnytimeChart(Markup html, RunSummary summary, Frame frame) {
        this.html = html;
        this.frame = frame;
        this.points = AnytimeSeries.points(summary);
        this.ratios = ratios(points, frame);
        this.accuracies = AccuracyAxis.holding(
                points.stream().map(Point::accuracy).toList(), summary.testImages(), frame.bottom, frame.top);
        this.placer = new LabelPlacer(frame.left, frame.top, frame.right, frame.bottom, frame.fontPixels);
    }

    /** Room to both sides of the outermost points, and at least one decade. */
    private static LogAxis ratios(List<Point> points, Frame frame) {
        double low = points.stream().mapToDouble(Point::ratio).min().orElse(0.1);
        double high = points.stream().mapToDouble(Point::ratio).max().orElse(1);
        return new LogAxis(Math.min(low, high / 10) / MARGIN, high * MARGIN, frame.left, frame.right);
    }

    /** Writes the chart, for a wide and for a narrow window, and its legend; nothing without students. */
    static void write(Markup html, RunSummary summary) {
        if (summary.students().isEmpty()) {
            return;
        }
        html.open("figure");
        AnytimeChart chart = new AnytimeChart(html, summary, BROAD);
        chart.writeChart();
        new AnytimeChart(html, summary, NARROW).writeChart();
        chart.writeLegend();
        html.close();
    }

    private void writeChart() {
        html.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + frame.width + " " + frame.height,
                "class",
                "chart " + frame.cssClass,
                "role",
                "img",
                "aria-label",
                "Test accuracy against average FLOPs per image; the numbers are in the tables below");
        writeAxes();
        writeTeacherLine();
        for (Kind kind : Kind.values()) {
            writeLine(kind);
        }
        for (Kind kind : Kind.values()) {
            writeMarkers(kind);
        }
        writeLabels();
        html.close();
    }

    private void writeAxes() {
        html.open("g", "class", "axis");
        for (double accuracy : accuracies.ticks(TICK_GAP)) {
            double y = accuracies.position(accuracy);
            line("grid", frame.left, y, frame.right, y);
            svgText(AccuracyAxis.label(accuracy), frame.left - 8, y + 4, "end");
        }
        for (double ratio : ratios.ticks(frame.wideTickGap)) {
            double x = ratios.position(ratio);
            line("grid", x, frame.top, x, frame.bottom);
            svgText(AccuracyAxis.label(ratio), x, frame.bottom + 20, "middle");
        }
        line("base", frame.left, frame.bottom, frame.right, frame.bottom);
        boolean broad = frame.equals(BROAD);
        svgText(frame.accuracyTitle, broad ? frame.left : 4, frame.top - 14, "start");
        svgText(
                frame.ratioTitle,
                broad ? (frame.left + frame.right) / 2 : frame.width / 2.0,
                frame.bottom + 44,
                "middle");
        html.close();
    }

    private void writeTeacherLine() {
        of(Kind.TEACHER).forEach(teacher -> {
            double y = accuracies.position(teacher.accuracy());
            line("line teacher", frame.left, y, frame.right, y);
            placer.addLine(frame.left, y, frame.right, y);
        });
    }

    private void writeLine(Kind kind) {
        List<Point> connected = of(kind).stream()
                .sorted(Comparator.comparingDouble(Point::ratio))
                .toList();
        if (!kind.isConnected() || connected.size() < 2) {
            return;
        }
        StringBuilder corners = new StringBuilder();
        for (int i = 0; i < connected.size(); i++) {
            Point point = connected.get(i);
            corners.append(i == 0 ? "" : " ")
                    .append(Format.pixels(x(point)))
                    .append(',')
                    .append(Format.pixels(y(point)));
            if (i > 0) {
                Point previous = connected.get(i - 1);
                placer.addLine(x(previous), y(previous), x(point), y(point));
            }
        }
        html.leaf("polyline", "class", "line " + kind.cssClass(), "points", corners.toString());
    }

    private void writeMarkers(Kind kind) {
        for (Point point : of(kind)) {
            double radius = point.emphasis().radius();
            html.open("g", "class", "mark " + kind.cssClass())
                    .element("title", point.tooltip())
                    .leaf(
                            "circle",
                            "class",
                            "hit",
                            "cx",
                            Format.pixels(x(point)),
                            "cy",
                            Format.pixels(y(point)),
                            "r",
                            "10")
                    .leaf("path", "d", kind.marker().path(x(point), y(point), radius))
                    .close();
            placer.addMarker(x(point), y(point), radius + 2);
        }
    }

    private void writeLabels() {
        List<Point> labelled = new ArrayList<>(points);
        labelled.removeIf(point -> point.label().isEmpty());
        for (Point point : labelled) {
            placer.place(point.label(), x(point), y(point))
                    .ifPresent(place -> html.element(
                            "text",
                            point.label(),
                            "class",
                            "label " + point.kind().cssClass(),
                            "x",
                            Format.pixels(place.x()),
                            "y",
                            Format.pixels(place.y()),
                            "text-anchor",
                            place.anchor()));
        }
    }

    private void writeLegend() {
        html.open("ul", "class", "legend");
        for (Kind kind : Kind.values()) {
            if (of(kind).isEmpty()) {
                continue;
            }
            html.open("li").open("svg", "viewBox", "0 0 30 14", "class", "key", "aria-hidden", "true");
            if (kind.isConnected() || kind == Kind.TEACHER) {
                html.leaf(
                        "polyline",
                        "class",
                        "line " + kind.cssClass(),
                        "points",
                        String.format(Locale.ROOT, "1,%d 29,%d", 7, 7));
            }
            html.open("g", "class", "mark " + kind.cssClass())
                    .leaf("path", "d", kind.marker().path(15, 7, 4.5))
                    .close();
            html.close().text(kind.legend()).close();
        }
        html.close();
    }

    private List<Point> of(Kind kind) {
        return points.stream().filter(point -> point.kind() == kind).toList();
    }

    private double x(Point point) {
        return ratios.position(point.ratio());
    }

    private double y(Point point) {
        return accuracies.position(point.accuracy());
    }

    private void line(String cssClass, double x1, double y1, double x2, double y2) {
        html.leaf(
                "line",
                "class",
                cssClass,
                "x1",
                Format.pixels(x1),
                "y1",
                Format.pixels(y1),
                "x2",
                Format.pixels(x2),
                "y2",
                Format.pixels(y2));
    }

    private void svgText(String text, double x, double y, String anchor) {
        html.element("text", text, "x", Format.pixels(x), "y", Format.pixels(y), "text-anchor", anchor);
    }
}
