package io.mambapkd.bench.cpu;

/**
 * Refuses to compare the speed of two programs that do not compute the same. Both start from the same weights; after the first step their
 * logits and losses agree to {@value #FIRST}, and losses to {@value #LATER} over the next {@value #STEPS} steps, which they only do
 * if gradients, clipping and AdamW agree too.
 */
final class Equivalence {
    private static final double FIRST = 1e-4;
    private static final double LATER = 1e-3;
    private static final int STEPS = 5;

    private Equivalence() {}

    /**
     * Steps both.
     *
     * @return largest difference of the first logits
     * @throws WrongMeasurement if they differ
     */
    static double require(StepSubject ours, StepSubject peer) {
        ours.step();
        peer.step();
        float[] expected = peer.logits();
        float[] got = ours.logits();
        if (got.length != expected.length) {
            throw new WrongMeasurement(
                    ours.name() + " gives " + got.length + " logits, " + peer.name() + " gives " + expected.length);
        }
        double largest = 0;
        for (int i = 0; i < got.length; i++) {
            double difference = Math.abs(got[i] - expected[i]);
            require("logit " + i, FIRST, got[i], expected[i], ours, peer);
            largest = Math.max(largest, difference);
        }
        require("the first loss", FIRST, ours.loss(), peer.loss(), ours, peer);
        for (int step = 2; step <= STEPS; step++) {
            ours.step();
            peer.step();
            require("the loss of step " + step, LATER, ours.loss(), peer.loss(), ours, peer);
        }
        return largest;
    }

    private static void require(
            String what, double tolerance, double got, double expected, StepSubject ours, StepSubject peer) {
        // Written so that NaN fails.
        if (!(Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected)))) {
            throw new WrongMeasurement("no timing: " + what + " is " + got + " in " + ours.name() + " but " + expected
                    + " in " + peer.name() + ", so they do not compute the same step");
        }
    }
}
