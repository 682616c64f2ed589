package io.mambapkd.ops.cpu;

/**
 * The forward scan of one sample, with its buffers, on one thread. Steps are numbered as visited. Values of a step are (D), states (N, D): the
 * inner loops run over channels, which are contiguous.
 */
final class ScanSample {
    /** Decays are computed for several steps at once, as long as they fit into the first-level cache with the rest. */
    private static final int DECAYS_AT_ONCE = 2048;
    /** Scratch slots from here on are free. */
    static final int SLOTS = 9;

    private final ScanProblem problem;
    private final int length;
    private final int channels;
    private final int states;
    private final int sampleSize;
    private final int stateSize;
    private final float[] work;

    /** Delta with its bias (L, D). */
    final float[] x;
    /** exp(-|x|), later exp(-z) (L, D). */
    final float[] e;
    /** (L, D). */
    final float[] dt;
    /** dt * u (L, D). */
    final float[] dtu;
    /** Result before the gate (L, D). */
    final float[] s;
    /** Gate (L, D). */
    final float[] z;
    /** (N, D). */
    final float[] h;

    ScanSample(ScanProblem problem, Scratch scratch) {
        this.problem = problem;
        length = problem.length;
        channels = problem.channels;
        states = problem.states;
        stateSize = problem.stateSize();
        sampleSize = length * channels;
        x = scratch.floats(0, sampleSize);
        e = scratch.floats(1, sampleSize);
        dt = scratch.floats(2, sampleSize);
        dtu = scratch.floats(3, sampleSize);
        s = scratch.floats(4, sampleSize);
        z = scratch.floats(5, sampleSize);
        h = scratch.floats(6, stateSize);
        work = scratch.floats(7, Math.max(sampleSize, stepsAtOnce() * stateSize));
    }

    int stepsAtOnce() {
        return Math.max(1, Math.min(length, DECAYS_AT_ONCE / stateSize));
    }

    /** Fills {@link #x}, {@link #e}, {@link #dt}, {@link #dtu} and the skip part of {@link #s}; the state is zero after it. */
    void prepare(int sample) {
        for (int visit = 0; visit < length; visit++) {
            int row = row(sample, visit);
            int at = visit * channels;
            Loops.add(problem.delta.data(), problem.delta.at(row), problem.bias, 0, x, at, channels);
            Loops.multiply(problem.u.data(), problem.u.at(row), problem.skip, 0, s, at, channels);
        }
        if (problem.softplus) {
            ScanLoops.negativeMagnitude(x, e, sampleSize);
            FloatMath.exp(e, 0, e, 0, sampleSize, work);
            ScanLoops.softplus(x, e, dt, sampleSize);
        } else {
            System.arraycopy(x, 0, dt, 0, sampleSize);
        }
        for (int visit = 0; visit < length; visit++) {
            int at = visit * channels;
            Loops.multiply(problem.u.data(), problem.u.at(row(sample, visit)), dt, at, dtu, at, channels);
        }
        java.util.Arrays.fill(h, 0, stateSize, 0f);
    }

    /** exp(dt A) of {@code count} steps, each (N, D), to {@code target[at..]}. */
    void decays(int firstVisit, int count, float[] target, int at) {
        for (int i = 0; i < count; i++) {
            int dtAt = (firstVisit + i) * channels;
            for (int n = 0; n < states; n++) {
                int to = at + i * stateSize + n * channels;
                Loops.multiply(problem.a, n * channels, dt, dtAt, target, to, channels);
            }
        }
        FloatMath.exp(target, at, target, at, count * stateSize, work);
    }

    /** One step: updates {@link #h}, adds to {@link #s}. */
    void step(int sample, int visit, float[] decays, int decaysAt) {
        int row = row(sample, visit);
        int width = problem.groupWidth();
        int at = visit * channels;
        for (int group = 0; group < problem.groups; group++) {
            int first = group * width;
            int bAt = problem.b.at(row) + group * states;
            int cAt = problem.c.at(row) + group * states;
            for (int n = 0; n < states; n++) {
                int state = n * channels + first;
                float b = problem.b.data()[bAt + n];
                float c = problem.c.data()[cAt + n];
                ScanLoops.step(decays, decaysAt + state, h, state, dtu, at + first, b, c, s, at + first, width);
            }
        }
    }

    /** All steps, and the gate. Result in {@link #s}. */
    void forward(int sample, float[] decays) {
        prepare(sample);
        int stepsAtOnce = stepsAtOnce();
        for (int visit = 0; visit < length; visit++) {
            int chunk = visit % stepsAtOnce;
            if (chunk == 0) {
                decays(visit, Math.min(stepsAtOnce, length - visit), decays, 0);
            }
            step(sample, visit, decays, chunk * stateSize);
        }
        Rows gate = problem.z;
        if (gate != null) {
            prepareGate(sample, gate);
            ScanLoops.gate(s, z, e, s, sampleSize);
        }
    }

    /** Fills {@link #z} and puts exp(-z) into {@link #e}. */
    void prepareGate(int sample, Rows gate) {
        gather(gate, sample, z);
        Loops.negate(z, 0, e, 0, sampleSize);
        FloatMath.exp(e, 0, e, 0, sampleSize, work);
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
