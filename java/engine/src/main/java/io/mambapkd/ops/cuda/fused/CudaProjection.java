package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.Checks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Launches of {@code projection.cu} and {@code projection_gradient.cu}.
 *
 * @param inputs I
 * @param outputs O
 * @param activations type of x and dx
 */
record CudaProjection(
        CudaContext cuda,
        PartialRows partialRows,
        Kernel forward,
        Kernel backward,
        int inputs,
        int outputs,
        DType activations)
        implements BlockOps.Projection {
    private static final String NAME = "projection";
    private static final int FOUR_FLOATS = 4 * Float.BYTES;
    private static final SkinnyGradient GRADIENT = new SkinnyGradient(false);

    @Override
    public void forward(Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable Tensor residual, Tensor y) {
        check(x, weight, bias, "y", y);
        if (residual != null) {
            Checks.shape(NAME, "residual", residual, y.shape().toArray());
        }
        int rows = x.shape().rows();
        SkinnyTiles tiles = SkinnyForward.PLAIN.tiles(rows, inputs, outputs);
        cuda.launch(forward)
                .tensor(y, FOUR_FLOATS)
                .tensor(x, 4 * activations.bytes())
                .tensor(residual, FOUR_FLOATS)
                .tensor(weight, FOUR_FLOATS)
                .tensor(bias)
                .int32(rows)
                .int32(inputs)
                .int32(outputs)
                .int32(tiles.blockRows())
                .int32(tiles.tileRows())
                .sharedBytes(SkinnyForward.PLAIN.sharedBytes(tiles, inputs, outputs))
                .grid(tiles.blocks());
    }

    @Override
    public void backward(Tensor x, Tensor weight, Tensor dy, Tensor dx, Tensor dWeight, @Nullable Tensor dBias) {
        check(x, weight, dBias, "dy", dy);
        Checks.shape(NAME, "dx", dx, activations, x.shape().toArray());
        Checks.shape(NAME, "dWeight", dWeight, outputs, inputs);
        int rows = x.shape().rows();
        SkinnyTiles tiles = GRADIENT.tiles(rows, inputs, outputs);
        int partialWidth = outputs * inputs + (dBias == null ? 0 : outputs);
        PartialRows.Rows partials = partialRows.rows(tiles.blocks(), partialWidth);
        cuda.launch(backward)
                .tensor(dx, 4 * activations.bytes())
                .address(partials.address())
                .tensor(x, 4 * activations.bytes())
                .tensor(dy, FOUR_FLOATS)
                .tensor(weight, FOUR_FLOATS)
                .int32(rows)
                .int32(inputs)
                .int32(outputs)
                .int32(tiles.blockRows())
                .int32(tiles.tileRows())
                .int32(dBias == null ? 0 : 1)
                .sharedBytes(GRADIENT.sharedBytes(tiles, inputs, outputs))
                .grid(tiles.blocks());
        partialRows.add(partials, dWeight, dBias);
    }

    private void check(Tensor x, Tensor weight, @Nullable Tensor bias, String role, Tensor y) {
        int[] shape = x.shape().toArray();
        shape[shape.length - 1] = inputs;
        Checks.shape(NAME, "x", x, activations, shape);
        Checks.shape(NAME, "weight", weight, outputs, inputs);
        shape[shape.length - 1] = outputs;
        Checks.shape(NAME, role, y, shape);
        if (bias != null) {
            Checks.shape(NAME, "bias", bias, outputs);
        }
    }
}
