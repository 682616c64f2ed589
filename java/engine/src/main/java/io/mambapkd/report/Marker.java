package io.mambapkd.report;

import io.mambapkd.results.Format;

/** Shapes of points. They differ without colour, so that a chart survives greyscale and colour blindness. */
enum Marker {
    CIRCLE,
    SQUARE,
    TRIANGLE,
    DIAMOND,
    CROSS,
    PLUS,
    STAR;

    /** An SVG path of about the size of a circle of radius {@code r} around (x, y). */
    String path(double x, double y, double r) {
        return switch (this) {
            case CIRCLE -> "M" + at(x - r, y) + arc(r) + at(x + r, y) + arc(r) + at(x - r, y) + "Z";
            case SQUARE ->
                closed(
                        x - 0.9 * r,
                        y - 0.9 * r,
                        x + 0.9 * r,
                        y - 0.9 * r,
                        x + 0.9 * r,
                        y + 0.9 * r,
                        x - 0.9 * r,
                        y + 0.9 * r);
            case TRIANGLE -> closed(x, y - 1.15 * r, x + 1.05 * r, y + 0.75 * r, x - 1.05 * r, y + 0.75 * r);
            case DIAMOND -> closed(x, y - 1.25 * r, x + 1.25 * r, y, x, y + 1.25 * r, x - 1.25 * r, y);
            case CROSS ->
                stroke(x - 0.8 * r, y - 0.8 * r, x + 0.8 * r, y + 0.8 * r)
                        + stroke(x - 0.8 * r, y + 0.8 * r, x + 0.8 * r, y - 0.8 * r);
            case PLUS -> stroke(x - 1.1 * r, y, x + 1.1 * r, y) + stroke(x, y - 1.1 * r, x, y + 1.1 * r);
            case STAR -> star(x, y, 1.5 * r);
        };
    }

    private static String star(double x, double y, double r) {
        double[] corners = new double[20];
        for (int i = 0; i < 10; i++) {
            double radius = i % 2 == 0 ? r : 0.42 * r;
            double angle = Math.PI * i / 5;
            corners[2 * i] = x + radius * StrictMath.sin(angle);
            corners[2 * i + 1] = y - radius * StrictMath.cos(angle);
        }
        return closed(corners);
    }

    private static String closed(double... corners) {
        StringBuilder path = new StringBuilder("M").append(at(corners[0], corners[1]));
        for (int i = 2; i < corners.length; i += 2) {
            path.append('L').append(at(corners[i], corners[i + 1]));
        }
        return path.append('Z').toString();
    }

    private static String stroke(double x1, double y1, double x2, double y2) {
        return "M" + at(x1, y1) + "L" + at(x2, y2);
    }

    private static String arc(double r) {
        return "A" + at(r, r) + " 0 1 0 ";
    }

    private static String at(double x, double y) {
        return Format.pixels(x) + " " + Format.pixels(y);
    }
}
