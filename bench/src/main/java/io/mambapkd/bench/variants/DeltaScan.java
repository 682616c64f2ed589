package io.mambapkd.bench.variants;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Checks;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The forward scan with the projection of delta: {@code delta = low weight^T}, then {@link ScanOps#forward}. */
@FunctionalInterface
public interface DeltaScan {
    /**
     * @param low (B, L, R); column view allowed
     * @param weight (D, R)
     * @param others all but delta, as in {@link ScanOps.Inputs}
     */
    record Inputs(Tensor low, Tensor weight, Others others) {
        /** @throws IllegalArgumentException if {@code low} or {@code weight} does not fit the others */
        void check() {
            int[] shape = others.u().shape().toArray();
            int rank = weight.shape().last();
            Checks.shape("delta_scan", "weight", weight, shape[2], rank);
            Checks.columnView("delta_scan", "low", low, DType.F32, shape[0], shape[1], rank);
        }
    }

    /** What the scan takes beside delta, as in {@link ScanOps.Inputs}. */
    record Others(
            Tensor u,
            Tensor a,
            Tensor b,
            Tensor c,
            @Nullable Tensor dSkip,
            @Nullable Tensor z,
            @Nullable Tensor deltaBias) {
        /** With a delta (B, L, D). */
        public ScanOps.Inputs with(Tensor delta) {
            return new ScanOps.Inputs(u, delta, a, b, c, dSkip, z, deltaBias);
        }
    }

    /** Outputs as in {@link ScanOps#forward}. */
    void forward(ScanOps.Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState);

    /**
     * One after the other, as the engine does it: the specification.
     *
     * @param delta (B, L, D), overwritten
     */
    static DeltaScan composed(Backend backend, Tensor delta) {
        return (options, inputs, y, lastState) -> {
            inputs.check();
            backend.gemm().multiply(inputs.low(), Transpose.NO, inputs.weight(), Transpose.YES, Write.OVERWRITE, delta);
            backend.scan().forward(options, inputs.others().with(delta), y, lastState);
        };
    }
}
