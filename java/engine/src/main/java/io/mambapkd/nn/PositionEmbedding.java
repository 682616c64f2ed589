package io.mambapkd.nn;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Learned vectors for the places of tokens, added to them: the parameter {@code pos_embed}, normal with a deviation of 0.02 at the start. */
public final class PositionEmbedding {
    /** What there is a vector for. */
    public enum Kind {
        /** Each token: (L, M). */
        TOKEN,
        /** Each row and each column of the grid; a token gets the sum of two: (rows + columns, M), the rows first. */
        GRID
    }

    private static final double DEVIATION = 0.02;

    private final Backend backend;
    private final Parameter learned;
    private final @Nullable Sums sums;

    /**
     * The vectors of tokens where they are sums.
     *
     * @param terms (L, rows + columns), 1 where the vector of a row or a column is a term of a token's, else 0
     * @param values (L, M)
     * @param gradient (L, M)
     */
    private record Sums(Tensor terms, Tensor values, Tensor gradient) {}

    /** Declares the parameter, for a grid of {@code rows} x {@code columns} tokens of {@code width} values. */
    public PositionEmbedding(LayerPlan plan, Kind kind, int rows, int columns, int width) {
        backend = plan.backend();
        Initializer initializer = Initializer.normal(DEVIATION);
        int tokens = rows * columns;
        if (kind == Kind.TOKEN) {
            learned = plan.parameter("pos_embed", Decay.YES, initializer, tokens, width);
            sums = null;
        } else {
            learned = plan.parameter("pos_embed", Decay.YES, initializer, rows + columns, width);
            sums = new Sums(
                    plan.constant("pos_terms", terms(rows, columns), tokens, rows + columns),
                    plan.tensor("positions", tokens, width),
                    plan.tensor("d positions", tokens, width));
        }
    }

    private static float[] terms(int rows, int columns) {
        int width = rows + columns;
        float[] terms = new float[rows * columns * width];
        for (int token = 0; token < rows * columns; token++) {
            terms[token * width + token / columns] = 1;
            terms[token * width + rows + token % columns] = 1;
        }
        return terms;
    }

    /** {@code x[b, l, m] += position[l, m]}; x is (B, L, M), the tokens row by row. */
    public void add(Tensor x) {
        backend.patch().addPosition(x, vectors());
    }

    /** Adds the gradient of the parameter; {@code dx} is that of x. */
    public void backward(Tensor dx) {
        backend.patch().positionGradient(dx, beginGradient());
        endGradient();
    }

    /** The vectors of the tokens (L, M), as of now. */
    Tensor vectors() {
        if (sums == null) {
            return learned.value();
        }
        backend.gemm().multiply(sums.terms, Transpose.NO, learned.value(), Transpose.NO, Write.OVERWRITE, sums.values);
        return sums.values;
    }

    /** Where the gradient of {@link #vectors} is to be added, before {@link #endGradient}. */
    Tensor beginGradient() {
        if (sums == null) {
            return learned.gradient();
        }
        backend.zero(sums.gradient);
        return sums.gradient;
    }

    /** Adds the gradient of the vectors to that of the parameter. */
    void endGradient() {
        if (sums != null) {
            backend.gemm()
                    .multiply(sums.terms, Transpose.YES, sums.gradient, Transpose.NO, Write.ADD, learned.gradient());
        }
    }
}
