package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.Conv2dOps.Options;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/**
 * What cuDNN is told of one convolution, of images of one size and type. Images and result are channels-last, the filter is described in both layouts, all of the
 * images' type; sums are float, on tensor cores where the type is BF16.
 */
final class CudnnDescriptions implements AutoCloseable {
    private static final int FLOAT = cudnnDataType.CUDNN_DATA_FLOAT;
    private static final int CHANNELS_LAST = cudnnTensorFormat.CUDNN_TENSOR_NHWC;

    private final Options options;
    private final int[] in;
    private final DType dtype;
    private final int outputs;
    private final cudnnTensorDescriptor images = new cudnnTensorDescriptor();
    private final cudnnTensorDescriptor result = new cudnnTensorDescriptor();
    private final Map<CudnnWay.FilterLayout, cudnnFilterDescriptor> filters =
            new EnumMap<>(CudnnWay.FilterLayout.class);
    private final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();

    /** @param x images (B, H, W, Cin), F32 or BF16 */
    CudnnDescriptions(CudaOptions.Products products, Options options, Tensor x, int outputs) {
        this.options = options;
        this.in = x.shape().toArray();
        this.dtype = x.dtype();
        this.outputs = outputs;
        int type = dtype == DType.BF16 ? cudnnDataType.CUDNN_DATA_BFLOAT16 : FLOAT;
        CudnnStatus.check(JCudnn.cudnnCreateTensorDescriptor(images), () -> "cudnnCreateTensorDescriptor()");
        CudnnStatus.check(JCudnn.cudnnCreateTensorDescriptor(result), () -> "cudnnCreateTensorDescriptor()");
        CudnnStatus.check(
                JCudnn.cudnnCreateConvolutionDescriptor(convolution), () -> "cudnnCreateConvolutionDescriptor()");
        CudnnStatus.check(
                JCudnn.cudnnSetTensor4dDescriptor(images, CHANNELS_LAST, type, in[0], in[3], in[1], in[2]),
                () -> "cudnnSetTensor4dDescriptor of " + this);
        CudnnStatus.check(
                JCudnn.cudnnSetTensor4dDescriptor(
                        result, CHANNELS_LAST, type, in[0], outputs, options.output(in[1]), options.output(in[2])),
                () -> "cudnnSetTensor4dDescriptor of " + this);
        for (CudnnWay.FilterLayout layout : CudnnWay.FilterLayout.values()) {
            filters.put(layout, newFilter(type, layout));
        }
        setConvolution(products);
    }

    private cudnnFilterDescriptor newFilter(int type, CudnnWay.FilterLayout layout) {
        cudnnFilterDescriptor filter = new cudnnFilterDescriptor();
        int kernel = options.kernel();
        CudnnStatus.check(JCudnn.cudnnCreateFilterDescriptor(filter), () -> "cudnnCreateFilterDescriptor()");
        CudnnStatus.check(
                JCudnn.cudnnSetFilter4dDescriptor(filter, type, layout.format(), outputs, in[3], kernel, kernel),
                () -> "cudnnSetFilter4dDescriptor of " + this);
        return filter;
    }

    private void setConvolution(CudaOptions.Products products) {
        int stride = options.stride();
        int padding = options.padding();
        CudnnStatus.check(
                JCudnn.cudnnSetConvolution2dDescriptor(
                        convolution,
                        padding,
                        padding,
                        stride,
                        stride,
                        1,
                        1,
                        cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
                        FLOAT),
                () -> "cudnnSetConvolution2dDescriptor of " + this);
        CudnnStatus.check(
                JCudnn.cudnnSetConvolutionMathType(convolution, math(products)),
                () -> "cudnnSetConvolutionMathType of " + this);
    }

    private int math(CudaOptions.Products products) {
        if (dtype == DType.BF16) {
            return cudnnMathType.CUDNN_TENSOR_OP_MATH;
        }
        // The default lets cuDNN round to TF32.
        return products == CudaOptions.Products.TF32 ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_FMA_MATH;
    }

    /** Whether they are those of these options, images and output channels. */
    boolean are(Options asked, Tensor x, int outputChannels) {
        Shape shape = x.shape();
        return outputs == outputChannels
                && dtype == x.dtype()
                && in[0] == shape.extent(0)
                && in[1] == shape.extent(1)
                && in[2] == shape.extent(2)
                && in[3] == shape.extent(3)
                && options.kernel() == asked.kernel()
                && options.stride() == asked.stride()
                && options.padding() == asked.padding();
    }

    cudnnTensorDescriptor images() {
        return images;
    }

    cudnnTensorDescriptor result() {
        return result;
    }

    cudnnFilterDescriptor filter(CudnnWay.FilterLayout layout) {
        return Objects.requireNonNull(filters.get(layout));
    }

    cudnnConvolutionDescriptor convolution() {
        return convolution;
    }

    /** {@code conv2d(images (32, 14, 14, 4) F32, 8 outputs, kernel 3, stride 1, padding 1)}. */
    @Override
    public String toString() {
        return "conv2d(images " + Shape.of(in) + " " + dtype + ", " + outputs + (outputs == 1 ? " output" : " outputs")
                + ", kernel " + options.kernel() + ", stride " + options.stride() + ", padding " + options.padding()
                + ")";
    }

    @Override
    public void close() {
        JCudnn.cudnnDestroyTensorDescriptor(images);
        JCudnn.cudnnDestroyTensorDescriptor(result);
        filters.values().forEach(JCudnn::cudnnDestroyFilterDescriptor);
        JCudnn.cudnnDestroyConvolutionDescriptor(convolution);
    }
}
