// Descriptors of tensors and filters.
#include "tensors.h"

namespace cuemu {

namespace {

template <class T>
Handles<T>& live(uintptr_t tag) {
    static Handles<T>* only = new Handles<T>(tag);
    return *only;
}
Handles<Layout>& tensors() { return live<Layout>(0x32); }
Handles<Filter>& filters() { return live<Filter>(0x33); }

int check_extents(int count, const int* extents, int least) {
    if (count < least || count > CUDNN_DIM_MAX) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "%d dimensions, expected %d to %d", count, least, (int)CUDNN_DIM_MAX);
    if (!extents) return refuse(CUDNN_STATUS_BAD_PARAM, "the extents are a null pointer");
    for (int i = 0; i < count; i++) {
        if (extents[i] <= 0) return refuse(CUDNN_STATUS_BAD_PARAM, "dimension %d has extent %d", i, extents[i]);
    }
    return CUDNN_STATUS_SUCCESS;
}

int set_layout(int data_type, int count, const int* extents, int least, Layout* layout) {
    Layout made;
    if (int bad = check_extents(count, extents, least)) return bad;
    if (!format_of(data_type, &made.format)) {
        return refuse(CUDNN_STATUS_NOT_SUPPORTED, "data type %d: only float (0), half (2) and bfloat16 (9) are emulated", data_type);
    }
    made.count = count;
    for (int i = 0; i < count; i++) made.extent[i] = extents[i];
    *layout = made;
    return CUDNN_STATUS_SUCCESS;
}

int check_format(int tensor_format) {
    if (tensor_format == CUDNN_TENSOR_NCHW || tensor_format == CUDNN_TENSOR_NHWC) return CUDNN_STATUS_SUCCESS;
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "tensor format %d is not emulated", tensor_format);
}

template <class T, class D>
int create(Handles<T>& handles, D* handle) {
    if (!handle) return refuse(CUDNN_STATUS_BAD_PARAM, "the descriptor's pointer is null");
    *handle = (D)handles.add(std::make_shared<T>());
    return CUDNN_STATUS_SUCCESS;
}

template <class T>
int find_live(Handles<T>& handles, const void* handle, const char* what, T** found) {
    *found = handles.find(handle).get();
    return *found ? CUDNN_STATUS_SUCCESS : refuse(CUDNN_STATUS_BAD_PARAM, "%s: %p is no live descriptor of that kind", what, handle);
}

// Changes a live tensor descriptor by body(layout).
template <class Body>
int change(const char* name, cudnnTensorDescriptor_t handle, Body&& body) {
    return library_call(name, [&]() -> int {
        Layout* layout;
        if (int bad = find_live(tensors(), handle, "the tensor", &layout)) return bad;
        return body(layout);
    });
}

int set_packed(int tensor_format, int data_type, int count, const int* extents, Layout* layout) {
    if (int bad = check_format(tensor_format)) return bad;
    if (int bad = set_layout(data_type, count, extents, 3, layout)) return bad;
    pack_strides(tensor_format, layout);
    return CUDNN_STATUS_SUCCESS;
}

int set_strided(int data_type, int count, const int* extents, const int* strides, Layout* layout) {
    if (int bad = set_layout(data_type, count, extents, 3, layout)) return bad;
    for (int i = 0; i < count; i++) {
        if (strides[i] <= 0) return refuse(CUDNN_STATUS_BAD_PARAM, "dimension %d has stride %d", i, strides[i]);
        layout->stride[i] = strides[i];
    }
    return CUDNN_STATUS_SUCCESS;
}

int set_filter(const char* name, cudnnFilterDescriptor_t handle, int data_type, int tensor_format, int count, const int* extents) {
    return library_call(name, [&]() -> int {
        Filter* filter;
        if (int bad = find_live(filters(), handle, "the filter", &filter)) return bad;
        if (int bad = check_format(tensor_format)) return bad;
        if (int bad = set_layout(data_type, count, extents, 3, &filter->layout)) return bad;
        pack_strides(tensor_format, &filter->layout);
        filter->tensor_format = tensor_format;
        return CUDNN_STATUS_SUCCESS;
    });
}

}  // namespace

size_t Layout::elements() const {
    size_t product = 1;
    for (int i = 0; i < count; i++) product *= (size_t)extent[i];
    return product;
}

size_t Layout::span() const {
    size_t last = 0;
    for (int i = 0; i < count; i++) last += (size_t)(extent[i] - 1) * (size_t)stride[i];
    return last + 1;
}

bool Layout::channels_last() const {
    Layout packed_layout = *this;
    pack_strides(CUDNN_TENSOR_NHWC, &packed_layout);
    return *this == packed_layout;
}

bool Layout::same_extents(const Layout& other) const {
    if (count != other.count) return false;
    for (int i = 0; i < count; i++) {
        if (extent[i] != other.extent[i]) return false;
    }
    return true;
}

bool Layout::operator==(const Layout& other) const {
    if (format != other.format || !same_extents(other)) return false;
    for (int i = 0; i < count; i++) {
        if (extent[i] > 1 && stride[i] != other.stride[i]) return false;  // a single entry's stride says nothing
    }
    return true;
}

void pack_strides(int tensor_format, Layout* layout) {
    int next = 1, last = layout->count - 1;
    if (tensor_format == CUDNN_TENSOR_NHWC) {
        layout->stride[1] = 1;
        next = layout->extent[1];
    }
    for (int i = last; i >= 0; i--) {
        if (tensor_format == CUDNN_TENSOR_NHWC && i == 1) continue;
        layout->stride[i] = next;
        next *= layout->extent[i];
    }
}

bool format_of(int data_type, Format* format) {
    *format = data_type == CUDNN_DATA_FLOAT ? Format::F32 : data_type == CUDNN_DATA_BFLOAT16 ? Format::BF16 : Format::F16;
    return data_type == CUDNN_DATA_FLOAT || data_type == CUDNN_DATA_BFLOAT16 || data_type == CUDNN_DATA_HALF;
}

int data_type_of(Format format) { return format == Format::F32 ? CUDNN_DATA_FLOAT : format == Format::BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_HALF; }

int find(cudnnTensorDescriptor_t handle, const char* what, Layout* found) {
    Layout* layout;
    if (int bad = find_live(tensors(), handle, what, &layout)) return bad;
    if (!layout->count) return refuse(CUDNN_STATUS_BAD_PARAM, "%s: the descriptor was created, but not set", what);
    *found = *layout;
    return CUDNN_STATUS_SUCCESS;
}

int find(cudnnFilterDescriptor_t handle, const char* what, Filter* found) {
    Filter* filter;
    if (int bad = find_live(filters(), handle, what, &filter)) return bad;
    if (!filter->layout.count) return refuse(CUDNN_STATUS_BAD_PARAM, "%s: the descriptor was created, but not set", what);
    *found = *filter;
    return CUDNN_STATUS_SUCCESS;
}

Range range_of(const char* what, const Layout& layout, const void* address, unsigned access) {
    size_t bytes = layout.span() * bytes_of(layout.format);
    return {what, (uintptr_t)address, bytes, bytes, 1, access | (layout.packed() ? 0u : (unsigned)RANGE_GAPS)};
}

int blend_of(const void* alpha, const void* beta, Blend* blend) {
    if (!alpha || !beta) return refuse(CUDNN_STATUS_BAD_PARAM, "alpha or beta is a null pointer");
    *blend = {*(const float*)alpha, *(const float*)beta};
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* handle) {
    return library_call(__func__, [&] { return create(tensors(), handle); });
}
CUDNN_API cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t handle) {
    return change(__func__, handle, [&](Layout*) { return tensors().remove(handle), CUDNN_STATUS_SUCCESS; });
}
CUDNN_API cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t handle, int tensor_format, int data_type, int n, int c, int h, int w) {
    const int extents[] = {n, c, h, w};
    return change(__func__, handle, [&](Layout* layout) { return set_packed(tensor_format, data_type, 4, extents, layout); });
}
CUDNN_API cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t handle, int data_type, int n, int c, int h, int w, int sn, int sc, int sh, int sw) {
    const int extents[] = {n, c, h, w}, strides[] = {sn, sc, sh, sw};
    return change(__func__, handle, [&](Layout* layout) { return set_strided(data_type, 4, extents, strides, layout); });
}
CUDNN_API cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t handle, int data_type, int count, const int* extents, const int* strides) {
    return change(__func__, handle, [&](Layout* layout) -> int {
        if (!strides) return refuse(CUDNN_STATUS_BAD_PARAM, "the strides are a null pointer");
        return set_strided(data_type, count, extents, strides, layout);
    });
}
CUDNN_API cudnnSetTensorNdDescriptorEx(cudnnTensorDescriptor_t handle, int tensor_format, int data_type, int count, const int* extents) {
    return change(__func__, handle, [&](Layout* layout) { return set_packed(tensor_format, data_type, count, extents, layout); });
}
CUDNN_API cudnnGetTensor4dDescriptor(cudnnTensorDescriptor_t handle, int* data_type, int* n, int* c, int* h, int* w, int* sn, int* sc, int* sh, int* sw) {
    return library_call(__func__, [&]() -> int {
        Layout layout;
        if (int bad = find(handle, "the tensor", &layout)) return bad;
        if (layout.count != 4) return refuse(CUDNN_STATUS_BAD_PARAM, "the tensor has %d dimensions", layout.count);
        int* extents[] = {n, c, h, w};
        int* strides[] = {sn, sc, sh, sw};
        if (data_type) *data_type = data_type_of(layout.format);
        for (int i = 0; i < 4; i++) {
            if (extents[i]) *extents[i] = layout.extent[i];
            if (strides[i]) *strides[i] = layout.stride[i];
        }
        return CUDNN_STATUS_SUCCESS;
    });
}
CUDNN_API cudnnGetTensorNdDescriptor(cudnnTensorDescriptor_t handle, int requested, int* data_type, int* count, int* extents, int* strides) {
    return library_call(__func__, [&]() -> int {
        Layout layout;
        if (int bad = find(handle, "the tensor", &layout)) return bad;
        if (data_type) *data_type = data_type_of(layout.format);
        if (count) *count = layout.count;
        for (int i = 0; i < std::min(requested, layout.count); i++) {
            if (extents) extents[i] = layout.extent[i];
            if (strides) strides[i] = layout.stride[i];
        }
        return CUDNN_STATUS_SUCCESS;
    });
}
CUDNN_API cudnnGetTensorSizeInBytes(cudnnTensorDescriptor_t handle, size_t* bytes) {
    return library_call(__func__, [&]() -> int {
        Layout layout;
        if (int bad = find(handle, "the tensor", &layout)) return bad;
        if (!bytes) return refuse(CUDNN_STATUS_BAD_PARAM, "the result's pointer is null");
        *bytes = layout.span() * bytes_of(layout.format);
        return CUDNN_STATUS_SUCCESS;
    });
}

CUDNN_API cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* handle) {
    return library_call(__func__, [&] { return create(filters(), handle); });
}
CUDNN_API cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t handle) {
    return library_call(__func__, [&]() -> int {
        Filter* filter;
        if (int bad = find_live(filters(), handle, "the filter", &filter)) return bad;
        filters().remove(handle);
        return CUDNN_STATUS_SUCCESS;
    });
}
CUDNN_API cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t handle, int data_type, int tensor_format, int k, int c, int h, int w) {
    const int extents[] = {k, c, h, w};
    return set_filter(__func__, handle, data_type, tensor_format, 4, extents);
}
CUDNN_API cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t handle, int data_type, int tensor_format, int count, const int* extents) {
    return set_filter(__func__, handle, data_type, tensor_format, count, extents);
}
CUDNN_API cudnnGetFilter4dDescriptor(cudnnFilterDescriptor_t handle, int* data_type, int* tensor_format, int* k, int* c, int* h, int* w) {
    return library_call(__func__, [&]() -> int {
        Filter filter;
        if (int bad = find(handle, "the filter", &filter)) return bad;
        if (filter.layout.count != 4) return refuse(CUDNN_STATUS_BAD_PARAM, "the filter has %d dimensions", filter.layout.count);
        int* extents[] = {k, c, h, w};
        if (data_type) *data_type = data_type_of(filter.layout.format);
        if (tensor_format) *tensor_format = filter.tensor_format;
        for (int i = 0; i < 4; i++) {
            if (extents[i]) *extents[i] = filter.layout.extent[i];
        }
        return CUDNN_STATUS_SUCCESS;
    });
}
CUDNN_API cudnnGetFilterSizeInBytes(cudnnFilterDescriptor_t handle, size_t* bytes) {
    return library_call(__func__, [&]() -> int {
        Filter filter;
        if (int bad = find(handle, "the filter", &filter)) return bad;
        if (!bytes) return refuse(CUDNN_STATUS_BAD_PARAM, "the result's pointer is null");
        *bytes = filter.layout.elements() * bytes_of(filter.layout.format);
        return CUDNN_STATUS_SUCCESS;
    });
}
