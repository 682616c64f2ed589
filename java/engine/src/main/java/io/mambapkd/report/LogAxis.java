package io.mambapkd.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A logarithmic axis of a chart.
 *
 * @param first the value at {@code start}, above 0
 * @param last the value at {@code end}, above 0, not {@code first}
 * @param start pixel position of the axis's beginning
 * @param end pixel position of its end
 */
record LogAxis(double first, double last, double start, double end) {
    /** Leading digits of ticks, the most important first. */
    private static final int[] DIGITS = {1, 5, 2, 3};

    LogAxis {
        if (!(first > 0 && last > 0) || first == last) {
            throw new IllegalArgumentException("an axis cannot reach from " + first + " to " + last);
        }
    }

    /** The pixel position of a value above 0; outside the axis for values outside its range. */
    double position(double value) {
        double share = (StrictMath.log10(value) - StrictMath.log10(first))
                / (StrictMath.log10(last) - StrictMath.log10(first));
        return start + share * (end - start);
    }

    /** Round values on the axis: powers of ten, then 5, 2 and 3 times those as far as all stay {@code gap} pixels apart; ascending. */
    List<Double> ticks(double gap) {
        double low = Math.min(first, last);
        double high = Math.max(first, last);
        int firstDecade = (int) Math.floor(StrictMath.log10(low)) - 1;
        int lastDecade = (int) Math.ceil(StrictMath.log10(high));
        List<Double> ticks = new ArrayList<>();
        for (int digit : DIGITS) {
            for (int decade = firstDecade; decade <= lastDecade; decade++) {
                // Through the decimal text, because 2 * 0.1 is not exactly 0.2 for every pair of digit and decade.
                double value = Double.parseDouble(digit + "e" + decade);
                boolean inside = value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
                if (inside && ticks.stream().allMatch(tick -> Math.abs(position(tick) - position(value)) >= gap)) {
                    ticks.add(value);
                }
            }
        }
        ticks.sort(null);
        return ticks;
    }
}
