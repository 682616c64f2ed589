// The arithmetic of convolutions: each sample's input is laid out as a matrix of patches, and the three directions are products with it.
#include "convolution.h"

#include <algorithm>
#include <array>
#include <vector>

#include "../product.h"

namespace cuemu {

namespace {

// Whether sums over samples are floats whatever the algorithm.
#ifdef CUEMU_HARDWARE_ROUNDING
constexpr bool FLOAT_SUMS = true;
#else
constexpr bool FLOAT_SUMS = false;
#endif

// The extents of a convolution, and its matrices. A patch matrix is (C R S, P): row = tap of the filter in one channel, column = position of the output.
struct Extents {
    int c, k, r, s, h, w, oh, ow;
    size_t taps() const { return (size_t)c * (size_t)r * (size_t)s; }
    size_t positions() const { return (size_t)oh * (size_t)ow; }
};

Extents extents_of(const ConvolutionProblem& p) {
    const int* w = p.w.extent;
    return {w[1], w[0], w[2], w[3], p.x.extent[2], p.x.extent[3], p.y.extent[2], p.y.extent[3]};
}

// Calls body(row of the patch matrix, channel, row offset, column offset into the image) for each tap.
template <class Body>
void for_each_tap(const Extents& g, const Convolution& how, Body&& body) {
    size_t row = 0;
    for (int c = 0; c < g.c; c++) {
        for (int r = 0; r < g.r; r++) {
            for (int s = 0; s < g.s; s++, row++) body(row, c, r - how.pad[0], s - how.pad[1]);
        }
    }
}

// The columns of the output whose input column ow * stride + shift lies in [0, w).
void inside(int shift, int stride, int w, int ow, int* first, int* end) {
    *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    *end = w - 1 - shift < 0 ? 0 : std::min(ow, (w - 1 - shift) / stride + 1);
    if (*end < *first) *end = *first;
}

// One sample's channels as dense planes.
void read_planes(const Layout& layout, uintptr_t base, Rounding rounding, int sample, float* planes) {
    for (int c = 0; c < layout.extent[1]; c++) {
        for (int h = 0; h < layout.extent[2]; h++) {
            size_t offset = layout.offset(sample, c, h, 0);
            for (int w = 0; w < layout.extent[3]; w++, offset += (size_t)layout.stride[3]) *planes++ = rounded(rounding, load(layout.format, base, offset));
        }
    }
}

void write_planes(const Layout& layout, uintptr_t base, const Blend& blend, int sample, const float* planes) {
    for (int c = 0; c < layout.extent[1]; c++) {
        for (int h = 0; h < layout.extent[2]; h++) {
            size_t offset = layout.offset(sample, c, h, 0);
            for (int w = 0; w < layout.extent[3]; w++, offset += (size_t)layout.stride[3]) blend.into(layout, base, offset, *planes++);
        }
    }
}

void to_patches(const Extents& g, const Convolution& how, const float* planes, float* patches) {
    for_each_tap(g, how, [&](size_t row, int c, int down, int right) {
        float* to = patches + row * g.positions();
        int first, end;
        inside(right, how.stride[1], g.w, g.ow, &first, &end);
        for (int i = 0; i < g.oh; i++, to += g.ow) {
            int h = i * how.stride[0] + down;
            std::fill(to, to + g.ow, 0.0f);
            if (h < 0 || h >= g.h) continue;
            const float* from = planes + ((size_t)c * (size_t)g.h + (size_t)h) * (size_t)g.w + right;
            for (int j = first; j < end; j++) to[j] = from[j * how.stride[1]];
        }
    });
}

// The reverse: adds each patch to where it came from. Taps in descending order when the order does not matter to the algorithm.
void from_patches(const Extents& g, const Convolution& how, const float* patches, bool descending, float* planes) {
    auto add = [&](size_t row, int c, int down, int right) {
        const float* from = patches + row * g.positions();
        int first, end;
        inside(right, how.stride[1], g.w, g.ow, &first, &end);
        for (int i = 0; i < g.oh; i++, from += g.ow) {
            int h = i * how.stride[0] + down;
            if (h < 0 || h >= g.h) continue;
            float* to = planes + ((size_t)c * (size_t)g.h + (size_t)h) * (size_t)g.w + right;
            for (int j = first; j < end; j++) to[j * how.stride[1]] += from[j];
        }
    };
    if (!descending) {
        for_each_tap(g, how, add);
        return;
    }
    std::vector<std::array<int, 3>> taps;
    for_each_tap(g, how, [&](size_t, int c, int down, int right) { taps.push_back({c, down, right}); });
    for (size_t row = taps.size(); row-- > 0;) add(row, taps[row][0], taps[row][1], taps[row][2]);
}

template <class Body>
void for_each_weight(const ConvolutionProblem& p, Body&& body) {
    const Extents g = extents_of(p);
    size_t index = 0;
    for (int k = 0; k < g.k; k++) {
        for (int c = 0; c < g.c; c++) {
            for (int r = 0; r < g.r; r++) {
                for (int s = 0; s < g.s; s++) body(index++, p.w.offset(k, c, r, s));
            }
        }
    }
}

// The filter as a dense matrix (K, C R S).
std::vector<float> read_filter(const ConvolutionWork& work) {
    const Extents g = extents_of(work.problem);
    std::vector<float> weights((size_t)g.k * g.taps());
    for_each_weight(work.problem, [&](size_t index, size_t offset) {
        weights[index] = rounded(work.problem.rounding(), load(work.problem.w.format, work.w, offset));
    });
    return weights;
}

}  // namespace

void convolve_forward(const void* arguments) {
    const ConvolutionWork& work = *(const ConvolutionWork*)arguments;
    const ConvolutionProblem& p = work.problem;
    const Extents g = extents_of(p);
    const size_t positions = g.positions(), taps = g.taps();
    std::vector<float> planes((size_t)g.c * (size_t)g.h * (size_t)g.w), patches(taps * positions), result((size_t)g.k * positions);
    std::vector<float> weights = read_filter(work);
    for (int n = 0; n < p.x.extent[0]; n++) {
        read_planes(p.x, work.x, p.rounding(), n, planes.data());
        to_patches(g, p.how, planes.data(), patches.data());
        product(Op::N, Op::N, (int)positions, g.k, (int)taps, 1, patches.data(), positions, weights.data(), taps, 0, result.data(), positions);
        write_planes(p.y, work.y, work.blend, n, result.data());
    }
}

void convolve_backward_data(const void* arguments) {
    const ConvolutionWork& work = *(const ConvolutionWork*)arguments;
    const ConvolutionProblem& p = work.problem;
    const Extents g = extents_of(p);
    const size_t positions = g.positions(), taps = g.taps();
    std::vector<float> planes((size_t)g.c * (size_t)g.h * (size_t)g.w), patches(taps * positions), gradient((size_t)g.k * positions);
    std::vector<float> weights = read_filter(work);
    for (int n = 0; n < p.x.extent[0]; n++) {
        read_planes(p.y, work.y, p.rounding(), n, gradient.data());
        product(Op::N, Op::T, (int)positions, (int)taps, g.k, 1, gradient.data(), positions, weights.data(), taps, 0, patches.data(), positions);
        std::fill(planes.begin(), planes.end(), 0.0f);
        from_patches(g, p.how, patches.data(), work.disorder % 2, planes.data());
        write_planes(p.x, work.x, work.blend, n, planes.data());
    }
}

void convolve_backward_filter(const void* arguments) {
    const ConvolutionWork& work = *(const ConvolutionWork*)arguments;
    const ConvolutionProblem& p = work.problem;
    const Extents g = extents_of(p);
    const size_t positions = g.positions(), taps = g.taps();
    const int samples = p.x.extent[0];
    std::vector<float> planes((size_t)g.c * (size_t)g.h * (size_t)g.w), patches(taps * positions), gradient((size_t)g.k * positions);
    std::vector<float> result((size_t)g.k * taps);
    std::vector<double> sums(result.size());
    const bool loose = FLOAT_SUMS || work.disorder;
    std::vector<float> loose_sums(result.size());  // a sum in floats shows the order of its terms, as atomic additions do
    for (int i = 0; i < samples; i++) {
        int n = (int)(((uint64_t)i + work.disorder) % (uint64_t)samples);
        read_planes(p.x, work.x, p.rounding(), n, planes.data());
        read_planes(p.y, work.y, p.rounding(), n, gradient.data());
        to_patches(g, p.how, planes.data(), patches.data());
        product(Op::T, Op::N, (int)taps, g.k, (int)positions, 1, patches.data(), positions, gradient.data(), positions, 0, result.data(), taps);
        for (size_t j = 0; j < result.size(); j++) {
            if (loose) loose_sums[j] += result[j];
            else sums[j] += result[j];
        }
    }
    for_each_weight(p, [&](size_t index, size_t offset) {
        work.blend.into(p.w, work.w, offset, loose ? (double)loose_sums[index] : sums[index]);
    });
}

}  // namespace cuemu
