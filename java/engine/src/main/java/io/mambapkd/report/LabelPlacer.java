package io.mambapkd.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds room for the labels of a chart's points, beside the points and off everything else. */
final class LabelPlacer {
    /** Where text goes. {@code anchor} is SVG's text-anchor. */
    record Place(double x, double y, String anchor) {}

    private record Box(double left, double top, double right, double bottom) {
        double overlap(Box other) {
            double width = Math.min(right, other.right) - Math.max(left, other.left);
            double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
            return width > 0 && height > 0 ? width * height : 0;
        }

        boolean holds(Box other) {
            return other.left >= left && other.right <= right && other.top >= top && other.bottom <= bottom;
        }
    }

    private record Candidate(Place place, Box box) {}

    private static final double[] DISTANCES = {9, 16, 26};
    /** Directions from the point in order of preference: right of it, left, above, below, then the corners. */
    private static final int[][] DIRECTIONS = {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}};

    private static final double COST_OF_DISTANCE = 2;

    private final Box room;
    private final double fontPixels;
    private final List<Box> solid = new ArrayList<>();
    private final List<Box> soft = new ArrayList<>();

    LabelPlacer(double left, double top, double right, double bottom, double fontPixels) {
        this.room = new Box(left, top, right, bottom);
        this.fontPixels = fontPixels;
    }

    /** Keeps labels off a marker. */
    void addMarker(double x, double y, double radius) {
        solid.add(new Box(x - radius, y - radius, x + radius, y + radius));
    }

    /** Keeps labels off a line where there is a choice. */
    void addLine(double x1, double y1, double x2, double y2) {
        int steps = (int) Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)) / 4) + 1;
        for (int i = 0; i <= steps; i++) {
            double x = x1 + (x2 - x1) * i / steps;
            double y = y1 + (y2 - y1) * i / steps;
            soft.add(new Box(x - 2, y - 2, x + 2, y + 2));
        }
    }

    /** Room for one line of text about the point (x, y), or nothing where every place is taken. */
    Optional<Place> place(String text, double x, double y) {
        Candidate best = null;
        double bestCost = Double.POSITIVE_INFINITY;
        for (double distance : DISTANCES) {
            for (int[] direction : DIRECTIONS) {
                Candidate candidate = candidate(text, x, y, distance, direction);
                boolean free =
                        room.holds(candidate.box) && solid.stream().noneMatch(box -> box.overlap(candidate.box) > 0);
                double cost = distance * COST_OF_DISTANCE
                        + soft.stream()
                                .mapToDouble(box -> box.overlap(candidate.box))
                                .sum();
                if (free && cost < bestCost) {
                    best = candidate;
                    bestCost = cost;
                }
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        solid.add(best.box);
        return Optional.of(best.place);
    }

    private Candidate candidate(String text, double x, double y, double distance, int[] direction) {
        // The browser's font is unknown here; digits and lower case are narrower than this in all usual ones.
        double width = 0.58 * fontPixels * text.length();
        double height = 1.2 * fontPixels;
        boolean corner = direction[0] != 0 && direction[1] != 0;
        double dx = direction[0] * (corner ? 0.7 * distance : distance);
        double centreY = y + direction[1] * (corner ? 0.7 * distance + 0.3 * height : distance + 0.35 * height);
        String anchor;
        double left;
        if (direction[0] > 0) {
            anchor = "start";
            left = x + dx;
        } else if (direction[0] < 0) {
            anchor = "end";
            left = x + dx - width;
        } else {
            anchor = "middle";
            left = x - width / 2;
        }
        Place place = new Place(x + dx, centreY + 0.35 * fontPixels, anchor);
        return new Candidate(place, new Box(left, centreY - height / 2, left + width, centreY + height / 2));
    }
}
