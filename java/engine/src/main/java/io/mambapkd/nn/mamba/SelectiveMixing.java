package io.mambapkd.nn.mamba;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Optional;

/** From u and the projected dt, B and C to y by one or two selective scans: {@code dt_proj} makes delta of dt. Two scans share all of these, and their results are added. */
interface SelectiveMixing {
    /** Overwrites {@code y} (B, L, D). */
    void forward(Inputs inputs, Tensor y, Mode mode);

    /** Overwrites the gradients of the inputs and adds those of the weights. */
    void backward(Inputs inputs, Tensor dy, Gradients gradients);

    /**
     * @param u (B, L, D)
     * @param projected (B, L, R + 2N): dt, B, C
     * @param z (B, L, D)
     */
    record Inputs(Tensor u, Tensor projected, Tensor z) {}

    /** Gradients of {@link Inputs}, of their shapes. */
    record Gradients(Tensor du, Tensor dProjected, Tensor dZ) {}

    /**
     * The learned tensors of the scan from the first token to the last.
     *
     * @param dtWeight (D, R)
     * @param dtBias (D)
     * @param aLog (D, N)
     * @param skip (D)
     */
    record Weights(Parameter dtWeight, Parameter dtBias, Parameter aLog, Parameter skip) {
        private static final double SMALLEST_DT = 0.01;
        private static final double LARGEST_DT = 0.5;

        private static Weights declare(LayerPlan plan, MixerSpec spec) {
            int channels = spec.innerWidth();
            int rank = spec.dtRank();
            LayerPlan dt = plan.child("dt_proj");
            // U(+-R^-0.5), which keeps the variance of dt; the bias is the inverse softplus of the first dt.
            Initializer uniform = Initializer.uniform(1 / Math.sqrt(rank));
            return new Weights(
                    dt.parameter("weight", Decay.YES, uniform, channels, rank),
                    dt.parameter("bias", Decay.NO, Weights::inverseSoftplusOfDt, channels),
                    ScanCore.declareDecay(plan, "", spec),
                    ScanCore.declareSkip(plan, "", spec));
        }

        /** dt log-uniform in [0.01, 0.5]: the reference's 0.001 to 0.1 is too slow for sequences of 7 to 28 tokens. */
        private static float[] inverseSoftplusOfDt(Shape shape, Initializer.Draws draws) {
            float[] values = new float[Math.toIntExact(shape.elements())];
            double low = StrictMath.log(SMALLEST_DT);
            double high = StrictMath.log(LARGEST_DT);
            for (int i = 0; i < values.length; i++) {
                double dt = StrictMath.exp(low + (high - low) * draws.uniform(i, 0f, 1f));
                values[i] = (float) (dt + StrictMath.log(-StrictMath.expm1(-dt)));
            }
            return values;
        }
    }

    /** Declares the weights, and takes one pass over memory where the backend has a part for it. */
    static SelectiveMixing plan(LayerPlan plan, MixerSpec spec, int batch, int length) {
        Weights weights = Weights.declare(plan, spec);
        Optional<BlockOps.Mixing> fused = spec.direction() == MixerSpec.Direction.FORWARD
                ? plan.backend()
                        .block()
                        .mixing(
                                length,
                                spec.innerWidth(),
                                spec.stateSize(),
                                spec.dtRank(),
                                plan.precision().activations())
                : Optional.empty();
        return fused.isPresent()
                ? new FusedMixing(plan, fused.get(), weights, spec, batch, length)
                : new ComposedMixing(plan, weights, spec, batch, length);
    }
}
