package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.Scratch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The backward scan of one sample after the other, on one thread. For each n the states are computed again, then the steps are walked from the last
 * visited to the first:
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
    private final int size;
    /** All (L, D). Derivative of softplus, later the gradient of delta. */
    private final float[] slope;
    /** Gradient of the result before the gate. */
    private final float[] ds;
    /** Gradient of z, without the factor s. */
    private final float[] dGate;
    /** For one n: e_(t+1) g_(t+1) at t, then g_t dtu_t. */
    private final float[] later;

    private final float[] dDt;
    /** Later the gradient of u. */
    private final float[] dDtu;
    /** Sums over the samples of the task. */
    private final float[] dSkip;

    private final float[] dBias;

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
        size = length * channels;
        int slot = ScanSample.SLOTS;
        slope = scratch.floats(slot++, size);
        ds = scratch.floats(slot++, size);
        dGate = scratch.floats(slot++, size);
        later = scratch.floats(slot++, size);
        dDt = scratch.floats(slot++, size);
        dDtu = scratch.floats(slot++, size);
        dSkip = scratch.floats(slot++, size);
        dBias = scratch.floats(slot, size);
        Arrays.fill(dSkip, 0, size, 0f);
        Arrays.fill(dBias, 0, size, 0f);
    }

    /** Elements of the sums of a task: dA (N, D), dDskip (D), dDeltaBias (D). */
    static int sumsPerTask(ScanProblem problem) {
        return problem.stateSize() + 2 * problem.channels;
    }

    /** Gradients of one sample; those of A are added to {@code sums}. */
    void run(int index, Rows dy, float[] sums, int sumsAt) {
        sample.prepare(index);
        if (problem.softplus) {
            ScanLoops.softplusSlope(sample.x, sample.exponential, slope, size);
        } else {
            Arrays.fill(slope, 0, size, 1f);
        }
        sample.gather(dy, index, ds);
        if (problem.z != null) {
            sample.prepareGate(index, problem.z);
            ScanLoops.gateGradient(sample.z, sample.exponential, ds, dGate, size);
        }
        Arrays.fill(dDt, 0, size, 0f);
        Arrays.fill(dDtu, 0, size, 0f);
        for (int n = 0; n < problem.states; n++) {
            sample.state(index, n);
            stateGradient(index, n);
            ScanLoops.exponentGradient(sample.decay, sample.previous, sample.a, sample.dt, dDt, size);
            Loops.accumulateRows(sums, sumsAt + n * channels, sample.decay, length, channels);
        }
        if (dZ != null) {
            Loops.multiply(dGate, sample.s, dGate, size);
            sample.scatter(dGate, dZ, index);
        }
        Loops.accumulateProduct(dSkip, ds, sample.u, size);
        ScanLoops.inputGradients(dDt, sample.u, slope, dDtu, sample.dt, ds, problem.skip, size);
        Loops.accumulate(dBias, slope, size);
        sample.scatter(slope, dDelta, index);
        sample.scatter(dDtu, du, index);
    }

    /** Adds what the samples of the task gave to the gradients of D and of the bias. */
    void finish(float[] sums, int sumsAt) {
        Loops.accumulateRows(sums, sumsAt + problem.stateSize(), dSkip, length, channels);
        Loops.accumulateRows(sums, sumsAt + problem.stateSize() + channels, dBias, length, channels);
    }

    private void stateGradient(int index, int n) {
        int width = problem.groupWidth();
        Arrays.fill(later, size - channels, size, 0f);
        for (int visit = length - 1; visit >= 0; visit--) {
            int row = sample.row(index, visit);
            int at = visit * channels;
            for (int group = 0; group < problem.groups; group++) {
                int column = group * problem.states + n;
                int from = at + group * width;
                float b = problem.b.data()[problem.b.at(row) + column];
                float c = problem.c.data()[problem.c.at(row) + column];
                ScanLoops.stepBack(sample.decay, later, ds, sample.dtu, b, c, dDtu, from, from + width);
            }
            if (visit > 0) {
                System.arraycopy(sample.decay, at, later, at - channels, channels);
            }
        }
        Loops.multiply(ds, sample.h, sample.h, size);
        sumChannels(later, dB, index, n);
        sumChannels(sample.h, dC, index, n);
    }

    /** Sums over the channels of each group, of (L, D), to number n of each step's gradients. */
    private void sumChannels(float[] terms, Rows sums, int index, int n) {
        int width = problem.groupWidth();
        for (int visit = 0; visit < length; visit++) {
            int at = sums.at(sample.row(index, visit)) + n;
            for (int group = 0; group < problem.groups; group++) {
                int from = visit * channels + group * width;
                sums.data()[at + group * problem.states] = Loops.sum(terms, from, from + width);
            }
        }
    }
}
