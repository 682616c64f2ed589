package io.mambapkd.validate;

import io.mambapkd.tensor.Shape;

/** A tensor that came out of a trial. */
final class TrialResult {
    private final String name;
    private final Shape shape;
    private final float[] values;
    private final double tolerance;
    private final double leastScale;

    /**
     * @param name in the operation's terms
     * @param values dense, of that shape
     * @param tolerance largest error allowed, relative to the largest value of the tensor
     * @param leastScale what the error is relative to if all values are smaller
     */
    TrialResult(String name, Shape shape, float[] values, double tolerance, double leastScale) {
        this.name = name;
        this.shape = shape;
        this.values = values;
        this.tolerance = tolerance;
        this.leastScale = leastScale;
    }

    String name() {
        return name;
    }

    Shape shape() {
        return shape;
    }

    float[] values() {
        return values;
    }

    double tolerance() {
        return tolerance;
    }

    double leastScale() {
        return leastScale;
    }
}
