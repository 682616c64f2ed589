// Pooling of images.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "tensors.h"

namespace cuemu {

namespace {

struct PoolingWork {
    Pooling how;
    Layout x, y, dy, dx;
    uintptr_t in, out, gradient, input_gradient;
    Blend blend;
};

int output(const Pooling& how, const Layout& x, int axis) { return 1 + (x.extent[2 + axis] + 2 * how.pad[axis] - how.window[axis]) / how.stride[axis]; }

// The reference does not say which of several equal maxima takes the gradient. Here it is the first in row-major order, or with CUEMU_POOL_TIES=last the last:
// what differs between the two must not be relied on.
bool last_maximum_wins() {
    static const bool last = [] {
        const char* ties = getenv("CUEMU_POOL_TIES");
        return ties && !strcmp(ties, "last");
    }();
    return last;
}

// The part of the image under the window of an output position.
struct Window {
    int top, bottom, left, right, whole;  // rows [top, bottom), columns [left, right); positions with those in the padding
};

Window window_at(const Pooling& how, const Layout& x, int i, int j) {
    int top = i * how.stride[0] - how.pad[0], left = j * how.stride[1] - how.pad[1];
    // Padding ends one window behind the image; positions beyond it do not count.
    int bottom = std::min(top + how.window[0], x.extent[2] + how.pad[0]), right = std::min(left + how.window[1], x.extent[3] + how.pad[1]);
    int whole = (bottom - top) * (right - left);
    return {std::max(0, top), std::min(bottom, x.extent[2]), std::max(0, left), std::min(right, x.extent[3]), whole};
}

bool is_max(const Pooling& how) { return how.mode == CUDNN_POOLING_MAX || how.mode == CUDNN_POOLING_MAX_DETERMINISTIC; }

double divisor(const Pooling& how, const Window& w) {
    if (how.mode == CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING) return w.whole;
    return (double)(w.bottom - w.top) * (w.right - w.left);
}

struct Maximum {
    float value;
    int h, w;
};

Maximum maximum(const PoolingWork& p, int n, int c, const Window& window) {
    Maximum best{-INFINITY, -1, -1};
    for (int h = window.top; h < window.bottom; h++) {
        for (int w = window.left; w < window.right; w++) {
            float value = load(p.x.format, p.in, p.x.offset(n, c, h, w));
            bool nan_wins = std::isnan(value) && !std::isnan(best.value) && p.how.nan_option == 1;
            if (best.h < 0 || value > best.value || nan_wins || (value == best.value && last_maximum_wins())) best = {value, h, w};
        }
    }
    return best;
}

void run_forward(const void* arguments) {
    const PoolingWork& p = *(const PoolingWork*)arguments;
    for_each_index(4, p.y.extent, [&](const int* at) {
        Window window = window_at(p.how, p.x, at[2], at[3]);
        double value = 0;
        if (is_max(p.how)) value = maximum(p, at[0], at[1], window).value;
        else {
            for (int h = window.top; h < window.bottom; h++) {
                for (int w = window.left; w < window.right; w++) value += load(p.x.format, p.in, p.x.offset(at[0], at[1], h, w));
            }
            value /= divisor(p.how, window);
        }
        p.blend.into(p.y, p.out, offset_of(p.y, at), value);
    });
}

void run_backward(const void* arguments) {
    const PoolingWork& p = *(const PoolingWork*)arguments;
    const int height = p.x.extent[2], width = p.x.extent[3];
    std::vector<double> plane((size_t)height * (size_t)width);
    for (int n = 0; n < p.x.extent[0]; n++) {
        for (int c = 0; c < p.x.extent[1]; c++) {
            std::fill(plane.begin(), plane.end(), 0.0);
            for (int i = 0; i < p.y.extent[2]; i++) {
                for (int j = 0; j < p.y.extent[3]; j++) {
                    Window window = window_at(p.how, p.x, i, j);
                    double gradient = load(p.dy.format, p.gradient, p.dy.offset(n, c, i, j));
                    if (is_max(p.how)) {
                        Maximum best = maximum(p, n, c, window);
                        if (best.h >= 0) plane[(size_t)best.h * (size_t)width + (size_t)best.w] += gradient;
                        continue;
                    }
                    for (int h = window.top; h < window.bottom; h++) {
                        for (int w = window.left; w < window.right; w++) plane[(size_t)h * (size_t)width + (size_t)w] += gradient / divisor(p.how, window);
                    }
                }
            }
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) p.blend.into(p.dx, p.input_gradient, p.dx.offset(n, c, h, w), plane[(size_t)h * (size_t)width + (size_t)w]);
            }
        }
    }
}

int check_shapes(const Pooling& how, const Layout& x, const Layout& y) {
    if (x.count != 4 || y.count != 4) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "only images of four dimensions are emulated");
    if (x.format != y.format) return refuse(CUDNN_STATUS_BAD_PARAM, "x and y differ in type");
    const int extents[] = {x.extent[0], x.extent[1], output(how, x, 0), output(how, x, 1)};
    for (int i = 0; i < 4; i++) {
        if (y.extent[i] != extents[i]) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "y must be (%d, %d, %d, %d), got (%d, %d, %d, %d)", extents[0], extents[1], extents[2], extents[3],
                          y.extent[0], y.extent[1], y.extent[2], y.extent[3]);
        }
    }
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnGetPooling2dForwardOutputDim(cudnnPoolingDescriptor_t pooling, cudnnTensorDescriptor_t x, int* n, int* c, int* height, int* width) {
    return library_call(__func__, [&]() -> int {
        Pooling how;
        Layout layout;
        if (int bad = find(pooling, &how)) return bad;
        if (int bad = find(x, "x", &layout)) return bad;
        if (!n || !c || !height || !width || layout.count != 4) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "a result's pointer is null, or the image has %d dimensions", layout.count);
        }
        *n = layout.extent[0];
        *c = layout.extent[1];
        *height = output(how, layout, 0);
        *width = output(how, layout, 1);
        return CUDNN_STATUS_SUCCESS;
    });
}

CUDNN_API cudnnPoolingForward(cudnnHandle_t handle, cudnnPoolingDescriptor_t pooling, const void* alpha, cudnnTensorDescriptor_t x_descriptor, const void* x,
                              const void* beta, cudnnTensorDescriptor_t y_descriptor, void* y) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        PoolingWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(pooling, &work.how)) return bad;
        if (int bad = find(x_descriptor, "x", &work.x)) return bad;
        if (int bad = find(y_descriptor, "y", &work.y)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (int bad = check_shapes(work.how, work.x, work.y)) return bad;
        work.in = (uintptr_t)x;
        work.out = (uintptr_t)y;
        return cudnn_status(enqueue_work("cudnnPoolingForward", h->stream, run_forward, work,
                                         {range_of("x", work.x, x, RANGE_READS), range_of("y", work.y, y, work.blend.access())}));
    });
}

CUDNN_API cudnnPoolingBackward(cudnnHandle_t handle, cudnnPoolingDescriptor_t pooling, const void* alpha, cudnnTensorDescriptor_t y_descriptor, const void* y,
                               cudnnTensorDescriptor_t dy_descriptor, const void* dy, cudnnTensorDescriptor_t x_descriptor, const void* x, const void* beta,
                               cudnnTensorDescriptor_t dx_descriptor, void* dx) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        PoolingWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(pooling, &work.how)) return bad;
        if (int bad = find(y_descriptor, "y", &work.y)) return bad;
        if (int bad = find(dy_descriptor, "dy", &work.dy)) return bad;
        if (int bad = find(x_descriptor, "x", &work.x)) return bad;
        if (int bad = find(dx_descriptor, "dx", &work.dx)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (int bad = check_shapes(work.how, work.x, work.y)) return bad;
        if (!(work.y == work.dy) || !(work.x == work.dx)) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "y and dy, and x and dx, must have the same extents, strides and type");
        }
        work.in = (uintptr_t)x;
        work.gradient = (uintptr_t)dy;
        work.input_gradient = (uintptr_t)dx;
        return cudnn_status(enqueue_work("cudnnPoolingBackward", h->stream, run_backward, work,
                                         {range_of("y", work.y, y, RANGE_READS), range_of("dy", work.dy, dy, RANGE_READS), range_of("x", work.x, x, RANGE_READS),
                                          range_of("dx", work.dx, dx, work.blend.access())}));
    });
}
