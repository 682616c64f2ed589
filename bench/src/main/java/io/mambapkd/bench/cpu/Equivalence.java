package io.mambapkd.bench.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Refuses to compare the speed of two programs that do not compute the same. Both start from the same weights; after the first step their
 * logits, losses and norms of the gradient agree, and their losses over the next steps, which they only do if gradients, clipping and the
 * optimizer agree too.
 */
final class Equivalence {
    static final int STEPS = 5;

    /** How far two programs may differ: absolutely, or relatively where values are above 1. */
    enum Tolerance {
        /** Both compute in F32. */
        F32(1e-4, 1e-3),
        /**
         * Activations are BF16 in the peer, which has 8 significant bits, and F32 in ours; both round the factors of convolutions. Logits and losses after some
         * steps differ by what both differ from the exact result.
         */
        BF16(0.05, 0.05);

        private final double first;
        private final double later;

        Tolerance(double first, double later) {
            this.first = first;
            this.later = later;
        }
    }

    /**
     * The first steps of a subject.
     *
     * @param logits of the first step
     * @param norm of the first step's gradient
     * @param losses of all of them
     * @param fastestNanos time of the fastest but the first
     */
    record FirstSteps(String name, List<Float> logits, double norm, List<Double> losses, long fastestNanos) {
        static FirstSteps of(StepSubject subject, int steps) {
            double norm = subject.stepWithNorm();
            List<Float> logits = new ArrayList<>();
            for (float logit : subject.logits()) {
                logits.add(logit);
            }
            List<Double> losses = new ArrayList<>(List.of(subject.loss()));
            long fastest = Long.MAX_VALUE;
            for (int step = 2; step <= steps; step++) {
                long start = System.nanoTime();
                subject.step();
                fastest = Math.min(fastest, System.nanoTime() - start);
                losses.add(subject.loss());
            }
            return new FirstSteps(subject.name(), logits, norm, losses, fastest);
        }
    }

    private Equivalence() {}

    /**
     * Steps both, which compute in F32.
     *
     * @return largest difference of the first logits
     * @throws WrongMeasurement if they differ
     */
    static double require(StepSubject ours, StepSubject peer) {
        return require(FirstSteps.of(ours, STEPS), FirstSteps.of(peer, STEPS), Tolerance.F32);
    }

    /**
     * Compares as many steps as both have made.
     *
     * @return largest difference of the first logits
     * @throws WrongMeasurement if they differ
     */
    static double require(FirstSteps ours, FirstSteps peer, Tolerance tolerance) {
        List<Float> expected = peer.logits();
        List<Float> got = ours.logits();
        if (got.size() != expected.size()) {
            throw new WrongMeasurement(
                    ours.name() + " gives " + got.size() + " logits, " + peer.name() + " gives " + expected.size());
        }
        double largest = 0;
        for (int i = 0; i < got.size(); i++) {
            double difference = Math.abs(got.get(i) - expected.get(i));
            require("logit " + i, tolerance.first, got.get(i), expected.get(i), ours, peer);
            largest = Math.max(largest, difference);
        }
        double scale = Math.max(Double.MIN_NORMAL, peer.norm());
        require(
                "the norm of the first gradient, of that of the peer,",
                tolerance.later,
                ours.norm() / scale,
                1,
                ours,
                peer);
        for (int step = 1; step <= Math.min(ours.losses().size(), peer.losses().size()); step++) {
            double loss = ours.losses().get(step - 1);
            double expectedLoss = peer.losses().get(step - 1);
            if (step == 1) {
                require("the first loss", tolerance.first, loss, expectedLoss, ours, peer);
            } else {
                require("the loss of step " + step, tolerance.later, loss, expectedLoss, ours, peer);
            }
        }
        return largest;
    }

    private static void require(
            String what, double tolerance, double got, double expected, FirstSteps ours, FirstSteps peer) {
        // Written so that NaN fails.
        if (!(Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected)))) {
            throw new WrongMeasurement("no timing: " + what + " is " + got + " in " + ours.name() + " but " + expected
                    + " in " + peer.name() + ", so they do not compute the same step");
        }
    }
}
