package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ActivationOps;
import io.mambapkd.ops.checks.ActivationChecks;
import io.mambapkd.ops.cpu.math.ErrorFunction;
import io.mambapkd.ops.cpu.math.FloatMath;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.tensor.Tensor;

/** Elementwise functions, one task for a range of elements; softmax, one task for a range of rows. */
public final class CpuActivation implements ActivationOps {
    private static final int ELEMENTS_PER_TASK = 8192;
    private static final double SQRT_HALF = 0.7071067811865476;
    private static final double INVERSE_SQRT_TWO_PI = 0.3989422804014327;
    private static final double SQRT_TWO_OVER_PI = 0.7978845608028654;
    private static final double GELU_CUBIC = 0.044715;

    private final CpuExecutor executor;

    public CpuActivation(CpuExecutor executor) {
        this.executor = executor;
    }

    /** Takes a run of contiguous values of each of three tensors. */
    @FunctionalInterface
    private interface Run {
        void compute(int xAt, int yAt, int zAt, int count);
    }

    private void overRuns(Tensor x, Tensor y, Tensor z, Run run) {
        Rows xRows = Rows.of(x);
        Rows yRows = Rows.of(y);
        Rows zRows = Rows.of(z);
        if (x.isDense() && y.isDense() && z.isDense()) {
            RowSplit split = RowSplit.byElements(Math.toIntExact(x.shape().elements()), 1, ELEMENTS_PER_TASK);
            executor.run(split.tasks(), (task, scratch) -> {
                int first = split.first(task);
                int count = split.end(task) - first;
                run.compute(xRows.at(0) + first, yRows.at(0) + first, zRows.at(0) + first, count);
            });
            return;
        }
        int columns = x.shape().last();
        RowSplit split = RowSplit.byElements(x.shape().rows(), columns, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int row = split.first(task); row < split.end(task); row++) {
                run.compute(xRows.at(row), yRows.at(row), zRows.at(row), columns);
            }
        });
    }

    @Override
    public void forward(Activation activation, Tensor x, Tensor y) {
        ActivationChecks.forward(x, y);
        float[] in = CpuMemory.floats(x);
        float[] out = CpuMemory.floats(y);
        overRuns(x, y, y, (at, to, unused, count) -> {
            switch (activation) {
                case IDENTITY -> System.arraycopy(in, at, out, to, count);
                case RELU -> relu(in, at, out, to, count);
                default -> {
                    for (int i = 0; i < count; i++) {
                        out[to + i] = value(activation, in[at + i]);
                    }
                }
            }
        });
    }

    @Override
    public void backward(Activation activation, Tensor x, Tensor dy, Tensor dx) {
        ActivationChecks.backward(x, dy, dx);
        float[] in = CpuMemory.floats(x);
        float[] gradient = CpuMemory.floats(dy);
        float[] out = CpuMemory.floats(dx);
        overRuns(x, dy, dx, (at, from, to, count) -> {
            if (activation == Activation.IDENTITY) {
                System.arraycopy(gradient, from, out, to, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                out[to + i] = slope(activation, in[at + i]) * gradient[from + i];
            }
        });
    }

    private static void relu(float[] x, int at, float[] y, int to, int count) {
        for (int i = 0; i < count; i++) {
            y[to + i] = Math.max(x[at + i], 0f);
        }
    }

    private static float value(Activation activation, float x) {
        return switch (activation) {
            case IDENTITY -> x;
            case RELU -> Math.max(x, 0f);
            case SILU -> x * FloatMath.sigmoid(x);
            case SOFTPLUS -> FloatMath.softplus(x);
            case GELU -> (float) (x * normalCdf(x));
            case GELU_TANH -> (float) (0.5 * x * (1 + StrictMath.tanh(tanhArgument(x))));
        };
    }

    private static float slope(Activation activation, float x) {
        return switch (activation) {
            case IDENTITY -> 1f;
            case RELU -> x > 0f ? 1f : 0f;
            case SILU -> FloatMath.sigmoid(x) * (1f + x * FloatMath.sigmoid(-x));
            case SOFTPLUS -> x > 20f ? 1f : FloatMath.sigmoid(x);
            case GELU -> (float) (normalCdf(x) + x * INVERSE_SQRT_TWO_PI * StrictMath.exp(-0.5 * x * (double) x));
            case GELU_TANH -> {
                double tanh = StrictMath.tanh(tanhArgument(x));
                double inner = SQRT_TWO_OVER_PI * (1 + 3 * GELU_CUBIC * x * x);
                yield (float) (0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * inner);
            }
        };
    }

    private static double normalCdf(double x) {
        return 0.5 * ErrorFunction.erfc(-x * SQRT_HALF);
    }

    private static double tanhArgument(double x) {
        return SQRT_TWO_OVER_PI * (x + GELU_CUBIC * x * x * x);
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
        ActivationChecks.softmax(x, y);
        int columns = x.shape().last();
        float[] in = CpuMemory.floats(x);
        float[] out = CpuMemory.floats(y);
        overRows(
                x,
                row -> softmaxRow(in, CpuMemory.at(x) + row * columns, out, CpuMemory.at(y) + row * columns, columns));
    }

    private static void softmaxRow(float[] x, int at, float[] y, int to, int count) {
        float largest = x[at];
        for (int i = 1; i < count; i++) {
            largest = Math.max(largest, x[at + i]);
        }
        float sum = 0f;
        for (int i = 0; i < count; i++) {
            float e = FloatMath.exp(x[at + i] - largest);
            y[to + i] = e;
            sum += e;
        }
        for (int i = 0; i < count; i++) {
            y[to + i] /= sum;
        }
    }

    @Override
    public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
        ActivationChecks.softmaxGradient(y, dy, dx);
        int columns = y.shape().last();
        float[] p = CpuMemory.floats(y);
        float[] gradient = CpuMemory.floats(dy);
        float[] out = CpuMemory.floats(dx);
        overRows(y, row -> {
            int at = CpuMemory.at(y) + row * columns;
            int from = CpuMemory.at(dy) + row * columns;
            int to = CpuMemory.at(dx) + row * columns;
            float dot = 0f;
            for (int i = 0; i < columns; i++) {
                dot += p[at + i] * gradient[from + i];
            }
            for (int i = 0; i < columns; i++) {
                out[to + i] = p[at + i] * (gradient[from + i] - dot);
            }
        });
    }

    @FunctionalInterface
    private interface Row {
        void compute(int row);
    }

    private void overRows(Tensor tensor, Row operation) {
        RowSplit split =
                RowSplit.byElements(tensor.shape().rows(), tensor.shape().last(), ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int row = split.first(task); row < split.end(task); row++) {
                operation.compute(row);
            }
        });
    }
}
