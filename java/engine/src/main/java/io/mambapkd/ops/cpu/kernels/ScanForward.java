package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.Scratch;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The forward scan of one sample after the other, on one thread. */
final class ScanForward {
    private final ScanProblem problem;
    private final ScanSample sample;
    private final Rows y;
    private final @Nullable Tensor lastState;
    private final @Nullable Tensor states;

    /**
     * @param lastState (B, D, N), or null
     * @param states (B, S, D, N), or null
     */
    ScanForward(ScanProblem problem, Rows y, @Nullable Tensor lastState, @Nullable Tensor states, Scratch scratch) {
        this.problem = problem;
        this.y = y;
        this.lastState = lastState;
        this.states = states;
        sample = new ScanSample(problem, scratch);
    }

    void run(int index) {
        int size = problem.length * problem.channels;
        sample.prepare(index);
        for (int n = 0; n < problem.states; n++) {
            sample.state(index, n);
            if (lastState != null) {
                copyState(n, problem.length, lastState, index);
            }
            if (states != null) {
                int saved = ScanOps.savedStates(problem.length);
                for (int s = 0; s < saved; s++) {
                    copyState(n, (s + 1) * ScanOps.SEGMENT, states, index * saved + s);
                }
            }
        }
        if (problem.z != null) {
            sample.prepareGate(index, problem.z);
            ScanLoops.gate(sample.s, sample.z, sample.exponential, size);
        }
        sample.scatter(sample.s, y, index);
    }

    /** Number n of each channel's states after {@code visited} steps, to block {@code block} of {@code to}, which consists of blocks (D, N). */
    private void copyState(int n, int visited, Tensor to, int block) {
        float[] values = CpuMemory.floats(to);
        int at = CpuMemory.at(to) + block * problem.stateSize() + n;
        int from = (visited - 1) * problem.channels;
        for (int d = 0; d < problem.channels; d++) {
            values[at + d * problem.states] = sample.h[from + d];
        }
    }
}
