package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.PatchOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Tokens (B, L, M) in another order: those of a grid, row by row, are read column by column, or from the last to the first, or both. Without parameters. */
public final class Reorder extends Layer {
    private final int rows;
    private final int columns;
    private final boolean reversed;
    private @Nullable PatchOps ops;

    /**
     * @param rows of the grid that is read by columns; 1 leaves the order as it is
     * @param columns of the grid; L = rows * columns
     * @param reversed whether the last token comes first
     */
    public Reorder(int rows, int columns, boolean reversed) {
        this.rows = rows;
        this.columns = columns;
        this.reversed = reversed;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        ops = plan.backend().patch();
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(ops).reorder(rows, columns, reversed, x, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        if (dx != null) {
            requireNonNull(ops).reorder(columns, rows, reversed, dy, dx);
        }
    }
}
