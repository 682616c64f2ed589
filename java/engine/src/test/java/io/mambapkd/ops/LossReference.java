package io.mambapkd.ops;

import io.mambapkd.ops.DistillationLossOps.Options;

/** The distillation loss of host arrays, in double precision and straight from its definition. */
final class LossReference {
    private final Options options;
    private final int classes;
    final double[] combined;
    final double[] gradient;
    final double[] statistics = new double[DistillationLossOps.STATISTICS];

    /** Host copies of the inputs. */
    static final class Host {
        private final float[] student;
        private final float[] ensemble;
        private final float[] teacher;
        private final int[] labels;
        private final float[] weights;

        Host(float[] student, float[] ensemble, float[] teacher, int[] labels, float[] weights) {
            this.student = student;
            this.ensemble = ensemble;
            this.teacher = teacher;
            this.labels = labels;
            this.weights = weights;
        }
    }

    LossReference(Options options, Host in, int classes) {
        this.options = options;
        this.classes = classes;
        int rows = in.labels.length;
        combined = new double[rows * classes];
        gradient = new double[rows * classes];
        for (int i = 0; i < combined.length; i++) {
            combined[i] = options.studentWeight() * in.student[i] + options.ensembleWeight() * in.ensemble[i];
        }
        for (int row = 0; row < in.labels.length; row++) {
            add(in, row);
        }
        for (int s = 0; s < 3; s++) {
            statistics[s] /= in.labels.length;
        }
    }

    private void add(Host in, int row) {
        double[] log = logSoftmax(combined, row, 1);
        double[] softLog = logSoftmax(combined, row, options.temperature());
        double[] teacherLog = logSoftmax(doubles(in.teacher), row, options.temperature());
        double weight = in.weights[row];
        double hard = 0;
        double divergence = 0;
        int best = 0;
        for (int k = 0; k < classes; k++) {
            int at = row * classes + k;
            double target =
                    (k == in.labels[row] ? 1 - options.labelSmoothing() : 0) + options.labelSmoothing() / classes;
            double p = StrictMath.exp(teacherLog[k]);
            hard -= target == 0 ? 0 : target * log[k];
            divergence += p == 0 ? 0 : p * (teacherLog[k] - softLog[k]);
            double g = options.alpha() * (StrictMath.exp(log[k]) - target)
                    + (1 - options.alpha()) * options.temperature() * (StrictMath.exp(softLog[k]) - p);
            g *= weight / in.labels.length;
            gradient[at] = options.studentWeight() * g;
            statistics[4] += g * in.student[at];
            best = combined[at] > combined[row * classes + best] ? k : best;
        }
        double soft = options.temperature() * options.temperature() * divergence;
        statistics[0] += weight * (options.alpha() * hard + (1 - options.alpha()) * soft);
        statistics[1] += hard;
        statistics[2] += divergence;
        statistics[3] += best == in.labels[row] ? 1 : 0;
    }

    private double[] logSoftmax(double[] logits, int row, double temperature) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            largest = Math.max(largest, logits[row * classes + k]);
        }
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += StrictMath.exp((logits[row * classes + k] - largest) / temperature);
        }
        double[] log = new double[classes];
        for (int k = 0; k < classes; k++) {
            log[k] = (logits[row * classes + k] - largest) / temperature - StrictMath.log(sum);
        }
        return log;
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = values[i];
        }
        return result;
    }
}
