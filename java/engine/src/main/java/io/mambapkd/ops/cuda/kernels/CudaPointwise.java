package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.checks.PointwiseChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;

/** A thread for some elements; sums over rows in chunks, then over the chunks. */
public final class CudaPointwise implements PointwiseOps {
    private static final String FAMILY = "pointwise";
    private static final int BLOCK_ELEMENTS = 1024;
    private static final int BLOCK = 256;
    private static final int LEAST_ROWS_PER_THREAD = 4;

    private final CudaContext cuda;
    private final TypedKernel convert;
    private final TypedKernel gather;
    private final TypedKernel add;
    private final Kernel addBias;
    private final Kernel columnSums;
    private final Kernel meanGradient;
    private final TypedKernel gate;
    private final TypedKernel gateGradient;
    private final PartialRows partialRows;

    public CudaPointwise(CudaContext cuda) {
        this.cuda = cuda;
        convert = TypedKernel.of(cuda, FAMILY, "pointwise_convert");
        gather = TypedKernel.of(cuda, FAMILY, "pointwise_gather");
        add = TypedKernel.of(cuda, FAMILY, "pointwise_add");
        addBias = cuda.kernel(FAMILY, "pointwise_add_bias_f32");
        columnSums = cuda.kernel(FAMILY, "pointwise_column_sums_f32");
        meanGradient = cuda.kernel(FAMILY, "pointwise_mean_gradient_f32");
        gate = TypedKernel.of(cuda, FAMILY, "pointwise_gate");
        gateGradient = TypedKernel.of(cuda, FAMILY, "pointwise_gate_gradient");
        partialRows = new PartialRows(cuda);
    }

    @Override
    public void convert(Tensor source, Tensor target) {
        PointwiseChecks.convert(source, target);
        Tiles tiles = Tiles.of(BLOCK_ELEMENTS, target, source);
        tiles.extentsOf(cuda.launch(convert.of(target)).tensor(target).tensor(source))
                .int32(target.rowStride())
                .int32(source.rowStride())
                .grid(tiles.blocks());
    }

    @Override
    public void gather(Tensor source, Tensor indices, Tensor target) {
        PointwiseChecks.gather(source, indices, target);
        int count = indices.shape().last();
        cuda.launch(gather.of(target))
                .tensor(target)
                .tensor(source)
                .tensor(indices)
                .int32(count)
                .grid(Grids.blocks(count, BLOCK));
    }

    @Override
    public void add(Tensor x, Tensor y, Tensor sum) {
        PointwiseChecks.add(x, y, sum);
        Tiles tiles = Tiles.of(BLOCK_ELEMENTS, sum, x, y);
        tiles.extentsOf(cuda.launch(add.of(sum)).tensor(sum).tensor(x).tensor(y))
                .int32(sum.rowStride())
                .int32(x.rowStride())
                .int32(y.rowStride())
                .grid(tiles.blocks());
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        PointwiseChecks.addBias(x, bias);
        Tiles tiles = rowTiles(x);
        tiles.extentsOf(cuda.launch(addBias).tensor(x).tensor(bias))
                .int32(x.rowStride())
                .grid(tiles.blocks());
    }

    @Override
    public void biasGradient(Tensor dy, Tensor dBias) {
        PointwiseChecks.biasGradient(dy, dBias);
        Strands strands = rowStrands(dy);
        PartialRows.Rows partials = partialRows.rows(strands.chunks(), strands.columns());
        columnSums(partials.address(), dy, strands, 1f);
        partialRows.add(partials, dBias);
    }

    @Override
    public void meanOverTokens(Tensor x, Tensor y) {
        PointwiseChecks.meanOverTokens(x, y);
        int length = x.shape().extent(1);
        Strands samples = Strands.ofChunks(x.shape().rows(), x.shape().last(), length);
        sums(cuda.launch(columnSums).tensor(y), x, samples, 1f / length);
    }

    private void columnSums(long sums, Tensor x, Strands strands, float scale) {
        sums(cuda.launch(columnSums).address(sums), x, strands, scale);
    }

    private static void sums(Launch launch, Tensor x, Strands strands, float scale) {
        launch.tensor(x)
                .int32(x.shape().rows())
                .int32(strands.columns())
                .int32(strands.chunkRows())
                .int32(strands.lanes())
                .int32(x.rowStride())
                .float32(scale)
                .grid(strands.blocks());
    }

    @Override
    public void meanOverTokensGradient(Tensor dy, Tensor dx) {
        PointwiseChecks.meanOverTokensGradient(dy, dx);
        Tiles tiles = rowTiles(dx);
        tiles.extentsOf(cuda.launch(meanGradient).tensor(dx).tensor(dy))
                .int32(dx.shape().extent(1))
                .grid(tiles.blocks());
    }

    @Override
    public void gate(Tensor u, Tensor skip, Tensor z, Tensor y) {
        PointwiseChecks.gate(u, skip, z, y);
        Tiles tiles = rowTiles(u);
        tiles.extentsOf(cuda.launch(gate.of(u)).tensor(y).tensor(u).tensor(z).tensor(skip))
                .int32(u.rowStride())
                .int32(z.rowStride())
                .grid(tiles.blocks());
    }

    @Override
    public void gateGradient(Tensor u, Tensor skip, Tensor z, Tensor dy, Tensor du, Tensor dSkip, Tensor dZ) {
        PointwiseChecks.gateGradient(u, skip, z, dy, du, dSkip, dZ);
        Strands strands = rowStrands(u);
        PartialRows.Rows partials = partialRows.rows(strands.chunks(), strands.columns());
        cuda.launch(gateGradient.of(u))
                .tensor(du)
                .tensor(dZ)
                .address(partials.address())
                .tensor(u)
                .tensor(z)
                .tensor(dy)
                .tensor(skip)
                .int32(u.shape().rows())
                .int32(strands.columns())
                .int32(strands.chunkRows())
                .int32(strands.lanes())
                .int32(du.rowStride())
                .int32(dZ.rowStride())
                .int32(u.rowStride())
                .int32(z.rowStride())
                .grid(strands.blocks());
        partialRows.add(partials, dSkip);
    }

    private static Tiles rowTiles(Tensor x) {
        return Tiles.of(x.shape().rows(), x.shape().last(), BLOCK_ELEMENTS);
    }

    private static Strands rowStrands(Tensor x) {
        return Strands.ofPartialRows(x.shape().rows(), x.shape().last(), LEAST_ROWS_PER_THREAD);
    }
}
