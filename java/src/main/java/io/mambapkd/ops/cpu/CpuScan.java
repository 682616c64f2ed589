package io.mambapkd.ops.cpu;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One task for some samples: {@link ScanForward} and {@link ScanGradient} do them on one thread. */
final class CpuScan implements ScanOps {
    private static final String NAME = "selective_scan";
    private static final int STATES_PER_TASK = 16384;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();

    CpuScan(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState) {
        check(options, inputs);
        int[] shape = inputs.u().shape().toArray();
        Checks.columnView(NAME, "y", y, shape);
        if (lastState != null) {
            Checks.shape(
                    NAME,
                    "lastState",
                    lastState,
                    shape[0],
                    shape[2],
                    inputs.a().shape().last());
        }
        ScanProblem problem = new ScanProblem(options, inputs);
        Rows out = Rows.of(y);
        RowSplit split = split(shape[0], problem);
        executor.run(split.tasks(), (task, scratch) -> {
            ScanForward forward = new ScanForward(problem, out, scratch);
            for (int b = split.first(task); b < split.end(task); b++) {
                if (lastState == null) {
                    forward.run(b, null, 0);
                } else {
                    int at = CpuMemory.at(lastState) + b * problem.stateSize();
                    forward.run(b, CpuMemory.floats(lastState), at);
                }
            }
        });
    }

    @Override
    public void backward(Options options, Inputs inputs, Tensor dy, Gradients gradients) {
        check(options, inputs);
        check(inputs, dy, gradients);
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

    private static void check(Options options, Inputs inputs) {
        Checks.that(inputs.u().shape().rank() == 3, NAME, "u must have 3 axes (B, L, D) but is " + inputs.u());
        int[] shape = inputs.u().shape().toArray();
        int channels = shape[2];
        int states = inputs.a().shape().last();
        int groups = options.groups();
        Checks.that(channels % groups == 0, NAME, groups + " groups do not divide u " + inputs.u());
        Checks.columnView(NAME, "u", inputs.u(), shape);
        Checks.columnView(NAME, "delta", inputs.delta(), shape);
        Checks.shape(NAME, "a", inputs.a(), channels, states);
        Checks.columnView(NAME, "b", inputs.b(), shape[0], shape[1], groups * states);
        Checks.columnView(NAME, "c", inputs.c(), shape[0], shape[1], groups * states);
        vector("dSkip", inputs.dSkip(), channels);
        vector("deltaBias", inputs.deltaBias(), channels);
        if (inputs.z() != null) {
            Checks.columnView(NAME, "z", inputs.z(), shape);
        }
    }

    private static void check(Inputs inputs, Tensor dy, Gradients gradients) {
        int[] shape = inputs.u().shape().toArray();
        int[] stateShape = inputs.b().shape().toArray();
        Checks.columnView(NAME, "dy", dy, shape);
        Checks.columnView(NAME, "du", gradients.du(), shape);
        Checks.columnView(NAME, "dDelta", gradients.dDelta(), shape);
        Checks.shape(NAME, "dA", gradients.dA(), inputs.a().shape().toArray());
        Checks.columnView(NAME, "dB", gradients.dB(), stateShape);
        Checks.columnView(NAME, "dC", gradients.dC(), stateShape);
        together("dDSkip", inputs.dSkip(), gradients.dDSkip());
        together("dDeltaBias", inputs.deltaBias(), gradients.dDeltaBias());
        together("dZ", inputs.z(), gradients.dZ());
        vector("dDSkip", gradients.dDSkip(), shape[2]);
        vector("dDeltaBias", gradients.dDeltaBias(), shape[2]);
        if (gradients.dZ() != null) {
            Checks.columnView(NAME, "dZ", gradients.dZ(), shape);
        }
    }

    private static void vector(String role, @Nullable Tensor tensor, int channels) {
        if (tensor != null) {
            Checks.shape(NAME, role, tensor, channels);
        }
    }

    private static void together(String role, @Nullable Tensor input, @Nullable Tensor gradient) {
        Checks.that((input == null) == (gradient == null), NAME, role + " must be null exactly if its input is");
    }

    @Override
    public void decay(Tensor aLog, Tensor a) {
        Checks.shape("decay", "aLog", aLog, a.shape().toArray());
        Checks.shape("decay", "a", a, a.shape().toArray());
        float[] from = CpuMemory.floats(aLog);
        float[] to = CpuMemory.floats(a);
        for (int i = 0; i < a.shape().elements(); i++) {
            to[CpuMemory.at(a) + i] = -FloatMath.exp(from[CpuMemory.at(aLog) + i]);
        }
    }

    @Override
    public void decayGradient(Tensor a, Tensor dA, Tensor dALog) {
        Checks.shape("decay_gradient", "a", a, a.shape().toArray());
        Checks.shape("decay_gradient", "dA", dA, a.shape().toArray());
        Checks.shape("decay_gradient", "dALog", dALog, a.shape().toArray());
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
