// Descriptors of tensors, filters and convolutions.
#include "tensors.h"

namespace cuemu {

namespace {

// What a handle of cuDNN's stands for: its tag tells handles of one kind from those of another.
template <class Handle>
struct Kind;
#define KIND(HANDLE, TYPE, TAG, NAME)             \
    template <>                                   \
    struct Kind<HANDLE> {                         \
        using Type = TYPE;                        \
        static constexpr uintptr_t tag = TAG;     \
        static constexpr const char* name = NAME; \
    };
KIND(cudnnTensorDescriptor_t, Layout, 0x32, "the tensor")
KIND(cudnnFilterDescriptor_t, Layout, 0x33, "the filter")
KIND(cudnnConvolutionDescriptor_t, Convolution, 0x34, "the convolution")
#undef KIND

template <class Handle>
using Described = typename Kind<Handle>::Type;

template <class Handle>
Handles<Described<Handle>>& live() {
    static auto* only = new Handles<Described<Handle>>(Kind<Handle>::tag);
    return *only;
}

template <class Handle>
int find_live(Handle handle, const char* what, Described<Handle>** found) {
    *found = live<Handle>().find(handle).get();
    return *found ? CUDNN_STATUS_SUCCESS : refuse(CUDNN_STATUS_BAD_PARAM, "%s: %p is no live descriptor of that kind", what, (void*)handle);
}

template <class Handle>
int find_set(Handle handle, const char* what, Described<Handle>* found) {
    Described<Handle>* descriptor;
    if (int bad = find_live(handle, what, &descriptor)) return bad;
    if (!descriptor->set) return refuse(CUDNN_STATUS_BAD_PARAM, "%s: the descriptor was created, but not set", what);
    *found = *descriptor;
    return CUDNN_STATUS_SUCCESS;
}

template <class Handle>
int create(const char* name, Handle* handle) {
    return library_call(name, [&]() -> int {
        if (!handle) return refuse(CUDNN_STATUS_BAD_PARAM, "the descriptor's pointer is null");
        *handle = (Handle)live<Handle>().add(std::make_shared<Described<Handle>>());
        return CUDNN_STATUS_SUCCESS;
    });
}

// Changes a live descriptor by body(descriptor).
template <class Handle, class Body>
int change(const char* name, Handle handle, Body&& body) {
    return library_call(name, [&]() -> int {
        Described<Handle>* descriptor;
        if (int bad = find_live(handle, Kind<Handle>::name, &descriptor)) return bad;
        return body(*descriptor);
    });
}

template <class Handle>
int destroy(const char* name, Handle handle) {
    return change(name, handle, [&](Described<Handle>&) { return live<Handle>().remove(handle), CUDNN_STATUS_SUCCESS; });
}

bool format_of(int data_type, Format* format) {
    *format = data_type == CUDNN_DATA_FLOAT ? Format::F32 : Format::BF16;
    return data_type == CUDNN_DATA_FLOAT || data_type == CUDNN_DATA_BFLOAT16;
}

// The order of the dimensions in memory, slowest first.
constexpr int ORDER[2][4] = {{0, 1, 2, 3}, {0, 2, 3, 1}};

int set_layout(Layout& layout, int tensor_format, int data_type, const int (&extents)[4]) {
    Layout made;
    if (tensor_format != CUDNN_TENSOR_NCHW && tensor_format != CUDNN_TENSOR_NHWC) {
        return refuse(CUDNN_STATUS_NOT_SUPPORTED, "tensor format %d is not emulated", tensor_format);
    }
    if (!format_of(data_type, &made.format)) {
        return refuse(CUDNN_STATUS_NOT_SUPPORTED, "data type %d: only float (0) and bfloat16 (9) are emulated", data_type);
    }
    made.tensor_format = tensor_format;
    made.set = true;
    int next = 1;
    for (int i = 3; i >= 0; i--) {
        const int axis = ORDER[tensor_format][i];
        if (extents[axis] <= 0) return refuse(CUDNN_STATUS_BAD_PARAM, "dimension %d has extent %d", axis, extents[axis]);
        made.extent[axis] = extents[axis];
        made.stride[axis] = next;
        next *= extents[axis];
    }
    layout = made;
    return CUDNN_STATUS_SUCCESS;
}

int set_convolution(Convolution& c, const int (&pad)[2], const int (&stride)[2], const int (&dilation)[2], int mode, int compute_type) {
    for (int i = 0; i < 2; i++) {
        if (pad[i] < 0 || stride[i] <= 0) return refuse(CUDNN_STATUS_BAD_PARAM, "axis %d: padding %d, stride %d", i, pad[i], stride[i]);
        if (dilation[i] != 1) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "axis %d: dilation %d: only 1 is emulated", i, dilation[i]);
    }
    if (mode != CUDNN_CROSS_CORRELATION) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "mode %d: only cross-correlation (1) is emulated", mode);
    if (compute_type != CUDNN_DATA_FLOAT) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "compute type %d: only float (0) is emulated", compute_type);
    c = {{pad[0], pad[1]}, {stride[0], stride[1]}, c.math, true};
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace

size_t Layout::elements() const { return (size_t)extent[0] * (size_t)extent[1] * (size_t)extent[2] * (size_t)extent[3]; }

bool Layout::channels_last() const {
    int next = 1;
    for (int i = 3; i >= 0; i--) {
        const int axis = ORDER[CUDNN_TENSOR_NHWC][i];
        if (extent[axis] > 1 && stride[axis] != next) return false;  // a single entry's stride says nothing
        next *= extent[axis];
    }
    return true;
}

int data_type_of(Format format) { return format == Format::F32 ? CUDNN_DATA_FLOAT : CUDNN_DATA_BFLOAT16; }

int find(cudnnTensorDescriptor_t handle, const char* what, Layout* found) { return find_set(handle, what, found); }
int find(cudnnFilterDescriptor_t handle, const char* what, Layout* found) { return find_set(handle, what, found); }
int find(cudnnConvolutionDescriptor_t handle, Convolution* found) { return find_set(handle, "the convolution", found); }

Range range_of(const char* what, const Layout& layout, const void* address, unsigned access) {
    size_t bytes = layout.elements() * bytes_of(layout.format);
    return {what, (uintptr_t)address, bytes, bytes, 1, access};
}

int blend_of(const void* alpha, const void* beta, Blend* blend) {
    if (!alpha || !beta) return refuse(CUDNN_STATUS_BAD_PARAM, "alpha or beta is a null pointer");
    *blend = {*(const float*)alpha, *(const float*)beta};
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* handle) { return create(__func__, handle); }
CUDNN_API cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t handle) { return destroy(__func__, handle); }
CUDNN_API cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t handle, int tensor_format, int data_type, int n, int c, int h, int w) {
    return change(__func__, handle, [&](Layout& layout) { return set_layout(layout, tensor_format, data_type, {n, c, h, w}); });
}

CUDNN_API cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* handle) { return create(__func__, handle); }
CUDNN_API cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t handle) { return destroy(__func__, handle); }
CUDNN_API cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t handle, int data_type, int tensor_format, int k, int c, int h, int w) {
    return change(__func__, handle, [&](Layout& layout) { return set_layout(layout, tensor_format, data_type, {k, c, h, w}); });
}

CUDNN_API cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* handle) {
    need_part("cnn", __func__);
    return create(__func__, handle);
}
CUDNN_API cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t handle) { return destroy(__func__, handle); }
CUDNN_API cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t handle, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h,
                                          int dilation_w, int mode, int compute_type) {
    return change(__func__, handle, [&](Convolution& c) {
        return set_convolution(c, {pad_h, pad_w}, {stride_h, stride_w}, {dilation_h, dilation_w}, mode, compute_type);
    });
}
CUDNN_API cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t handle, int math) {
    return change(__func__, handle, [&](Convolution& c) -> int {
        if (math != CUDNN_DEFAULT_MATH && math != CUDNN_TENSOR_OP_MATH && math != CUDNN_FMA_MATH) {
            return refuse(CUDNN_STATUS_NOT_SUPPORTED, "math type %d: only the default one (0), tensor cores (1) and FMA (3) are emulated", math);
        }
        c.math = math;
        return CUDNN_STATUS_SUCCESS;
    });
}
