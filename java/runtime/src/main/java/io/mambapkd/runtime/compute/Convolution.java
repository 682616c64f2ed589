package io.mambapkd.runtime.compute;

import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.Tensors;
import java.io.Serializable;

/** A convolution of 3x3 with a border of one zero, its batch norm folded into it, and SiLU. Images are (H, W, C). */
final class Convolution implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int KERNEL = 3;
    private static final double EPSILON = 1e-5f;

    private final int inputHeight;
    private final int inputWidth;
    private final int inputs;
    private final int outputs;
    private final int stride;
    private final Matrix weights;
    private final float[] bias;

    Convolution(Tensors tensors, String name, int[] inputShape, int outputs, int stride) throws InvalidModelException {
        inputHeight = inputShape[0];
        inputWidth = inputShape[1];
        inputs = inputShape[2];
        this.outputs = outputs;
        this.stride = stride;
        float[] kernels = tensors.take(name + ".conv.weight", outputs, inputs, KERNEL, KERNEL);
        float[] scale = tensors.take(name + ".bn.weight", outputs);
        float[] shift = tensors.take(name + ".bn.bias", outputs);
        float[] mean = tensors.take(name + ".bn.running_mean", outputs);
        float[] variance = tensors.take(name + ".bn.running_var", outputs);
        bias = new float[outputs];
        float[][] rows = new float[KERNEL * KERNEL * inputs][outputs];
        for (int o = 0; o < outputs; o++) {
            double factor = scale[o] / Math.sqrt(variance[o] + EPSILON);
            bias[o] = (float) (shift[o] - mean[o] * factor);
            for (int c = 0; c < inputs; c++) {
                for (int tap = 0; tap < KERNEL * KERNEL; tap++) {
                    rows[tap * inputs + c][o] = (float) (kernels[(o * inputs + c) * KERNEL * KERNEL + tap] * factor);
                }
            }
        }
        weights = new Matrix(rows, outputs);
    }

    int outputHeight() {
        return (inputHeight - 1) / stride + 1;
    }

    int outputWidth() {
        return (inputWidth - 1) / stride + 1;
    }

    int outputs() {
        return outputs;
    }

    /** Values of the input with its border. */
    int paddedInput() {
        return (inputHeight + 2) * (inputWidth + 2) * inputs;
    }

    /** Where pixel (0, 0) of the input is in what {@link #run} reads. */
    int inputStart() {
        return (inputWidth + 3) * inputs;
    }

    /** Values from a row of the input to the next. */
    int inputRow() {
        return (inputWidth + 2) * inputs;
    }

    /**
     * @param padded the input with its border, {@link #paddedInput} values
     * @param y gets the output from {@code start} on, rows {@code yRow} values apart
     * @param work overwritten
     */
    void run(float[] padded, float[] y, int start, int yRow, Work work) {
        int width = outputWidth();
        int rowInputs = KERNEL * inputs;
        float[] sums = work.a;
        for (int row = 0; row < outputHeight(); row++) {
            int top = row * stride * inputRow();
            for (int column = 0; column < width; column++) {
                int left = top + column * stride * inputs;
                System.arraycopy(bias, 0, sums, 0, outputs);
                for (int ky = 0; ky < KERNEL; ky++) {
                    weights.addProduct(ky * rowInputs, padded, left + ky * inputRow(), rowInputs, sums);
                }
                Loops.negate(sums, work.b, outputs);
                Loops.exp(work.b, outputs, work.c);
                Loops.silu(work.b, sums, outputs);
                System.arraycopy(sums, 0, y, start + row * yRow + column * outputs, outputs);
            }
        }
    }
}
