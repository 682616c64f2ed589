package io.mambapkd.ops.cuda;

import io.mambapkd.ops.Conv2dOps.Options;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/**
 * One convolution as cuDNN knows it, of images of one size and type: its descriptions, and an algorithm with its workspace for each direction, chosen once.
 * Images and filters are channels-last and of that type; sums are float, on tensor cores where the type is BF16. All algorithms that may be chosen give the same bits on every run.
 */
final class CudnnConvolution implements AutoCloseable {
    private static final int FLOAT = cudnnDataType.CUDNN_DATA_FLOAT;
    private static final int CHANNELS_LAST = cudnnTensorFormat.CUDNN_TENSOR_NHWC;

    private final CudnnHandle cudnn;
    private final Options options;
    private final int[] in;
    private final DType dtype;
    private final int outputs;
    private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    private final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    private final cudnnFilterDescriptor filter = new cudnnFilterDescriptor();
    private final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    private final Choice forward;
    private final Choice backwardData;
    private final Choice backwardFilter;

    /** An algorithm, and the workspace that it needs. */
    record Choice(int algorithm, long workspaceBytes) {}

    /** Asks cuDNN for the workspace of an algorithm. */
    @FunctionalInterface
    private interface Question {
        int ask(int algorithm, long[] bytes);
    }

    /**
     * Describes it and chooses.
     *
     * @param images (B, H, W, Cin), F32 or BF16
     * @throws io.mambapkd.InputException if cuDNN cannot do it
     */
    CudnnConvolution(CudnnHandle cudnn, CudaOptions.Products products, Options options, Tensor images, int outputs) {
        this.cudnn = cudnn;
        this.options = options;
        this.in = images.shape().toArray();
        this.dtype = images.dtype();
        this.outputs = outputs;
        describe(products);
        var handle = cudnn.entered();
        forward = choose(
                "forward",
                (algorithm, bytes) -> JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
                        handle, x, filter, convolution, y, algorithm, bytes),
                cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM,
                cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM);
        // Algorithm 0 of both gradients adds atomically.
        backwardData = choose(
                "backward data",
                (algorithm, bytes) -> JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
                        handle, filter, y, convolution, x, algorithm, bytes),
                cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
        backwardFilter = choose(
                "backward filter",
                (algorithm, bytes) -> JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
                        handle, x, y, convolution, filter, algorithm, bytes),
                cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1);
    }

    private void describe(CudaOptions.Products products) {
        int kernel = options.kernel();
        int stride = options.stride();
        int padding = options.padding();
        int type = dtype == DType.BF16 ? cudnnDataType.CUDNN_DATA_BFLOAT16 : FLOAT;
        CudnnStatus.check(JCudnn.cudnnCreateTensorDescriptor(x), () -> "cudnnCreateTensorDescriptor()");
        CudnnStatus.check(JCudnn.cudnnCreateTensorDescriptor(y), () -> "cudnnCreateTensorDescriptor()");
        CudnnStatus.check(JCudnn.cudnnCreateFilterDescriptor(filter), () -> "cudnnCreateFilterDescriptor()");
        CudnnStatus.check(
                JCudnn.cudnnCreateConvolutionDescriptor(convolution), () -> "cudnnCreateConvolutionDescriptor()");
        CudnnStatus.check(
                JCudnn.cudnnSetTensor4dDescriptor(x, CHANNELS_LAST, type, in[0], in[3], in[1], in[2]),
                () -> call("cudnnSetTensor4dDescriptor"));
        CudnnStatus.check(
                JCudnn.cudnnSetTensor4dDescriptor(
                        y, CHANNELS_LAST, type, in[0], outputs, options.output(in[1]), options.output(in[2])),
                () -> call("cudnnSetTensor4dDescriptor"));
        CudnnStatus.check(
                JCudnn.cudnnSetFilter4dDescriptor(filter, type, CHANNELS_LAST, outputs, in[3], kernel, kernel),
                () -> call("cudnnSetFilter4dDescriptor"));
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
                () -> call("cudnnSetConvolution2dDescriptor"));
        CudnnStatus.check(
                JCudnn.cudnnSetConvolutionMathType(convolution, math(products)),
                () -> call("cudnnSetConvolutionMathType"));
    }

    private int math(CudaOptions.Products products) {
        if (dtype == DType.BF16) {
            return cudnnMathType.CUDNN_TENSOR_OP_MATH;
        }
        // The default lets cuDNN round to TF32.
        return products == CudaOptions.Products.TF32 ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_FMA_MATH;
    }

    /** The first that cuDNN has for this convolution. */
    private Choice choose(String direction, Question question, int... algorithms) {
        long[] bytes = new long[1];
        int status = CudnnStatus.SUCCESS;
        for (int algorithm : algorithms) {
            status = question.ask(algorithm, bytes);
            if (status == CudnnStatus.SUCCESS) {
                return new Choice(algorithm, bytes[0]);
            }
            if (!CudnnStatus.isUnsupported(status)) {
                break;
            }
        }
        throw CudnnStatus.failure(
                status, call("workspace of " + direction + ", algorithms " + Arrays.toString(algorithms)));
    }

    /** Whether it is that of these options, images and output channels. */
    boolean is(Options asked, Tensor images, int outputChannels) {
        Shape shape = images.shape();
        return outputs == outputChannels
                && dtype == images.dtype()
                && in[0] == shape.extent(0)
                && in[1] == shape.extent(1)
                && in[2] == shape.extent(2)
                && in[3] == shape.extent(3)
                && options.kernel() == asked.kernel()
                && options.stride() == asked.stride()
                && options.padding() == asked.padding();
    }

    Choice forward() {
        return forward;
    }

    Choice backwardData() {
        return backwardData;
    }

    Choice backwardFilter() {
        return backwardFilter;
    }

    /** {@code y = } the convolution of the images with a filter; device addresses. */
    void runForward(long images, long weights, long result, long workspace) {
        int status = JCudnn.cudnnConvolutionForward(
                cudnn.entered(),
                cudnn.one(),
                x,
                cudnn.at(images),
                filter,
                cudnn.at(weights),
                convolution,
                forward.algorithm(),
                cudnn.at(workspace),
                forward.workspaceBytes(),
                cudnn.zero(),
                y,
                cudnn.at(result));
        check(status, "cudnnConvolutionForward", forward);
    }

    /** {@code dx = } the gradient of the images. */
    void runBackwardData(long weights, long gradient, long result, long workspace) {
        int status = JCudnn.cudnnConvolutionBackwardData(
                cudnn.entered(),
                cudnn.one(),
                filter,
                cudnn.at(weights),
                y,
                cudnn.at(gradient),
                convolution,
                backwardData.algorithm(),
                cudnn.at(workspace),
                backwardData.workspaceBytes(),
                cudnn.zero(),
                x,
                cudnn.at(result));
        check(status, "cudnnConvolutionBackwardData", backwardData);
    }

    /** {@code dWeight = } the gradient of the filter, channels-last. */
    void runBackwardFilter(long images, long gradient, long result, long workspace) {
        int status = JCudnn.cudnnConvolutionBackwardFilter(
                cudnn.entered(),
                cudnn.one(),
                x,
                cudnn.at(images),
                y,
                cudnn.at(gradient),
                convolution,
                backwardFilter.algorithm(),
                cudnn.at(workspace),
                backwardFilter.workspaceBytes(),
                cudnn.zero(),
                filter,
                cudnn.at(result));
        check(status, "cudnnConvolutionBackwardFilter", backwardFilter);
    }

    private void check(int status, String function, Choice choice) {
        if (status != CudnnStatus.SUCCESS) {
            throw CudnnStatus.failure(
                    status,
                    call(function + " by algorithm " + choice.algorithm() + " with " + choice.workspaceBytes()
                            + " bytes"));
        }
    }

    private String call(String function) {
        return function + " of conv2d(images " + Shape.of(in) + " " + dtype + ", " + outputs + " outputs, kernel "
                + options.kernel() + ", stride " + options.stride() + ", padding " + options.padding() + ")";
    }

    @Override
    public void close() {
        JCudnn.cudnnDestroyTensorDescriptor(x);
        JCudnn.cudnnDestroyTensorDescriptor(y);
        JCudnn.cudnnDestroyFilterDescriptor(filter);
        JCudnn.cudnnDestroyConvolutionDescriptor(convolution);
    }
}
