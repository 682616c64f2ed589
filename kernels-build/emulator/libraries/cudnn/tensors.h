// Handles, descriptors and what the operations see of tensors.
#pragma once

#include <algorithm>

#include "../numbers.h"
#include "cudnn_abi.h"

namespace cuemu {

struct CudnnHandle {
    CUstream stream = nullptr;
};

// Extents and strides in elements; for filters too, in the order K, C, H, W.
struct Layout {
    Format format = Format::F32;
    int count = 0;  // of dimensions; 0: not set yet
    int extent[CUDNN_DIM_MAX] = {};
    int stride[CUDNN_DIM_MAX] = {};

    size_t elements() const;
    size_t span() const;    // elements from the first to behind the last
    bool packed() const { return span() == elements(); }
    bool channels_last() const;  // packed with the channel as the fastest of four dimensions
    size_t offset(int n, int c, int h, int w) const {
        return (size_t)n * (size_t)stride[0] + (size_t)c * (size_t)stride[1] + (size_t)h * (size_t)stride[2] + (size_t)w * (size_t)stride[3];
    }
    bool same_extents(const Layout& other) const;
    bool operator==(const Layout& other) const;
};

struct Filter {
    Layout layout;
    int tensor_format = CUDNN_TENSOR_NCHW;
};

struct Convolution {
    int pad[2], stride[2], dilation[2];
    int mode = CUDNN_CROSS_CORRELATION;
    int groups = 1;
    int math = CUDNN_DEFAULT_MATH;
    int reorder = 0;
    bool set = false;
};

struct Pooling {
    int mode = CUDNN_POOLING_MAX;
    int nan_option = 0;
    int window[2], pad[2], stride[2];
    bool set = false;
};

struct Activation {
    int mode = CUDNN_ACTIVATION_RELU;
    int nan_option = 0;
    double coefficient = 0;
};

struct TensorOperation {
    int operation = CUDNN_OP_TENSOR_ADD;
    int nan_option = 0;
};

struct Reduction {
    int operation = CUDNN_REDUCE_TENSOR_ADD;
    int nan_option = 0, indices = 0, indices_type = 0;
};

// Live objects by handle: BAD_PARAM (for the library's handle NOT_INITIALIZED) with a sentence for one that is not live.
int find(cudnnHandle_t handle, CudnnHandle** found);
int find(cudnnTensorDescriptor_t handle, const char* what, Layout* found);
int find(cudnnFilterDescriptor_t handle, const char* what, Filter* found);
int find(cudnnConvolutionDescriptor_t handle, Convolution* found);
int find(cudnnPoolingDescriptor_t handle, Pooling* found);
int find(cudnnActivationDescriptor_t handle, Activation* found);
int find(cudnnOpTensorDescriptor_t handle, TensorOperation* found);
int find(cudnnReduceTensorDescriptor_t handle, Reduction* found);

bool format_of(int data_type, Format* format);
int data_type_of(Format format);

// The strides of packed tensors.
void pack_strides(int tensor_format, Layout* layout);

int cudnn_status(CUresult result);

// The device memory of a tensor, for the driver's checks. A tensor with gaps cannot be said to be read in full.
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

// Calls body(indices) for each element of `extents`, the last dimension fastest.
template <class Body>
void for_each_index(int count, const int* extents, Body&& body) {
    int index[CUDNN_DIM_MAX] = {};
    for (int i = 0; i < count; i++) {
        if (!extents[i]) return;
    }
    for (;;) {
        body(index);
        int axis = count - 1;
        while (axis >= 0 && ++index[axis] == extents[axis]) index[axis--] = 0;
        if (axis < 0) return;
    }
}
// The offset of `index`, where dimensions of extent 1 are repeated.
inline size_t offset_of(const Layout& layout, const int* index) {
    size_t offset = 0;
    for (int i = 0; i < layout.count; i++) {
        if (layout.extent[i] != 1) offset += (size_t)index[i] * (size_t)layout.stride[i];
    }
    return offset;
}

}  // namespace cuemu
