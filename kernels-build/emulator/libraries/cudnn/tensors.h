// Handles, descriptors and what the operations see of tensors.
#pragma once

#include "../numbers.h"
#include "cudnn_abi.h"

namespace cuemu {

struct CudnnHandle {
    CUstream stream = nullptr;
};

// A packed tensor of four dimensions: extents and strides in elements, in the order N, C, H, W (for filters K, C, H, W) whatever the order in memory.
struct Layout {
    Format format = Format::F32;
    int tensor_format = CUDNN_TENSOR_NCHW;
    bool set = false;
    int extent[4] = {};
    int stride[4] = {};

    size_t elements() const;
    bool channels_last() const;  // the channel is the fastest dimension; also where only one dimension is longer than 1
    size_t offset(int n, int c, int h, int w) const {
        return (size_t)n * (size_t)stride[0] + (size_t)c * (size_t)stride[1] + (size_t)h * (size_t)stride[2] + (size_t)w * (size_t)stride[3];
    }
};

struct Convolution {
    int pad[2], stride[2];
    int math = CUDNN_DEFAULT_MATH;
    bool set = false;
};

// Live objects by handle: BAD_PARAM (for the library's handle NOT_INITIALIZED) with a sentence for one that is not live.
int find(cudnnHandle_t handle, CudnnHandle** found);
int find(cudnnTensorDescriptor_t handle, const char* what, Layout* found);
int find(cudnnFilterDescriptor_t handle, const char* what, Layout* found);
int find(cudnnConvolutionDescriptor_t handle, Convolution* found);

int data_type_of(Format format);

int cudnn_status(CUresult result);

// The device memory of a tensor, for the driver's checks.
Range range_of(const char* what, const Layout& layout, const void* address, unsigned access);

// alpha and beta, in host memory: new = alpha result + beta old.
struct Blend {
    float alpha, beta;
    void into(const Layout& layout, uintptr_t base, size_t index, double result) const {
        float value = (float)(alpha * result);
        store(layout.format, base, index, beta == 0 ? value : value + beta * load(layout.format, base, index));
    }
    unsigned access() const { return RANGE_WRITES | (beta != 0 ? (unsigned)RANGE_READS : 0u); }
};
int blend_of(const void* alpha, const void* beta, Blend* blend);

}  // namespace cuemu
