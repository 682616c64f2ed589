package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.checks.ScanChecks;
import io.mambapkd.ops.cpu.math.FloatMath;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.Partials;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One task for some samples: {@link ScanForward} and {@link ScanGradient} do them on one thread. */
public final class CpuScan implements ScanOps {
    private static final int STATES_PER_TASK = 16384;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();

    public CpuScan(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states) {
        ScanChecks.forward(options, inputs, y, lastState, states);
        ScanProblem problem = new ScanProblem(options, inputs);
        Rows out = Rows.of(y);
        RowSplit split = split(inputs.u().shape().extent(0), problem);
        executor.run(split.tasks(), (task, scratch) -> {
            ScanForward forward = new ScanForward(problem, out, lastState, states, scratch);
            for (int b = split.first(task); b < split.end(task); b++) {
                forward.run(b);
            }
        });
    }

    @Override
    public void backward(Options options, Inputs inputs, Tensor dy, @Nullable Tensor states, Gradients gradients) {
        ScanChecks.backward(options, inputs, dy, states, gradients);
        ScanProblem problem = new ScanProblem(options, inputs);
        Rows upstream = Rows.of(dy);
        RowSplit split = split(inputs.u().shape().extent(0), problem);
        int sumsPerTask = ScanGradient.sumsPerTask(problem);
        float[] sums = partials.reset(split.tasks(), sumsPerTask);
        executor.run(split.tasks(), (task, scratch) -> {
            ScanGradient gradient = new ScanGradient(problem, gradients, scratch);
            for (int b = split.first(task); b < split.end(task); b++) {
                gradient.run(b, upstream, sums, task * sumsPerTask);
            }
            gradient.finish(sums, task * sumsPerTask);
        });
        float[] total = partials.total();
        float[] dA = CpuMemory.floats(gradients.dA());
        for (int d = 0; d < problem.channels; d++) {
            for (int n = 0; n < problem.states; n++) {
                dA[CpuMemory.at(gradients.dA()) + d * problem.states + n] += total[n * problem.channels + d];
            }
        }
        addVector(gradients.dDSkip(), problem.stateSize(), problem.channels);
        addVector(gradients.dDeltaBias(), problem.stateSize() + problem.channels, problem.channels);
    }

    private void addVector(@Nullable Tensor target, int first, int count) {
        if (target != null) {
            partials.addTo(CpuMemory.floats(target), CpuMemory.at(target), first, count);
        }
    }

    private static RowSplit split(int batch, ScanProblem problem) {
        return RowSplit.byElements(batch, problem.length * problem.stateSize(), STATES_PER_TASK);
    }

    @Override
    public void decay(Tensor aLog, Tensor a) {
        ScanChecks.decay(aLog, a);
        float[] from = CpuMemory.floats(aLog);
        float[] to = CpuMemory.floats(a);
        for (int i = 0; i < a.shape().elements(); i++) {
            to[CpuMemory.at(a) + i] = -FloatMath.exp(from[CpuMemory.at(aLog) + i]);
        }
    }

    @Override
    public void decayGradient(Tensor a, Tensor dA, Tensor dALog) {
        ScanChecks.decayGradient(a, dA, dALog);
        int count = Math.toIntExact(a.shape().elements());
        Loops.accumulateProduct(
                CpuMemory.floats(dALog),
                CpuMemory.at(dALog),
                CpuMemory.floats(dA),
                CpuMemory.at(dA),
                CpuMemory.floats(a),
                CpuMemory.at(a),
                count);
    }
}
