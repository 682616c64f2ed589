package io.mambapkd.ops.cuda;

import io.mambapkd.ops.Conv2dChecks;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions by cuDNN. Filters go channels-last for it and back: with channels-last images that is the layout of its kernels, and
 * the one that every release of cuDNN 9 takes for float. The bias is added by a kernel of our own: cuDNN fuses it with one algorithm only.
 */
final class CudnnConv2d implements Conv2dOps, AutoCloseable {
    private static final String FAMILY = "filter_layout";
    private static final int BLOCK = 256;
    private static final int ALIGNMENT_BYTES = 256;

    private final DeviceContext cuda;
    private final CudnnHandle cudnn;
    private final CudaOptions.Products products;
    private final PointwiseOps pointwise;
    private final TypedKernel channelsLast;
    private final TypedKernel gradientAdd;
    /** A few, so that a search leaves less garbage than a key. */
    private final List<CudnnConvolution> known = new ArrayList<>();

    CudnnConv2d(DeviceContext cuda, CudnnHandle cudnn, CudaOptions.Products products, PointwiseOps pointwise) {
        this.cuda = cuda;
        this.cudnn = cudnn;
        this.products = products;
        this.pointwise = pointwise;
        channelsLast = TypedKernel.of(cuda, FAMILY, "filter_channels_last");
        gradientAdd = TypedKernel.of(cuda, FAMILY, "filter_gradient_add");
    }

    @Override
    public void forward(Options options, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        int outputs = Conv2dChecks.forward(options, x, weight, bias, y);
        CudnnConvolution convolution = convolution(options, x, outputs);
        long filter =
                cuda.scratch(filterBytes(weight, x) + convolution.forward().workspaceBytes());
        launch(weight, cuda.launch(channelsLast.of(x)).address(filter).tensor(weight));
        convolution.runForward(cuda.address(x), filter, cuda.address(y), filter + filterBytes(weight, x));
        if (bias != null) {
            pointwise.addBias(y, bias);
        }
    }

    @Override
    public void backwardData(Options options, Tensor weight, Tensor dy, Tensor dx) {
        int outputs = Conv2dChecks.backwardData(options, weight, dy, dx);
        CudnnConvolution convolution = convolution(options, dx, outputs);
        long filter = cuda.scratch(
                filterBytes(weight, dx) + convolution.backwardData().workspaceBytes());
        launch(weight, cuda.launch(channelsLast.of(dx)).address(filter).tensor(weight));
        convolution.runBackwardData(filter, cuda.address(dy), cuda.address(dx), filter + filterBytes(weight, dx));
    }

    @Override
    public void backwardWeights(Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias) {
        int outputs = Conv2dChecks.backwardWeights(options, x, dy, dWeight, dBias);
        CudnnConvolution convolution = convolution(options, x, outputs);
        long gradient = cuda.scratch(
                filterBytes(dWeight, x) + convolution.backwardFilter().workspaceBytes());
        convolution.runBackwardFilter(cuda.address(x), cuda.address(dy), gradient, gradient + filterBytes(dWeight, x));
        launch(dWeight, cuda.launch(gradientAdd.of(x)).tensor(dWeight).address(gradient));
        if (dBias != null) {
            pointwise.biasGradient(dy, dBias);
        }
    }

    /** Gives a kernel the extents of the filter. */
    private static void launch(Tensor weight, Launch launch) {
        int elements = Math.toIntExact(weight.shape().elements());
        launch.int32(elements)
                .int32(weight.shape().extent(1))
                .int32(weight.shape().extent(2) * weight.shape().extent(3))
                .grid(Grids.blocks(elements, BLOCK));
    }

    /** Room for a filter of the type of the images in front of a workspace. */
    private static long filterBytes(Tensor weight, Tensor images) {
        long bytes = weight.shape().elements() * images.dtype().bytes();
        return (bytes + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    }

    private CudnnConvolution convolution(Options options, Tensor images, int outputs) {
        for (int i = 0; i < known.size(); i++) {
            if (known.get(i).is(options, images, outputs)) {
                return known.get(i);
            }
        }
        CudnnConvolution described = new CudnnConvolution(cudnn, products, options, images, outputs);
        known.add(described);
        return described;
    }

    @Override
    public void close() {
        known.forEach(CudnnConvolution::close);
        known.clear();
    }
}
