package io.mambapkd.ops.cpu;

import io.mambapkd.ops.ScanOps;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The backward scan of one sample, on one thread. The forward scan is done again, and its states and decays are kept in scratch memory; then the
 * steps are walked from the last visited to the first.
 *
 * <pre>
 *   g_t   = C_t ds_t + e_(t+1) g_(t+1)          gradient of h_t; e = exp(dt A)
 *   dB_t  = sum over channels of g_t dtu_t      dC_t = sum over channels of ds_t h_t
 *   ddtu  = sum over n of B_t g_t               dx_t = e_t g_t h_(t-1), gradient of dt A
 *   ddt   = sum over n of A dx_t  + u ddtu      dA  += dt_t dx_t
 * </pre>
 */
final class ScanGradient {
    private final ScanProblem problem;
    private final ScanSample sample;
    private final Rows du;
    private final Rows dDelta;
    private final Rows dB;
    private final Rows dC;
    private final @Nullable Rows dZ;
    private final int length;
    private final int channels;
    private final int states;
    private final int stateSize;
    /** exp(dt A) (L, N, D). */
    private final float[] decays;
    /** State before each step, and after the last one (L + 1, N, D). */
    private final float[] history;
    /** Derivative of softplus (L, D), later the gradient of delta. */
    private final float[] slope;
    /** Gradient of the result before the gate (L, D). */
    private final float[] ds;
    /** (N, D). */
    private final float[] g;
    /** (D) each. */
    private final float[] dDt;

    private final float[] dDtu;
    private final float[] product;

    ScanGradient(ScanProblem problem, ScanOps.Gradients gradients, Scratch scratch) {
        this.problem = problem;
        sample = new ScanSample(problem, scratch);
        du = Rows.of(gradients.du());
        dDelta = Rows.of(gradients.dDelta());
        dB = Rows.of(gradients.dB());
        dC = Rows.of(gradients.dC());
        dZ = gradients.dZ() == null ? null : Rows.of(gradients.dZ());
        length = problem.length;
        channels = problem.channels;
        states = problem.states;
        stateSize = problem.stateSize();
        int slot = ScanSample.SLOTS;
        decays = scratch.floats(slot++, length * stateSize);
        history = scratch.floats(slot++, (length + 1) * stateSize);
        slope = scratch.floats(slot++, length * channels);
        ds = scratch.floats(slot++, length * channels);
        g = scratch.floats(slot++, stateSize);
        dDt = scratch.floats(slot++, channels);
        dDtu = scratch.floats(slot++, channels);
        product = scratch.floats(slot, channels);
    }

    /** Elements of the sums of a task: dA (N, D), dDskip (D), dDeltaBias (D). */
    static int sumsPerTask(ScanProblem problem) {
        return problem.stateSize() + 2 * problem.channels;
    }

    /** Gradients of one sample; those of the weights are added to {@code sums}. */
    void backward(int index, Rows dy, float[] sums, int sumsAt) {
        recompute(index);
        sample.gather(dy, index, ds);
        if (problem.z != null && dZ != null) {
            sample.prepareGate(index, problem.z);
            ScanLoops.gateGradient(sample.z, sample.e, ds, sample.s, length * channels);
            sample.scatter(sample.s, dZ, index);
        }
        Arrays.fill(g, 0, stateSize, 0f);
        int skipAt = sumsAt + stateSize;
        int biasAt = skipAt + channels;
        for (int visit = length - 1; visit >= 0; visit--) {
            step(index, visit, sums, sumsAt);
            int row = sample.row(index, visit);
            int at = visit * channels;
            int uAt = problem.u.at(row);
            ScanLoops.gradientOfStep(
                    dDtu,
                    dDt,
                    sample.dt,
                    ds,
                    at,
                    problem.u.data(),
                    uAt,
                    problem.skip,
                    slope,
                    du.data(),
                    du.at(row),
                    channels);
            Loops.accumulateProduct(sums, skipAt, ds, at, problem.u.data(), uAt, channels);
            Loops.accumulate(sums, biasAt, slope, at, channels);
        }
        sample.scatter(slope, dDelta, index);
    }

    private void recompute(int index) {
        sample.prepare(index);
        if (problem.softplus) {
            ScanLoops.softplusSlope(sample.x, sample.e, slope, length * channels);
        } else {
            Arrays.fill(slope, 0, length * channels, 1f);
        }
        int stepsAtOnce = sample.stepsAtOnce();
        for (int visit = 0; visit < length; visit++) {
            if (visit % stepsAtOnce == 0) {
                sample.decays(visit, Math.min(stepsAtOnce, length - visit), decays, visit * stateSize);
            }
            System.arraycopy(sample.h, 0, history, visit * stateSize, stateSize);
            sample.step(index, visit, decays, visit * stateSize);
        }
        System.arraycopy(sample.h, 0, history, length * stateSize, stateSize);
    }

    private void step(int index, int visit, float[] sums, int sumsAt) {
        int row = sample.row(index, visit);
        int width = problem.groupWidth();
        int at = visit * channels;
        int before = visit * stateSize;
        Arrays.fill(dDt, 0, channels, 0f);
        Arrays.fill(dDtu, 0, channels, 0f);
        for (int group = 0; group < problem.groups; group++) {
            int first = group * width;
            for (int n = 0; n < states; n++) {
                int state = n * channels + first;
                int column = group * states + n;
                float b = problem.b.data()[problem.b.at(row) + column];
                float c = problem.c.data()[problem.c.at(row) + column];
                ScanLoops.gradientOfInput(g, state, c, ds, at + first, b, sample.dtu, dDtu, first, product, width);
                dB.data()[dB.at(row) + column] = Loops.sum(product, first, width);
                dC.data()[dC.at(row) + column] = Loops.dot(ds, at + first, history, before + stateSize + state, width);
                ScanLoops.gradientOfDecay(
                        g,
                        state,
                        decays,
                        before + state,
                        history,
                        before + state,
                        problem.a,
                        sample.dt,
                        at + first,
                        dDt,
                        first,
                        sums,
                        sumsAt + state,
                        width);
            }
        }
    }
}
