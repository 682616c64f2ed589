package io.mambapkd.runtime.compute;

import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.Tensors;
import java.io.Serializable;

/** The weights of a linear layer, input by input: row i has what input i adds to each output. */
final class Matrix implements Serializable {
    private static final long serialVersionUID = 1L;

    private final float[][] rows;
    private final int outputs;

    Matrix(float[][] rows, int outputs) {
        this.rows = rows;
        this.outputs = outputs;
    }

    /** Of a tensor (outputs, inputs): its outputs from {@code first} on. */
    static Matrix of(float[] tensor, int inputs, int first, int outputs) {
        float[][] rows = new float[inputs][outputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                rows[i][o] = tensor[(first + o) * inputs + i];
            }
        }
        return new Matrix(rows, outputs);
    }

    static Matrix take(Tensors tensors, String name, int outputs, int inputs) throws InvalidModelException {
        return of(tensors.take(name, outputs, inputs), inputs, 0, outputs);
    }

    int inputs() {
        return rows.length;
    }

    int outputs() {
        return outputs;
    }

    /** Adds the product with the inputs at {@code at} to {@code y}. */
    void addProduct(float[] x, int at, float[] y) {
        Loops.product(rows, 0, x, at, rows.length, y, outputs);
    }

    /** The same of some of the rows. */
    void addProduct(int from, float[] x, int at, int inputs, float[] y) {
        Loops.product(rows, from, x, at, inputs, y, outputs);
    }
}
