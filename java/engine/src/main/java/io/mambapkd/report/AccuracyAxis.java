package io.mambapkd.report;

import java.util.Collection;
import java.util.List;

/**
 * A vertical axis for accuracies: the error 1 - p is laid out on a logarithmic scale, so that 99.0 % and 99.6 % stay as far apart as 90 % and
 * 96 %, and ticks are labelled with accuracies.
 *
 * @param errors the axis of the errors, largest at the bottom
 * @param smallestError smaller errors, 0 among them, are drawn as this one
 */
record AccuracyAxis(LogAxis errors, double smallestError) {
    /** Room below the lowest accuracy, as a factor of its error. */
    private static final double MARGIN_BELOW = 1.2;

    /** Room above the highest: more, because charts label their best points. */
    private static final double MARGIN_ABOVE = 1.5;

    private static final double LEAST_SPAN = 1.5;

    /**
     * An axis that holds all of some accuracies in 0..1.
     *
     * @param images number of images they were measured on: half an image is the smallest error that can be drawn
     */
    static AccuracyAxis holding(Collection<Double> accuracies, int images, double bottom, double top) {
        double smallest = 0.5 / Math.max(images, 1);
        double lowest = 1;
        double highest = smallest;
        for (double accuracy : accuracies) {
            double error = Math.max(1 - accuracy, smallest);
            lowest = Math.min(lowest, error);
            highest = Math.max(highest, error);
        }
        double first = Math.min(1, Math.max(highest, lowest) * MARGIN_BELOW);
        double last = Math.min(lowest / MARGIN_ABOVE, first / LEAST_SPAN);
        return new AccuracyAxis(new LogAxis(first, last, bottom, top), smallest);
    }

    double position(double accuracy) {
        return errors.position(Math.max(1 - accuracy, smallestError));
    }

    /** Accuracies to be labelled, at least {@code gap} pixels apart, descending. */
    List<Double> ticks(double gap) {
        return errors.ticks(gap).stream().map(error -> 1 - error).toList();
    }

    /** {@code 99.5 %}: as many decimals as a tick needs. */
    static String label(double accuracy) {
        java.math.BigDecimal percent = java.math.BigDecimal.valueOf(100 * accuracy)
                .setScale(6, java.math.RoundingMode.HALF_EVEN)
                .stripTrailingZeros();
        return percent.toPlainString() + "\u00a0%";
    }
}
