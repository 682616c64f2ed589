package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.checks.DistillationLossChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Rows in double precision, on {@link StrictMath}: a batch has few logits, and the loss is what everything else is judged by. */
public final class CpuDistillationLoss implements DistillationLossOps {
    private static final String NAME = "distillation_loss";
    private static final int ROWS_PER_TASK = 32;

    private final CpuExecutor executor;
    private double[] rowSums = {};

    public CpuDistillationLoss(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void lossAndGradient(
            Options options, Inputs inputs, Tensor dStudent, @Nullable Tensor combined, Tensor statistics) {
        DistillationLossChecks.arguments(options, inputs, dStudent, combined, statistics);
        int rows = inputs.student().shape().extent(0);
        if (rowSums.length < rows * STATISTICS) {
            rowSums = new double[rows * STATISTICS];
        }
        double[] sums = rowSums;
        int tasks = (rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
        executor.run(tasks, (task, scratch) -> {
            Row row = new Row(options, inputs, dStudent, combined);
            int end = Math.min(rows, (task + 1) * ROWS_PER_TASK);
            for (int i = task * ROWS_PER_TASK; i < end; i++) {
                row.compute(i, sums, i * STATISTICS);
            }
        });
        float[] out = CpuMemory.floats(statistics);
        for (int s = 0; s < STATISTICS; s++) {
            double sum = 0;
            for (int i = 0; i < inputs.valid(); i++) {
                sum += sums[i * STATISTICS + s];
            }
            boolean isMean = s < 3;
            out[CpuMemory.at(statistics) + s] = (float) (isMean ? sum / inputs.valid() : sum);
        }
    }

    /** The computation of single rows, with its working memory. */
    private static final class Row {
        private final Options options;
        private final Inputs inputs;
        private final Tensor dStudent;
        private final @Nullable Tensor combined;
        private final int classes;
        private final double[] logits;
        private final double[] teacherLogits;
        private final double[] gradient;

        Row(Options options, Inputs inputs, Tensor dStudent, @Nullable Tensor combined) {
            this.options = options;
            this.inputs = inputs;
            this.dStudent = dStudent;
            this.combined = combined;
            this.classes = inputs.student().shape().last();
            this.logits = new double[classes];
            this.teacherLogits = new double[classes];
            this.gradient = new double[classes];
        }

        /** Writes the row's gradient, and its terms of the {@link DistillationLossOps#STATISTICS} to {@code sums[at..]}. */
        void compute(int row, double[] sums, int at) {
            float[] student = CpuMemory.floats(inputs.student());
            int from = CpuMemory.at(inputs.student()) + row * classes;
            combine(row, student, from);
            float[] out = CpuMemory.floats(dStudent);
            int to = CpuMemory.at(dStudent) + row * classes;
            if (row >= inputs.valid()) {
                java.util.Arrays.fill(out, to, to + classes, 0f);
                return;
            }
            int label = CpuMemory.integers(inputs.labels())[CpuMemory.at(inputs.labels()) + row];
            Checks.that(
                    label >= 0 && label < classes,
                    NAME,
                    "label " + label + " of row " + row + " is outside 0.." + (classes - 1));
            double hard = hardTerm(label);
            double divergence = inputs.teacher() == null ? 0 : softTerm(row, inputs.teacher());
            double weight = inputs.sampleWeights() == null
                    ? 1
                    : CpuMemory.floats(inputs.sampleWeights())[CpuMemory.at(inputs.sampleWeights()) + row];
            double softScale = options.temperature() * options.temperature();
            double soft = options.alpha() == 1 ? 0 : (1 - options.alpha()) * softScale * divergence;
            double dStudentWeight = 0;
            for (int k = 0; k < classes; k++) {
                double g = gradient[k] * weight / inputs.valid();
                out[to + k] = (float) (options.studentWeight() * g);
                dStudentWeight += g * student[from + k];
            }
            sums[at] = weight * (options.alpha() * hard + soft);
            sums[at + 1] = hard;
            sums[at + 2] = divergence;
            sums[at + 3] = argmax(logits) == label ? 1 : 0;
            sums[at + 4] = dStudentWeight;
        }

        private void combine(int row, float[] student, int from) {
            for (int k = 0; k < classes; k++) {
                logits[k] = options.studentWeight() * student[from + k];
            }
            if (inputs.ensemble() != null) {
                float[] ensemble = CpuMemory.floats(inputs.ensemble());
                int at = CpuMemory.at(inputs.ensemble()) + row * classes;
                for (int k = 0; k < classes; k++) {
                    logits[k] += options.ensembleWeight() * ensemble[at + k];
                }
            }
            if (combined != null) {
                float[] target = CpuMemory.floats(combined);
                int at = CpuMemory.at(combined) + row * classes;
                for (int k = 0; k < classes; k++) {
                    target[at + k] = (float) logits[k];
                }
            }
        }

        /** Cross entropy; starts {@link #gradient} with alpha times its gradient. */
        private double hardTerm(int label) {
            double logSum = logSumExp(logits, 1);
            double smoothing = options.labelSmoothing();
            double loss = 0;
            for (int k = 0; k < classes; k++) {
                double target = (k == label ? 1 - smoothing : 0) + smoothing / classes;
                double logProbability = logits[k] - logSum;
                loss -= target == 0 ? 0 : target * logProbability;
                gradient[k] = options.alpha() * (StrictMath.exp(logProbability) - target);
            }
            return loss;
        }

        /** KL divergence at the temperature; adds (1 - alpha) T^2 times its gradient to {@link #gradient}. */
        private double softTerm(int row, Tensor teacher) {
            double temperature = options.temperature();
            float[] source = CpuMemory.floats(teacher);
            int at = CpuMemory.at(teacher) + row * classes;
            for (int k = 0; k < classes; k++) {
                teacherLogits[k] = source[at + k];
            }
            double teacherLogSum = logSumExp(teacherLogits, temperature);
            double logSum = logSumExp(logits, temperature);
            double divergence = 0;
            for (int k = 0; k < classes; k++) {
                double teacherLog = teacherLogits[k] / temperature - teacherLogSum;
                double studentLog = logits[k] / temperature - logSum;
                double probability = StrictMath.exp(teacherLog);
                // A probability of 0 contributes 0; its logarithm is finite, so no special case is needed.
                divergence += probability * (teacherLog - studentLog);
                gradient[k] += (1 - options.alpha()) * temperature * (StrictMath.exp(studentLog) - probability);
            }
            return divergence;
        }

        private static double logSumExp(double[] values, double temperature) {
            double largest = values[argmax(values)];
            double sum = 0;
            for (double value : values) {
                sum += StrictMath.exp((value - largest) / temperature);
            }
            return largest / temperature + StrictMath.log(sum);
        }

        private static int argmax(double[] values) {
            int best = 0;
            for (int k = 1; k < values.length; k++) {
                if (values[k] > values[best]) {
                    best = k;
                }
            }
            return best;
        }
    }
}
