package io.mambapkd.distill;

/** Rows of logits on the host. */
final class Probabilities {
    private Probabilities() {}

    /** Softmax of {@code logits[at .. at+count)} into {@code target}. */
    static void softmax(float[] logits, int at, int count, double[] target) {
        double largest = logits[at + argmax(logits, at, count)];
        double sum = 0;
        for (int k = 0; k < count; k++) {
            target[k] = StrictMath.exp(logits[at + k] - largest);
            sum += target[k];
        }
        for (int k = 0; k < count; k++) {
            target[k] /= sum;
        }
    }

    /** Largest softmax probability. */
    static double largest(float[] logits, int at, int count) {
        double top = logits[at + argmax(logits, at, count)];
        double sum = 0;
        for (int k = 0; k < count; k++) {
            sum += StrictMath.exp(logits[at + k] - top);
        }
        return 1 / sum;
    }

    /** Index of the first largest value, from 0. */
    static int argmax(float[] logits, int at, int count) {
        int best = 0;
        for (int k = 1; k < count; k++) {
            if (logits[at + k] > logits[at + best]) {
                best = k;
            }
        }
        return best;
    }
}
