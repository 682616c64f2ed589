package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.checks.Conv1dChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.Partials;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One task for some samples; {@link ConvSample} does them on one thread. */
public final class CpuConv1d implements Conv1dOps {
    private static final int ELEMENTS_PER_TASK = 16384;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();

    public CpuConv1d(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void forward(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        Conv1dChecks.forward(activation, x, weight, bias, y);
        int[] shape = x.shape().toArray();
        ConvProblem problem = new ConvProblem(shape[1], weight, bias);
        Rows in = Rows.of(x);
        Rows out = Rows.of(y);
        RowSplit split = RowSplit.byElements(shape[0], shape[1] * shape[2], ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            ConvSample sample = new ConvSample(problem, activation, scratch);
            for (int b = split.first(task); b < split.end(task); b++) {
                sample.forward(in, out, b);
            }
        });
    }

    @Override
    public void backward(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        Conv1dChecks.backward(activation, x, weight, bias, dy, dx, dWeight, dBias);
        int[] shape = x.shape().toArray();
        int length = shape[1];
        int channels = shape[2];
        int width = weight.shape().last();
        ConvProblem problem = new ConvProblem(length, weight, bias);
        Rows in = Rows.of(x);
        Rows upstream = Rows.of(dy);
        Rows out = Rows.of(dx);
        RowSplit split = RowSplit.byElements(shape[0], length * channels, ELEMENTS_PER_TASK);
        int sumsPerTask = (width + 1) * channels;
        float[] sums = partials.reset(split.tasks(), sumsPerTask);
        executor.run(split.tasks(), (task, scratch) -> {
            ConvSample sample = new ConvSample(problem, activation, scratch);
            sample.clearSums();
            for (int b = split.first(task); b < split.end(task); b++) {
                sample.backward(in, upstream, out, b);
            }
            sample.finish(sums, task * sumsPerTask);
        });
        float[] total = partials.total();
        float[] target = CpuMemory.floats(dWeight);
        for (int d = 0; d < channels; d++) {
            for (int w = 0; w < width; w++) {
                target[CpuMemory.at(dWeight) + d * width + w] += total[w * channels + d];
            }
        }
        if (dBias != null) {
            partials.addTo(CpuMemory.floats(dBias), CpuMemory.at(dBias), width * channels, channels);
        }
    }
}
