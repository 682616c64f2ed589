package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.cuda.libraries.CudnnWay.Determinism;
import io.mambapkd.ops.cuda.libraries.CudnnWay.FilterLayout;
import java.util.List;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;

/**
 * The directions of a convolution, and the ways in which each is tried: the fastest first, those that are not deterministic last.
 *
 * <p>Asked through its device description for an H100, cuDNN 9.24 refuses the first way of FORWARD where the kernel is larger than the images, and
 * that of BACKWARD_FILTER for kernels of more than one tap where there is one output channel or one output position; it takes the second
 * way of both in every case.
 */
public enum CudnnDirection {
    /** {@code y = } the convolution of the images with the filter. */
    FORWARD(
            "the forward pass",
            "cudnnConvolutionForward",
            cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM,
            cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
            Determinism.DETERMINISTIC) {
        @Override
        int askWorkspace(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, long[] bytes) {
            return JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
                    cudnn.entered(),
                    of.images(),
                    of.filter(way.filter()),
                    of.convolution(),
                    of.result(),
                    way.algorithm(),
                    bytes);
        }

        @Override
        int run(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, Operands at, long workspaceBytes) {
            return JCudnn.cudnnConvolutionForward(
                    cudnn.entered(),
                    cudnn.one(),
                    of.images(),
                    cudnn.at(at.images()),
                    of.filter(way.filter()),
                    cudnn.at(at.filter()),
                    of.convolution(),
                    way.algorithm(),
                    cudnn.at(at.workspace()),
                    workspaceBytes,
                    cudnn.zero(),
                    of.result(),
                    cudnn.at(at.result()));
        }
    },
    /** {@code dx = } the gradient of the images. */
    BACKWARD_DATA(
            "the backward data pass",
            "cudnnConvolutionBackwardData",
            cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1,
            cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_0,
            Determinism.ANY_ORDER) {
        @Override
        int askWorkspace(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, long[] bytes) {
            return JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
                    cudnn.entered(),
                    of.filter(way.filter()),
                    of.result(),
                    of.convolution(),
                    of.images(),
                    way.algorithm(),
                    bytes);
        }

        @Override
        int run(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, Operands at, long workspaceBytes) {
            return JCudnn.cudnnConvolutionBackwardData(
                    cudnn.entered(),
                    cudnn.one(),
                    of.filter(way.filter()),
                    cudnn.at(at.filter()),
                    of.result(),
                    cudnn.at(at.result()),
                    of.convolution(),
                    way.algorithm(),
                    cudnn.at(at.workspace()),
                    workspaceBytes,
                    cudnn.zero(),
                    of.images(),
                    cudnn.at(at.images()));
        }
    },
    /** {@code dWeight = } the gradient of the filter. */
    BACKWARD_FILTER(
            "the backward filter pass",
            "cudnnConvolutionBackwardFilter",
            cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1,
            cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0,
            Determinism.ANY_ORDER) {
        @Override
        int askWorkspace(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, long[] bytes) {
            return JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
                    cudnn.entered(),
                    of.images(),
                    of.result(),
                    of.convolution(),
                    of.filter(way.filter()),
                    way.algorithm(),
                    bytes);
        }

        @Override
        int run(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, Operands at, long workspaceBytes) {
            return JCudnn.cudnnConvolutionBackwardFilter(
                    cudnn.entered(),
                    cudnn.one(),
                    of.images(),
                    cudnn.at(at.images()),
                    of.result(),
                    cudnn.at(at.result()),
                    of.convolution(),
                    way.algorithm(),
                    cudnn.at(at.workspace()),
                    workspaceBytes,
                    cudnn.zero(),
                    of.filter(way.filter()),
                    cudnn.at(at.filter()));
        }
    };

    /** Device addresses of the images, the filter and the result, or of their gradients; the direction says which of them is written. */
    record Operands(long images, long filter, long result, long workspace) {}

    private final String words;
    private final String function;
    private final int first;
    private final int second;
    private final Determinism ofSecond;

    /**
     * @param first algorithm, deterministic
     * @param second algorithm, which takes more shapes
     */
    CudnnDirection(String words, String function, int first, int second, Determinism ofSecond) {
        this.words = words;
        this.function = function;
        this.first = first;
        this.second = second;
        this.ofSecond = ofSecond;
    }

    /** In the order in which they are tried. */
    public List<CudnnWay> ways() {
        CudnnWay usual = new CudnnWay(first, FilterLayout.CHANNELS_LAST, Determinism.DETERMINISTIC);
        CudnnWay usualOfPlanes = new CudnnWay(first, FilterLayout.CHANNELS_FIRST, Determinism.DETERMINISTIC);
        CudnnWay other = new CudnnWay(second, FilterLayout.CHANNELS_LAST, ofSecond);
        CudnnWay otherOfPlanes = new CudnnWay(second, FilterLayout.CHANNELS_FIRST, ofSecond);
        return ofSecond == Determinism.DETERMINISTIC
                ? List.of(usual, other, usualOfPlanes, otherOfPlanes)
                : List.of(usual, usualOfPlanes, other, otherOfPlanes);
    }

    /** Its name, with the article. */
    String words() {
        return words;
    }

    /** The function that computes it. */
    String function() {
        return function;
    }

    /** Asks for the size of the workspace; returns cuDNN's status. */
    abstract int askWorkspace(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, long[] bytes);

    /** Computes it; returns cuDNN's status. */
    abstract int run(CudnnHandle cudnn, CudnnDescriptions of, CudnnWay way, Operands at, long workspaceBytes);
}
