package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.Scratch;
import org.jspecify.annotations.Nullable;

/** The forward scan of one sample after the other, on one thread. */
final class ScanForward {
    private final ScanProblem problem;
    private final ScanSample sample;
    private final Rows y;

    ScanForward(ScanProblem problem, Rows y, Scratch scratch) {
        this.problem = problem;
        this.y = y;
        sample = new ScanSample(problem, scratch);
    }

    /** @param lastState where the states after the last step go (D, N), from {@code lastStateAt}; or null */
    void run(int index, float @Nullable [] lastState, int lastStateAt) {
        int size = problem.length * problem.channels;
        sample.prepare(index);
        for (int n = 0; n < problem.states; n++) {
            sample.state(index, n);
            if (lastState != null) {
                for (int d = 0; d < problem.channels; d++) {
                    lastState[lastStateAt + d * problem.states + n] = sample.h[size - problem.channels + d];
                }
            }
        }
        if (problem.z != null) {
            sample.prepareGate(index, problem.z);
            ScanLoops.gate(sample.s, sample.z, sample.exponential, size);
        }
        sample.scatter(sample.s, y, index);
    }
}
