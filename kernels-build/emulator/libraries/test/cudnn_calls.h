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
CUDNN_API cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t*);
CUDNN_API cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t, int, int, int, int, int, int);
CUDNN_API cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t*);
CUDNN_API cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t, int, int, int, int, int, int, int, int);
CUDNN_API cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t, int);
CUDNN_API cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t,
                                                  cudnnTensorDescriptor_t, int, size_t*);
CUDNN_API cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
                                                       cudnnTensorDescriptor_t, int, size_t*);
CUDNN_API cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
                                                         cudnnFilterDescriptor_t, int, size_t*);
CUDNN_API cudnnConvolutionForward(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, cudnnFilterDescriptor_t, const void*,
                                  cudnnConvolutionDescriptor_t, int, void*, size_t, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnConvolutionBackwardData(cudnnHandle_t, const void*, cudnnFilterDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*,
                                       cudnnConvolutionDescriptor_t, int, void*, size_t, const void*, cudnnTensorDescriptor_t, void*);
CUDNN_API cudnnConvolutionBackwardFilter(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t, const void*,
                                         cudnnConvolutionDescriptor_t, int, void*, size_t, const void*, cudnnFilterDescriptor_t, void*);

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
