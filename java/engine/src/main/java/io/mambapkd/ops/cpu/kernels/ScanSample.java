package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.cpu.math.FloatMath;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.Scratch;
import java.util.Arrays;

/**
 * Buffers of one sample's scan and what the forward and the backward pass share, on one thread.
 *
 * <p>All buffers are (L, D) with the steps in the order that they are visited, so that loops over all arrays run with one index. States are done one after
 * the other: for each n, the decays of the whole sample, then the recurrence over the steps. Nothing of size (L, D, N) is stored.
 */
final class ScanSample {
    /** Scratch slots from here on are free. */
    static final int SLOTS = 11;

    private final ScanProblem problem;
    private final int length;
    private final int channels;
    private final int size;
    private final float[] work;

    /** Delta with its bias. */
    final float[] x;
    /** exp(-|x|), later exp(-z). */
    final float[] exponential;

    final float[] u;
    final float[] dt;
    /** dt * u. */
    final float[] dtu;
    /** Result before the gate. */
    final float[] s;
    /** Gate. */
    final float[] z;
    /** Row n of A, at every step. */
    final float[] a;
    /** exp(dt A) of one n. */
    final float[] decay;
    /** States of one n after each step. */
    final float[] h;
    /** States of one n before each step. */
    final float[] previous;

    ScanSample(ScanProblem problem, Scratch scratch) {
        this.problem = problem;
        length = problem.length;
        channels = problem.channels;
        size = length * channels;
        x = scratch.floats(0, size);
        exponential = scratch.floats(1, size);
        u = scratch.floats(2, size);
        dt = scratch.floats(3, size);
        dtu = scratch.floats(4, size);
        s = scratch.floats(5, size);
        z = x; // Delta is not needed any more when the gate is.
        a = scratch.floats(6, size);
        decay = scratch.floats(7, size);
        h = scratch.floats(8, size);
        previous = scratch.floats(9, size);
        work = scratch.floats(10, size);
    }

    /** Fills {@link #x}, {@link #exponential}, {@link #u}, {@link #dt}, {@link #dtu}, and the skip part of {@link #s}. */
    void prepare(int sample) {
        gather(problem.delta, sample, x);
        Loops.accumulate(x, problem.bias, size);
        gather(problem.u, sample, u);
        if (problem.softplus) {
            ScanLoops.negativeMagnitude(x, exponential, size);
            FloatMath.exp(exponential, size, work);
            ScanLoops.softplus(x, exponential, dt, size);
        } else {
            System.arraycopy(x, 0, dt, 0, size);
        }
        Loops.multiply(dt, u, dtu, size);
        Loops.multiply(u, problem.skip, s, size);
    }

    /** State {@code n} of all steps: fills {@link #a}, {@link #decay}, {@link #h}, {@link #previous}, and adds to {@link #s}. */
    void state(int sample, int n) {
        Loops.tile(problem.a, n * channels, channels, a, length);
        Loops.multiply(dt, a, decay, size);
        FloatMath.exp(decay, size, work);
        Arrays.fill(previous, 0, channels, 0f);
        int width = problem.groupWidth();
        for (int visit = 0; visit < length; visit++) {
            int row = row(sample, visit);
            int at = visit * channels;
            for (int group = 0; group < problem.groups; group++) {
                float b = problem.b.data()[problem.b.at(row) + group * problem.states + n];
                float c = problem.c.data()[problem.c.at(row) + group * problem.states + n];
                int from = at + group * width;
                ScanLoops.step(decay, previous, dtu, b, c, h, s, from, from + width);
            }
            if (visit + 1 < length) {
                System.arraycopy(h, at, previous, at + channels, channels);
            }
        }
    }

    /** Fills {@link #z} and puts exp(-z) into {@link #exponential}. */
    void prepareGate(int sample, Rows gate) {
        gather(gate, sample, z);
        Loops.negate(z, exponential, size);
        FloatMath.exp(exponential, size, work);
    }

    /** The row of a tensor (B, L, ...) that belongs to a step. */
    int row(int sample, int visit) {
        return sample * length + problem.position(visit);
    }

    /** Rows of a sample, in the order of the visits. */
    void gather(Rows source, int sample, float[] target) {
        for (int visit = 0; visit < length; visit++) {
            System.arraycopy(source.data(), source.at(row(sample, visit)), target, visit * channels, channels);
        }
    }

    void scatter(float[] source, Rows target, int sample) {
        for (int visit = 0; visit < length; visit++) {
            System.arraycopy(source, visit * channels, target.data(), target.at(row(sample, visit)), channels);
        }
    }
}
