// Which algorithms do which convolutions, and how a program chooses one.
#include <algorithm>

#include "convolution.h"

namespace cuemu {

namespace {

// In the order in which a choice lists them. Where the reference knows an algorithm that is not deterministic it comes first, as it may on a device: a
// program that wants the same bits each time must look at the entry's determinism.
const std::vector<int>& ranking(Direction direction) {
    static const std::vector<int> lists[] = {{1, 0, 2, 6, 7, 4, 5, 3}, {0, 1, 4, 5, 2, 3}, {0, 1, 3, 5, 6, 2, 4}};
    return lists[(int)direction];
}

enum class Family { Gemm, Fft, Winograd, Absent };

Family family_of(Direction direction, int algorithm) {
    static const Family families[3][8] = {
        {Family::Gemm, Family::Gemm, Family::Gemm, Family::Absent, Family::Fft, Family::Fft, Family::Winograd, Family::Winograd},
        {Family::Gemm, Family::Gemm, Family::Fft, Family::Fft, Family::Winograd, Family::Winograd, Family::Absent, Family::Absent},
        {Family::Gemm, Family::Gemm, Family::Fft, Family::Gemm, Family::Absent, Family::Winograd, Family::Fft, Family::Absent}};
    return families[(int)direction][algorithm];
}

struct Choice {
    ConvolutionTensors tensors;
    int requested;
    int* returned;
    cudnnAlgoPerf* list;
};

enum class Timing { Guess, Measurement };

int list_algorithms(const char* name, cudnnHandle_t handle, Direction direction, Timing timing, const Choice& choice) {
    return library_call(name, [&]() -> int {
        CudnnHandle* h;
        ConvolutionProblem problem{};
        if (int bad = find(handle, &h)) return bad;
        if (choice.requested < 1 || !choice.returned || !choice.list) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "%d algorithms requested, or a null pointer", choice.requested);
        }
        // Measuring allocates memory and waits, neither of which a capture permits.
        if (timing == Timing::Measurement) {
            if (CUresult bad = cuemuSynchronizeFor(name)) return cudnn_status(bad);
        }
        if (int bad = read_problem(choice.tensors, &problem)) return bad;
        std::vector<cudnnAlgoPerf> good, others;
        for (int algorithm : ranking(direction)) {
            int status = check_algorithm(direction, problem, algorithm);
            float milliseconds = status || timing == Timing::Guess ? -1.0f : 0.01f * (float)(1 + good.size());
            size_t memory = status ? 0 : workspace_bytes(direction, problem, algorithm);
            (status ? others : good).push_back({algorithm, status, milliseconds, memory, is_deterministic(direction, algorithm), problem.how.math, {}});
        }
        explanation().clear();
        good.insert(good.end(), others.begin(), others.end());
        *choice.returned = std::min(choice.requested, (int)good.size());
        std::copy_n(good.begin(), *choice.returned, choice.list);
        return CUDNN_STATUS_SUCCESS;
    });
}

int give_size(const char* name, cudnnHandle_t handle, Direction direction, const ConvolutionTensors& tensors, int algorithm, size_t* bytes) {
    return library_call(name, [&]() -> int {
        CudnnHandle* h;
        ConvolutionProblem problem{};
        if (int bad = find(handle, &h)) return bad;
        if (!bytes) return refuse(CUDNN_STATUS_BAD_PARAM, "the result's pointer is null");
        if (int bad = read_problem(tensors, &problem)) return bad;
        for (const char* part : {"heuristic", "engines_precompiled", "engines_runtime_compiled"}) need_part(part, name);
        if (int bad = check_algorithm(direction, problem, algorithm)) return bad;
        *bytes = workspace_bytes(direction, problem, algorithm);
        return CUDNN_STATUS_SUCCESS;
    });
}

int give_count(const char* name, cudnnHandle_t handle, Direction direction, int* count) {
    return library_call(name, [&]() -> int {
        CudnnHandle* h;
        if (int bad = find(handle, &h)) return bad;
        if (!count) return refuse(CUDNN_STATUS_BAD_PARAM, "the result's pointer is null");
        *count = ALGORITHMS[(int)direction];
        return CUDNN_STATUS_SUCCESS;
    });
}

}  // namespace

int check_algorithm(Direction direction, const ConvolutionProblem& p, int algorithm) {
    if (algorithm < 0 || algorithm >= ALGORITHMS[(int)direction]) return refuse(CUDNN_STATUS_BAD_PARAM, "algorithm %d is not known", algorithm);
    const int* w = p.w.layout.extent;
    bool unit_steps = p.how.stride[0] == 1 && p.how.stride[1] == 1 && p.how.dilation[0] == 1 && p.how.dilation[1] == 1;
    bool planes = p.w.tensor_format == CUDNN_TENSOR_NCHW && p.x.packed() && p.y.packed() && !(p.x.channels_last() && p.x.extent[1] > 1);
    switch (family_of(direction, algorithm)) {
        case Family::Gemm: return CUDNN_STATUS_SUCCESS;
        case Family::Fft:
            if (unit_steps && planes && p.how.groups == 1 && p.how.pad[0] < w[2] && p.how.pad[1] < w[3]) return CUDNN_STATUS_SUCCESS;
            break;
        case Family::Winograd:
            if (unit_steps && planes && p.how.groups == 1 && w[2] == 3 && w[3] == 3) return CUDNN_STATUS_SUCCESS;
            break;
        case Family::Absent: break;
    }
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "algorithm %d does not do this convolution; 0 and 1 do all", algorithm);
}

size_t workspace_bytes(Direction, const ConvolutionProblem& p, int algorithm) {
    const int* w = p.w.layout.extent;
    size_t matrix = (size_t)w[1] * (size_t)w[2] * (size_t)w[3] * (size_t)p.y.extent[2] * (size_t)p.y.extent[3] * 4;
    return (matrix * (size_t)(1 + algorithm) + 511) / 256 * 256;
}

bool is_deterministic(Direction direction, int algorithm) {
    if (direction == Direction::BackwardData) return algorithm != 0;
    return direction == Direction::Forward || (algorithm != 0 && algorithm != 3);
}

}  // namespace cuemu

using namespace cuemu;

using Tensor = cudnnTensorDescriptor_t;
using FilterOf = cudnnFilterDescriptor_t;
using How = cudnnConvolutionDescriptor_t;
using Perf = cudnnAlgoPerf;

CUDNN_API cudnnGetConvolutionForwardAlgorithmMaxCount(cudnnHandle_t h, int* count) { return give_count(__func__, h, Direction::Forward, count); }
CUDNN_API cudnnGetConvolutionBackwardDataAlgorithmMaxCount(cudnnHandle_t h, int* count) { return give_count(__func__, h, Direction::BackwardData, count); }
CUDNN_API cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(cudnnHandle_t h, int* count) { return give_count(__func__, h, Direction::BackwardFilter, count); }

CUDNN_API cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t h, Tensor x, FilterOf w, How how, Tensor y, int requested, int* returned, Perf* list) {
    return list_algorithms(__func__, h, Direction::Forward, Timing::Guess, {{x, w, how, y}, requested, returned, list});
}
CUDNN_API cudnnGetConvolutionBackwardDataAlgorithm_v7(cudnnHandle_t h, FilterOf w, Tensor dy, How how, Tensor dx, int requested, int* returned, Perf* list) {
    return list_algorithms(__func__, h, Direction::BackwardData, Timing::Guess, {{dx, w, how, dy}, requested, returned, list});
}
CUDNN_API cudnnGetConvolutionBackwardFilterAlgorithm_v7(cudnnHandle_t h, Tensor x, Tensor dy, How how, FilterOf dw, int requested, int* returned, Perf* list) {
    return list_algorithms(__func__, h, Direction::BackwardFilter, Timing::Guess, {{x, dw, how, dy}, requested, returned, list});
}
CUDNN_API cudnnFindConvolutionForwardAlgorithm(cudnnHandle_t h, Tensor x, FilterOf w, How how, Tensor y, int requested, int* returned, Perf* list) {
    return list_algorithms(__func__, h, Direction::Forward, Timing::Measurement, {{x, w, how, y}, requested, returned, list});
}
CUDNN_API cudnnFindConvolutionBackwardDataAlgorithm(cudnnHandle_t h, FilterOf w, Tensor dy, How how, Tensor dx, int requested, int* returned, Perf* list) {
    return list_algorithms(__func__, h, Direction::BackwardData, Timing::Measurement, {{dx, w, how, dy}, requested, returned, list});
}
CUDNN_API cudnnFindConvolutionBackwardFilterAlgorithm(cudnnHandle_t h, Tensor x, Tensor dy, How how, FilterOf dw, int requested, int* returned, Perf* list) {
    return list_algorithms(__func__, h, Direction::BackwardFilter, Timing::Measurement, {{x, dw, how, dy}, requested, returned, list});
}
// The variants with buffers of the program's own change nothing in them here.
CUDNN_API cudnnFindConvolutionForwardAlgorithmEx(cudnnHandle_t h, Tensor x, const void*, FilterOf w, const void*, How how, Tensor y, void*, int requested,
                                                 int* returned, Perf* list, void*, size_t) {
    return list_algorithms(__func__, h, Direction::Forward, Timing::Measurement, {{x, w, how, y}, requested, returned, list});
}
CUDNN_API cudnnFindConvolutionBackwardDataAlgorithmEx(cudnnHandle_t h, FilterOf w, const void*, Tensor dy, const void*, How how, Tensor dx, void*, int requested,
                                                      int* returned, Perf* list, void*, size_t) {
    return list_algorithms(__func__, h, Direction::BackwardData, Timing::Measurement, {{dx, w, how, dy}, requested, returned, list});
}
CUDNN_API cudnnFindConvolutionBackwardFilterAlgorithmEx(cudnnHandle_t h, Tensor x, const void*, Tensor dy, const void*, How how, FilterOf dw, void*,
                                                        int requested, int* returned, Perf* list, void*, size_t) {
    return list_algorithms(__func__, h, Direction::BackwardFilter, Timing::Measurement, {{x, dw, how, dy}, requested, returned, list});
}

CUDNN_API cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t h, Tensor x, FilterOf w, How how, Tensor y, int algorithm, size_t* bytes) {
    return give_size(__func__, h, Direction::Forward, {x, w, how, y}, algorithm, bytes);
}
CUDNN_API cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t h, FilterOf w, Tensor dy, How how, Tensor dx, int algorithm, size_t* bytes) {
    return give_size(__func__, h, Direction::BackwardData, {dx, w, how, dy}, algorithm, bytes);
}
CUDNN_API cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t h, Tensor x, Tensor dy, How how, FilterOf dw, int algorithm, size_t* bytes) {
    return give_size(__func__, h, Direction::BackwardFilter, {x, dw, how, dy}, algorithm, bytes);
}
