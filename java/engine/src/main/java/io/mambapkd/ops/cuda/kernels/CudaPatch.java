package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.PatchOps;
import io.mambapkd.ops.checks.PatchChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;

/** Every cut of an image that tokens divide exchanges two of its axes, so that one kernel does all of them and their gradients; those of other images have a kernel each way. */
final class CudaPatch implements PatchOps {
    private static final String FAMILY = "patch_embed";
    private static final int BLOCK = 256;
    private static final int VALUES_PER_BLOCK = 1024;
    private static final int POSITION_ROWS_PER_BLOCK = 8;
    private static final int SMALLEST_SLICE = 32;
    private static final int LARGEST_SLICES = 264;
    /** Blocks along y that a grid may have. */
    private static final int LARGEST_Y = 65_535;

    private final CudaContext cuda;
    private final Kernel exchange;
    private final Kernel paddedTokens;
    private final Kernel paddedTokensGradient;
    private final Kernel reorder;
    private final Kernel addPosition;
    private final Kernel positionPartials;
    private final PartialRows partialRows;

    CudaPatch(CudaContext cuda) {
        this.cuda = cuda;
        exchange = cuda.kernel(FAMILY, "patch_tokens_f32");
        paddedTokens = cuda.kernel(FAMILY, "padded_tokens_f32");
        paddedTokensGradient = cuda.kernel(FAMILY, "padded_tokens_gradient_f32");
        reorder = cuda.kernel(FAMILY, "reorder_tokens_f32");
        addPosition = cuda.kernel(FAMILY, "add_position_f32");
        positionPartials = cuda.kernel(FAMILY, "position_gradient_partials_f32");
        partialRows = new PartialRows(cuda);
    }

    /** An image as (.., a, b, run); its tokens are (.., b, a, run). */
    private record Axes(int a, int b, int run) {
        static Axes of(Cut cut, int size, Tensor images) {
            int height = images.shape().extent(1);
            int width = images.shape().extent(2);
            int channels = images.shape().extent(3);
            return switch (cut) {
                case ROWS -> new Axes(1, 1, height * width * channels);
                case COLUMNS -> new Axes(height, width, channels);
                case PATCHES -> new Axes(size, width / size, size * channels);
            };
        }
    }

    /** An image as (down, across, run) with steps in memory, of which a token takes (tokenDown, tokenAcross) runs. */
    private record Padded(int down, int across, int run, int tokenDown, int tokenAcross, int stepDown, int stepAcross) {
        static Padded of(Cut cut, int size, Tensor images) {
            int height = images.shape().extent(1);
            int width = images.shape().extent(2);
            int channels = images.shape().extent(3);
            int row = width * channels;
            return switch (cut) {
                case ROWS -> new Padded(height, row, 1, size, row, row, 1);
                case COLUMNS -> new Padded(width, height, channels, size, height, channels, row);
                case PATCHES -> new Padded(height, row, 1, size, size * channels, row, 1);
            };
        }
    }

    @Override
    public void tokens(Cut cut, int size, Tensor images, Tensor tokens) {
        PatchChecks.tokens("tokens", cut, size, images, tokens);
        if (isPadded(images, tokens)) {
            padded(paddedTokens, tokens, images, tokens, Padded.of(cut, size, images));
            return;
        }
        Axes axes = Axes.of(cut, size, images);
        exchange(tokens, images, axes.a(), axes.b(), axes.run());
    }

    @Override
    public void tokensGradient(Cut cut, int size, Tensor dTokens, Tensor dImages) {
        PatchChecks.tokens("tokens_gradient", cut, size, dImages, dTokens);
        if (isPadded(dImages, dTokens)) {
            padded(paddedTokensGradient, dImages, dTokens, dTokens, Padded.of(cut, size, dImages));
            return;
        }
        Axes axes = Axes.of(cut, size, dImages);
        exchange(dImages, dTokens, axes.b(), axes.a(), axes.run());
    }

    private static boolean isPadded(Tensor images, Tensor tokens) {
        return tokens.shape().elements() > images.shape().elements();
    }

    private void padded(Kernel kernel, Tensor target, Tensor source, Tensor tokens, Padded of) {
        long total = tokens.shape().elements();
        cuda.launch(kernel)
                .tensor(target)
                .tensor(source)
                .int64(total)
                .int32(of.down())
                .int32(of.across())
                .int32(of.run())
                .int32(of.tokenDown())
                .int32(of.tokenAcross())
                .int32(of.stepDown())
                .int32(of.stepAcross())
                .grid(Grids.blocks(total, VALUES_PER_BLOCK));
    }

    private void exchange(Tensor target, Tensor source, int a, int b, int run) {
        long total = source.shape().elements();
        cuda.launch(exchange)
                .tensor(target)
                .tensor(source)
                .int64(total)
                .int32(a)
                .int32(b)
                .int32(run)
                .grid(Grids.blocks(total, VALUES_PER_BLOCK));
    }

    @Override
    public void reorder(int rows, int columns, boolean reversed, Tensor x, Tensor y) {
        PatchChecks.reorder(rows, columns, x, y);
        long total = x.shape().elements();
        cuda.launch(reorder)
                .tensor(y)
                .tensor(x)
                .int64(total)
                .int32(rows)
                .int32(columns)
                .int32(reversed ? 1 : 0)
                .int32(x.shape().last())
                .grid(Grids.blocks(total, VALUES_PER_BLOCK));
    }

    @Override
    public void addPosition(Tensor x, Tensor position) {
        PatchChecks.addPosition(x, position);
        int rows = x.shape().extent(0);
        int size = Math.toIntExact(position.shape().elements());
        cuda.launch(addPosition)
                .tensor(x)
                .tensor(position)
                .int32(rows)
                .int32(size)
                .grid(Grids.blocks(size, BLOCK), Math.min(LARGEST_Y, Grids.blocks(rows, POSITION_ROWS_PER_BLOCK)));
    }

    @Override
    public void positionGradient(Tensor dx, Tensor dPosition) {
        PatchChecks.positionGradient(dx, dPosition);
        int rows = dx.shape().extent(0);
        int size = Math.toIntExact(dPosition.shape().elements());
        int slice = Math.max(SMALLEST_SLICE, Grids.blocks(rows, LARGEST_SLICES));
        int slices = Grids.blocks(rows, slice);
        PartialRows.Rows partials = partialRows.rows(slices, size);
        cuda.launch(positionPartials)
                .address(partials.address())
                .tensor(dx)
                .int32(rows)
                .int32(size)
                .int32(slice)
                .grid(Grids.blocks(size, BLOCK), slices);
        partialRows.add(partials, dPosition);
    }
}
