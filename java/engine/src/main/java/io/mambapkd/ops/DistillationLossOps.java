package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The distillation loss with its gradient, in one pass.
 *
 * <pre>
 *   e      = ensembleWeight * ensemble + studentWeight * student          combined logits
 *   hard_i = cross entropy of e_i against the label, smoothed: target = (1 - eps) [k = label] + eps / K
 *   soft_i = T^2 KL( softmax(teacher_i / T) || softmax(e_i / T) )
 *   loss   = mean over the valid rows of w_i (alpha hard_i + (1 - alpha) soft_i)
 * </pre>
 *
 * Hinton et al. (arXiv 1503.02531), section 2; the ensemble form is eq. 5 of "Mamba base PKD" (arXiv 2503.01727). Cross entropy
 * alone is alpha = 1.
 */
public interface DistillationLossOps {
    /** Number of values in {@code statistics}. */
    int STATISTICS = 5;

    /**
     * @param alpha weight of the hard term, in [0, 1]
     * @param temperature T, above 0
     * @param labelSmoothing eps, in [0, 1)
     * @param ensembleWeight weight of the frozen ensemble's logits
     * @param studentWeight weight of the student's logits
     */
    record Options(
            double alpha, double temperature, double labelSmoothing, double ensembleWeight, double studentWeight) {
        public Options {
            Checks.that(alpha >= 0 && alpha <= 1, "distillation_loss", "alpha must be in [0, 1], got " + alpha);
            Checks.that(temperature > 0, "distillation_loss", "the temperature must be above 0, got " + temperature);
            Checks.that(
                    labelSmoothing >= 0 && labelSmoothing < 1,
                    "distillation_loss",
                    "label smoothing must be in [0, 1), got " + labelSmoothing);
        }

        /** Cross entropy against the labels, of the student alone. */
        public static Options crossEntropy(double labelSmoothing) {
            return new Options(1, 1, labelSmoothing, 0, 1);
        }
    }

    /**
     * @param student (B, K)
     * @param ensemble (B, K), or null: the student stands alone
     * @param teacher (B, K), or null if alpha is 1
     * @param labels (B) I32, in 0..K-1; another one among the valid rows is an exception on the CPU, and elsewhere makes the loss NaN
     * @param sampleWeights (B), or null for 1
     * @param valid number of leading rows that count, 1..B; the gradient of the others is 0
     */
    record Inputs(
            Tensor student,
            @Nullable Tensor ensemble,
            @Nullable Tensor teacher,
            Tensor labels,
            @Nullable Tensor sampleWeights,
            int valid) {}

    /**
     * @param dStudent (B, K), gradient of the loss with respect to the student's logits, overwritten
     * @param combined (B, K), the combined logits, overwritten; or null
     * @param statistics ({@link #STATISTICS}), overwritten with: loss; mean hard term; mean KL, without T^2 (0 without a
     *     teacher); number of valid rows whose largest combined logit is the label's; gradient of the loss with respect to studentWeight
     */
    void lossAndGradient(Options options, Inputs inputs, Tensor dStudent, @Nullable Tensor combined, Tensor statistics);
}
