// The entry points of the stand-in for cuDNN that its tests call.
#pragma once

#include "../cudnn/cudnn_abi.h"

CUDNN_API cudnnCreate(cudnnHandle_t*);
CUDNN_API cudnnDestroy(cudnnHandle_t);
CUDNN_API cudnnSetStream(cudnnHandle_t, CUstream);
LIBRARY_API void cudnnGetLastErrorString(char*, size_t);
CUDNN_API cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t*);
CUDNN_API cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t);
CUDNN_API cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t, int, int, int, int, int, int);
CUDNN_API cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t, int, int, int, int, int, int, int, int, int);
CUDNN_API cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t*);
CUDNN_API cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t, int, int, int, int, int, int);
CUDNN_API cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t*);
CUDNN_API cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t, int, int, int, int, int, int, int, int);
CUDNN_API cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t, int);
CUDNN_API cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t, int);
CUDNN_API cudnnGetConvolution2dForwardOutputDim(cudnnConvolutionDescriptor_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, int*, int*, int*, int*);
CUDNN_API cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t,
                                                  cudnnTensorDescriptor_t, int, size_t*);
CUDNN_API cudnnGetConvolutionBackwardFilterAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
                                                        cudnnFilterDescriptor_t, int, int*, cudnnAlgoPerf*);
CUDNN_API cudnnFindConvolutionForwardAlgorithm(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t,
                                               cudnnTensorDescriptor_t, int, int*, cudnnAlgoPerf*);
CUDNN_API cudnnConvolutionForward(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, cudnnFilterDescriptor_t, const void*,
                                  cudnnConvolutionDescriptor_t, int, void*, size_t, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnConvolutionBackwardData(cudnnHandle_t, const void*, cudnnFilterDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*,
                                       cudnnConvolutionDescriptor_t, int, void*, size_t, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnConvolutionBackwardFilter(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*,
                                         cudnnConvolutionDescriptor_t, int, void*, size_t, const void*, cudnnFilterDescriptor_t, void*);
CUDNN_API cudnnConvolutionBackwardBias(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnBatchNormalizationForwardTraining(cudnnHandle_t, int, const void*, const void*, cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t,
                                                 void*, cudnnTensorDescriptor_t, const void*, const void*, double, void*, void*, double, void*, void*);
CUDNN_API cudnnBatchNormalizationForwardInference(cudnnHandle_t, int, const void*, const void*, cudnnTensorDescriptor_t, const void*,
                                                  cudnnTensorDescriptor_t, void*, cudnnTensorDescriptor_t, const void*, const void*, const void*, const void*,
                                                  double);
CUDNN_API cudnnBatchNormalizationBackward(cudnnHandle_t, int, const void*, const void*, const void*, const void*, cudnnTensorDescriptor_t, const void*,
                                          cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t, void*, cudnnTensorDescriptor_t, const void*, void*,
                                          void*, double, const void*, const void*);
CUDNN_API cudnnCreatePoolingDescriptor(cudnnPoolingDescriptor_t*);
CUDNN_API cudnnSetPooling2dDescriptor(cudnnPoolingDescriptor_t, int, int, int, int, int, int, int, int);
CUDNN_API cudnnPoolingForward(cudnnHandle_t, cudnnPoolingDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t,
                              void*);
CUDNN_API cudnnPoolingBackward(cudnnHandle_t, cudnnPoolingDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*,
                               cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t*);
CUDNN_API cudnnSetActivationDescriptor(cudnnActivationDescriptor_t, int, int, double);
CUDNN_API cudnnActivationForward(cudnnHandle_t, cudnnActivationDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*, const void*,
                                 cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnActivationBackward(cudnnHandle_t, cudnnActivationDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t,
                                  const void*, cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnAddTensor(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnCreateOpTensorDescriptor(cudnnOpTensorDescriptor_t*);
CUDNN_API cudnnSetOpTensorDescriptor(cudnnOpTensorDescriptor_t, int, int, int);
CUDNN_API cudnnOpTensor(cudnnHandle_t, cudnnOpTensorDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t,
                        const void*, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnSetTensor(cudnnHandle_t, cudnnTensorDescriptor_t, void*, const void*);
CUDNN_API cudnnScaleTensor(cudnnHandle_t, cudnnTensorDescriptor_t, void*, const void*);
CUDNN_API cudnnTransformTensor(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnCreateReduceTensorDescriptor(cudnnReduceTensorDescriptor_t*);
CUDNN_API cudnnSetReduceTensorDescriptor(cudnnReduceTensorDescriptor_t, int, int, int, int, int);
CUDNN_API cudnnReduceTensor(cudnnHandle_t, cudnnReduceTensorDescriptor_t, void*, size_t, void*, size_t, const void*, cudnnTensorDescriptor_t, const void*,
                            const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnSoftmaxForward(cudnnHandle_t, int, int, const void*, cudnnTensorDescriptor_t, const void*, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnSoftmaxBackward(cudnnHandle_t, int, int, const void*, cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*, const void*,
                               cudnnTensorDescriptor_t, void*);

inline const float ONE = 1, ZERO = 0;

inline cudnnTensorDescriptor_t tensor(int n, int c, int h, int w, int tensor_format = CUDNN_TENSOR_NCHW, int type = CUDNN_DATA_FLOAT) {
    cudnnTensorDescriptor_t made;
    expect_equal(0, cudnnCreateTensorDescriptor(&made), "cudnnCreateTensorDescriptor", __FILE__, __LINE__);
    expect_equal(0, cudnnSetTensor4dDescriptor(made, tensor_format, type, n, c, h, w), "cudnnSetTensor4dDescriptor", __FILE__, __LINE__);
    return made;
}

inline cudnnHandle_t open_cudnn() {
    open_device();
    cudnnHandle_t handle;
    expect_equal(0, cudnnCreate(&handle), "cudnnCreate", __FILE__, __LINE__);
    return handle;
}
