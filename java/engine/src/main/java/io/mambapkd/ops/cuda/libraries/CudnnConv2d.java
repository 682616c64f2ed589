package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.checks.Conv2dChecks;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.kernels.Grids;
import io.mambapkd.ops.cuda.libraries.CudnnWay.FilterLayout;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions by cuDNN. Filters are channels-last for it: with channels-last images that is the layout of its kernels, and
 * the one that every release of cuDNN 9 takes for float. Those that lie otherwise are copied, also where cuDNN refuses that layout and takes the other; gradients
 * go back to that of the parameters. The bias is added by a kernel of our own: cuDNN fuses it with one algorithm only.
 */
public final class CudnnConv2d implements Conv2dOps, AutoCloseable {
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

    public CudnnConv2d(DeviceContext cuda, CudnnHandle cudnn, CudaOptions.Products products, PointwiseOps pointwise) {
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
        withFilter(options, convolution(options, x, outputs).choice(CudnnDirection.FORWARD), x, weight, y);
        if (bias != null) {
            pointwise.addBias(y, bias);
        }
    }

    @Override
    public void backwardData(Options options, Tensor weight, Tensor dy, Tensor dx) {
        int outputs = Conv2dChecks.backwardData(options, weight, dy, dx);
        withFilter(options, convolution(options, dx, outputs).choice(CudnnDirection.BACKWARD_DATA), dx, weight, dy);
    }

    /** Computes what reads the filter. */
    private void withFilter(Options options, CudnnChoice choice, Tensor images, Tensor weight, Tensor result) {
        boolean done = false;
        while (!done) {
            boolean copied = isCopied(options, choice.way(), images);
            long ofFilter = copied ? filterBytes(weight, images) : 0;
            long scratch = cuda.scratch(ofFilter + choice.workspaceBytes());
            if (copied) {
                int taps = options.kernel() * options.kernel();
                int channels = images.shape().last();
                // The way back is that of as many channels as there are taps.
                boolean back = options.layout() == Layout.CHANNELS_LAST;
                launch(
                        weight,
                        cuda.launch(channelsLast.of(images)).address(scratch).tensor(weight),
                        back ? taps : channels,
                        back ? channels : taps);
            }
            done = choice.run(new CudnnDirection.Operands(
                    cuda.address(images),
                    copied ? scratch : cuda.address(weight),
                    cuda.address(result),
                    scratch + ofFilter));
        }
    }

    /** Whether the filter lies otherwise than the way has it. One tap, or one channel, is the same in both layouts. */
    private static boolean isCopied(Options options, CudnnWay way, Tensor images) {
        boolean isLast = options.layout() == Layout.CHANNELS_LAST;
        boolean wantsLast = way.filter() == FilterLayout.CHANNELS_LAST;
        return isLast != wantsLast && options.kernel() > 1 && images.shape().last() > 1;
    }

    @Override
    public void backwardWeights(Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias) {
        int outputs = Conv2dChecks.backwardWeights(options, x, dy, dWeight, dBias);
        CudnnChoice choice = convolution(options, x, outputs).choice(CudnnDirection.BACKWARD_FILTER);
        long ofGradient = filterBytes(dWeight, x);
        long gradient;
        do {
            gradient = cuda.scratch(ofGradient + choice.workspaceBytes());
        } while (!choice.run(
                new CudnnDirection.Operands(cuda.address(x), gradient, cuda.address(dy), gradient + ofGradient)));
        // As one tap of as many channels as it has elements for an output, it keeps the order of the parameters.
        int taps = choice.way().filter() == FilterLayout.CHANNELS_LAST ? options.kernel() * options.kernel() : 1;
        int elements = Math.toIntExact(dWeight.shape().elements());
        launch(
                dWeight,
                cuda.launch(gradientAdd.of(x)).tensor(dWeight).address(gradient),
                elements / outputs / taps,
                taps);
        if (dBias != null) {
            pointwise.biasGradient(dy, dBias);
        }
    }

    /** Gives a kernel the extents of the filter. */
    private static void launch(Tensor weight, Launch launch, int channels, int taps) {
        int elements = Math.toIntExact(weight.shape().elements());
        launch.int32(elements).int32(channels).int32(taps).grid(Grids.blocks(elements, BLOCK));
    }

    /** Room for a filter of the type of the images in front of a workspace. */
    private static long filterBytes(Tensor weight, Tensor images) {
        long bytes = weight.shape().elements() * images.dtype().bytes();
        return (bytes + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    }

    /** Of the convolutions that were computed. */
    public List<Fallback> fallbacks() {
        return known.stream().flatMap(CudnnConvolution::fallbacks).toList();
    }

    private CudnnConvolution convolution(Options options, Tensor images, int outputs) {
        Checks.that(
                options.operands() == Operands.STORED,
                "conv2d",
                "rounds operands to BF16 only where there are no BF16 tensors");
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
