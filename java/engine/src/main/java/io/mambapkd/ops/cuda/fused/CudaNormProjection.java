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
 * Launches of {@code norm_projection.cu} and {@code norm_projection_gradient.cu}.
 *
 * @param width M
 * @param outputs O
 * @param activations type of y and dy
 */
record CudaNormProjection(
        CudaContext cuda,
        PartialRows partialRows,
        Kernel forward,
        Kernel backward,
        int width,
        int outputs,
        DType activations)
        implements BlockOps.NormProjection {
    private static final String NAME = "norm_projection";
    private static final int FOUR_FLOATS = 4 * Float.BYTES;
    private static final SkinnyGradient GRADIENT = new SkinnyGradient(true);

    @Override
    public void forward(Tensor x, Tensor scale, float epsilon, Tensor weight, @Nullable Tensor bias, Tensor y) {
        check(x, scale, weight, bias, "y", y);
        int rows = x.shape().rows();
        SkinnyTiles tiles = SkinnyForward.NORM.tiles(rows, width, outputs);
        cuda.launch(forward)
                .tensor(y, 4 * activations.bytes())
                .tensor(x, FOUR_FLOATS)
                .tensor(scale, FOUR_FLOATS)
                .tensor(weight, FOUR_FLOATS)
                .tensor(bias)
                .int32(rows)
                .int32(width)
                .int32(outputs)
                .int32(tiles.blockRows())
                .int32(tiles.tileRows())
                .float32(epsilon)
                .sharedBytes(SkinnyForward.NORM.sharedBytes(tiles, width, outputs))
                .grid(tiles.blocks());
    }

    @Override
    public void backward(
            BlockOps.NormProjectionInputs inputs,
            Tensor dy,
            @Nullable Tensor residual,
            Tensor dx,
            Tensor dScale,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        Tensor x = inputs.x();
        check(x, inputs.scale(), inputs.weight(), dBias, "dy", dy);
        Checks.shape(NAME, "dx", dx, x.shape().toArray());
        Checks.shape(NAME, "dScale", dScale, width);
        Checks.shape(NAME, "dWeight", dWeight, outputs, width);
        if (residual != null) {
            Checks.shape(NAME, "residual", residual, x.shape().toArray());
        }
        int rows = x.shape().rows();
        SkinnyTiles tiles = GRADIENT.tiles(rows, width, outputs);
        int partialWidth = width + outputs * width + (dBias == null ? 0 : outputs);
        PartialRows.Rows partials = partialRows.rows(tiles.blocks(), partialWidth);
        cuda.launch(backward)
                .tensor(dx, FOUR_FLOATS)
                .address(partials.address())
                .tensor(x, FOUR_FLOATS)
                .tensor(dy, 4 * activations.bytes())
                .tensor(residual, FOUR_FLOATS)
                .tensor(inputs.scale(), FOUR_FLOATS)
                .tensor(inputs.weight(), FOUR_FLOATS)
                .int32(rows)
                .int32(width)
                .int32(outputs)
                .int32(tiles.blockRows())
                .int32(tiles.tileRows())
                .int32(dBias == null ? 0 : 1)
                .float32(inputs.epsilon())
                .sharedBytes(GRADIENT.sharedBytes(tiles, width, outputs))
                .grid(tiles.blocks());
        partialRows.add(partials, dScale, dWeight, dBias);
    }

    private void check(Tensor x, Tensor scale, Tensor weight, @Nullable Tensor bias, String role, Tensor y) {
        int[] shape = x.shape().toArray();
        shape[shape.length - 1] = width;
        Checks.shape(NAME, "x", x, shape);
        Checks.shape(NAME, "scale", scale, width);
        Checks.shape(NAME, "weight", weight, outputs, width);
        shape[shape.length - 1] = outputs;
        Checks.shape(NAME, role, y, activations, shape);
        if (bias != null) {
            Checks.shape(NAME, "bias", bias, outputs);
        }
    }
}
