// Descriptors of operations: convolution, pooling, activation, elementwise and reduction.
#include "tensors.h"

namespace cuemu {

namespace {

template <class T>
struct Kind;
#define KIND(TYPE, HANDLE, TAG, NAME)            \
    template <>                                  \
    struct Kind<TYPE> {                          \
        using Handle = HANDLE;                   \
        static constexpr uintptr_t tag = TAG;    \
        static constexpr const char* name = NAME; \
    };
KIND(Convolution, cudnnConvolutionDescriptor_t, 0x34, "the convolution")
KIND(Pooling, cudnnPoolingDescriptor_t, 0x35, "the pooling")
KIND(Activation, cudnnActivationDescriptor_t, 0x36, "the activation")
KIND(TensorOperation, cudnnOpTensorDescriptor_t, 0x37, "the tensor operation")
KIND(Reduction, cudnnReduceTensorDescriptor_t, 0x38, "the reduction")
#undef KIND

template <class T>
Handles<T>& live() {
    static Handles<T>* only = new Handles<T>(Kind<T>::tag);
    return *only;
}

template <class T>
int create(const char* name, typename Kind<T>::Handle* handle) {
    return library_call(name, [&]() -> int {
        if (!handle) return refuse(CUDNN_STATUS_BAD_PARAM, "the descriptor's pointer is null");
        *handle = (typename Kind<T>::Handle)live<T>().add(std::make_shared<T>());
        return CUDNN_STATUS_SUCCESS;
    });
}

template <class T, class Body>
int change(const char* name, typename Kind<T>::Handle handle, Body&& body) {
    return library_call(name, [&]() -> int {
        std::shared_ptr<T> found = live<T>().find(handle);
        if (!found) return refuse(CUDNN_STATUS_BAD_PARAM, "%s: %p is no live descriptor of that kind", Kind<T>::name, (void*)handle);
        return body(*found);
    });
}

template <class T>
int destroy(const char* name, typename Kind<T>::Handle handle) {
    return change<T>(name, handle, [&](T&) { return live<T>().remove(handle), CUDNN_STATUS_SUCCESS; });
}

template <class T>
int copy_of(typename Kind<T>::Handle handle, T* found) {
    std::shared_ptr<T> descriptor = live<T>().find(handle);
    if (!descriptor) return refuse(CUDNN_STATUS_BAD_PARAM, "%s: %p is no live descriptor of that kind", Kind<T>::name, (void*)handle);
    *found = *descriptor;
    return CUDNN_STATUS_SUCCESS;
}

int set_convolution(Convolution& c, const int* pad, const int* stride, const int* dilation, int mode, int compute_type) {
    for (int i = 0; i < 2; i++) {
        if (pad[i] < 0 || stride[i] <= 0 || dilation[i] <= 0) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "axis %d: padding %d, stride %d, dilation %d", i, pad[i], stride[i], dilation[i]);
        }
    }
    if (mode != CUDNN_CONVOLUTION && mode != CUDNN_CROSS_CORRELATION) return refuse(CUDNN_STATUS_BAD_PARAM, "mode %d is not known", mode);
    if (compute_type != CUDNN_DATA_FLOAT) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "compute type %d: only float (0) is emulated", compute_type);
    for (int i = 0; i < 2; i++) {
        c.pad[i] = pad[i];
        c.stride[i] = stride[i];
        c.dilation[i] = dilation[i];
    }
    c.mode = mode;
    c.set = true;
    return CUDNN_STATUS_SUCCESS;
}

int set_pooling(Pooling& p, int mode, int nan_option, const int* window, const int* pad, const int* stride) {
    if (mode < CUDNN_POOLING_MAX || mode > CUDNN_POOLING_MAX_DETERMINISTIC) return refuse(CUDNN_STATUS_BAD_PARAM, "mode %d is not known", mode);
    for (int i = 0; i < 2; i++) {
        if (window[i] <= 0 || stride[i] <= 0 || pad[i] < 0 || pad[i] >= window[i]) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "axis %d: window %d, padding %d, stride %d", i, window[i], pad[i], stride[i]);
        }
    }
    p.mode = mode;
    p.nan_option = nan_option;
    for (int i = 0; i < 2; i++) {
        p.window[i] = window[i];
        p.pad[i] = pad[i];
        p.stride[i] = stride[i];
    }
    p.set = true;
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace

int find(cudnnConvolutionDescriptor_t handle, Convolution* found) {
    if (int bad = copy_of(handle, found)) return bad;
    return found->set ? CUDNN_STATUS_SUCCESS : refuse(CUDNN_STATUS_BAD_PARAM, "the convolution: the descriptor was created, but not set");
}
int find(cudnnPoolingDescriptor_t handle, Pooling* found) {
    if (int bad = copy_of(handle, found)) return bad;
    return found->set ? CUDNN_STATUS_SUCCESS : refuse(CUDNN_STATUS_BAD_PARAM, "the pooling: the descriptor was created, but not set");
}
int find(cudnnActivationDescriptor_t handle, Activation* found) { return copy_of(handle, found); }
int find(cudnnOpTensorDescriptor_t handle, TensorOperation* found) { return copy_of(handle, found); }
int find(cudnnReduceTensorDescriptor_t handle, Reduction* found) { return copy_of(handle, found); }

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* handle) {
    need_part("cnn", __func__);
    return create<Convolution>(__func__, handle);
}
CUDNN_API cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t handle) { return destroy<Convolution>(__func__, handle); }
CUDNN_API cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t handle, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h,
                                          int dilation_w, int mode, int compute_type) {
    const int pad[] = {pad_h, pad_w}, stride[] = {stride_h, stride_w}, dilation[] = {dilation_h, dilation_w};
    return change<Convolution>(__func__, handle, [&](Convolution& c) { return set_convolution(c, pad, stride, dilation, mode, compute_type); });
}
CUDNN_API cudnnSetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t handle, int length, const int* pad, const int* stride, const int* dilation, int mode,
                                          int compute_type) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) -> int {
        if (length != 2) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "%d spatial axes: only 2 are emulated", length);
        if (!pad || !stride || !dilation) return refuse(CUDNN_STATUS_BAD_PARAM, "padding, stride or dilation is a null pointer");
        return set_convolution(c, pad, stride, dilation, mode, compute_type);
    });
}
CUDNN_API cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t handle, int math) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) -> int {
        if (math < CUDNN_DEFAULT_MATH || math > CUDNN_FMA_MATH) return refuse(CUDNN_STATUS_BAD_PARAM, "math type %d is not known", math);
        c.math = math;
        return CUDNN_STATUS_SUCCESS;
    });
}
CUDNN_API cudnnGetConvolutionMathType(cudnnConvolutionDescriptor_t handle, int* math) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) { return *math = c.math, CUDNN_STATUS_SUCCESS; });
}
CUDNN_API cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t handle, int groups) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) -> int {
        if (groups < 1) return refuse(CUDNN_STATUS_BAD_PARAM, "%d groups", groups);
        c.groups = groups;
        return CUDNN_STATUS_SUCCESS;
    });
}
CUDNN_API cudnnGetConvolutionGroupCount(cudnnConvolutionDescriptor_t handle, int* groups) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) { return *groups = c.groups, CUDNN_STATUS_SUCCESS; });
}
CUDNN_API cudnnSetConvolutionReorderType(cudnnConvolutionDescriptor_t handle, int reorder) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) { return c.reorder = reorder, CUDNN_STATUS_SUCCESS; });
}
CUDNN_API cudnnGetConvolutionReorderType(cudnnConvolutionDescriptor_t handle, int* reorder) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) { return *reorder = c.reorder, CUDNN_STATUS_SUCCESS; });
}
CUDNN_API cudnnGetConvolution2dDescriptor(cudnnConvolutionDescriptor_t handle, int* pad_h, int* pad_w, int* stride_h, int* stride_w, int* dilation_h,
                                          int* dilation_w, int* mode, int* compute_type) {
    return change<Convolution>(__func__, handle, [&](Convolution& c) -> int {
        const int values[] = {c.pad[0], c.pad[1], c.stride[0], c.stride[1], c.dilation[0], c.dilation[1], c.mode, CUDNN_DATA_FLOAT};
        int* const places[] = {pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, mode, compute_type};
        for (int i = 0; i < 8; i++) {
            if (places[i]) *places[i] = values[i];
        }
        return CUDNN_STATUS_SUCCESS;
    });
}

CUDNN_API cudnnCreatePoolingDescriptor(cudnnPoolingDescriptor_t* handle) { return create<Pooling>(__func__, handle); }
CUDNN_API cudnnDestroyPoolingDescriptor(cudnnPoolingDescriptor_t handle) { return destroy<Pooling>(__func__, handle); }
CUDNN_API cudnnSetPooling2dDescriptor(cudnnPoolingDescriptor_t handle, int mode, int nan_option, int window_h, int window_w, int pad_h, int pad_w,
                                      int stride_h, int stride_w) {
    const int window[] = {window_h, window_w}, pad[] = {pad_h, pad_w}, stride[] = {stride_h, stride_w};
    return change<Pooling>(__func__, handle, [&](Pooling& p) { return set_pooling(p, mode, nan_option, window, pad, stride); });
}
CUDNN_API cudnnSetPoolingNdDescriptor(cudnnPoolingDescriptor_t handle, int mode, int nan_option, int count, const int* window, const int* pad,
                                      const int* stride) {
    return change<Pooling>(__func__, handle, [&](Pooling& p) -> int {
        if (count != 2) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "%d spatial axes: only 2 are emulated", count);
        return set_pooling(p, mode, nan_option, window, pad, stride);
    });
}

CUDNN_API cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t* handle) { return create<Activation>(__func__, handle); }
CUDNN_API cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t handle) { return destroy<Activation>(__func__, handle); }
CUDNN_API cudnnSetActivationDescriptor(cudnnActivationDescriptor_t handle, int mode, int nan_option, double coefficient) {
    return change<Activation>(__func__, handle, [&](Activation& a) -> int {
        if (mode < CUDNN_ACTIVATION_SIGMOID || mode > CUDNN_ACTIVATION_IDENTITY) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "activation %d is not emulated", mode);
        a = {mode, nan_option, coefficient};
        return CUDNN_STATUS_SUCCESS;
    });
}

CUDNN_API cudnnCreateOpTensorDescriptor(cudnnOpTensorDescriptor_t* handle) { return create<TensorOperation>(__func__, handle); }
CUDNN_API cudnnDestroyOpTensorDescriptor(cudnnOpTensorDescriptor_t handle) { return destroy<TensorOperation>(__func__, handle); }
CUDNN_API cudnnSetOpTensorDescriptor(cudnnOpTensorDescriptor_t handle, int operation, int compute_type, int nan_option) {
    return change<TensorOperation>(__func__, handle, [&](TensorOperation& o) -> int {
        if (operation < CUDNN_OP_TENSOR_ADD || operation > CUDNN_OP_TENSOR_NOT || compute_type != CUDNN_DATA_FLOAT) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "operation %d with compute type %d", operation, compute_type);
        }
        o = {operation, nan_option};
        return CUDNN_STATUS_SUCCESS;
    });
}

CUDNN_API cudnnCreateReduceTensorDescriptor(cudnnReduceTensorDescriptor_t* handle) { return create<Reduction>(__func__, handle); }
CUDNN_API cudnnDestroyReduceTensorDescriptor(cudnnReduceTensorDescriptor_t handle) { return destroy<Reduction>(__func__, handle); }
CUDNN_API cudnnSetReduceTensorDescriptor(cudnnReduceTensorDescriptor_t handle, int operation, int compute_type, int nan_option, int indices, int indices_type) {
    return change<Reduction>(__func__, handle, [&](Reduction& r) -> int {
        if ((operation != CUDNN_REDUCE_TENSOR_ADD && operation != CUDNN_REDUCE_TENSOR_AVG) || indices) {
            return refuse(CUDNN_STATUS_NOT_SUPPORTED, "reduction %d (indices %d): only sums (0) and averages (5) are emulated", operation, indices);
        }
        if (compute_type != CUDNN_DATA_FLOAT) return refuse(CUDNN_STATUS_BAD_PARAM, "compute type %d", compute_type);
        r = {operation, nan_option, indices, indices_type};
        return CUDNN_STATUS_SUCCESS;
    });
}
