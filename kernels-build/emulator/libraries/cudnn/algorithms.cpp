// Which algorithms do which convolutions, and the workspace that they demand.
#include "convolution.h"

namespace cuemu {

namespace {

enum class Family { Gemm, Fft, Winograd, Absent };

Family family_of(Direction direction, int algorithm) {
    static const Family families[3][8] = {
        {Family::Gemm, Family::Gemm, Family::Gemm, Family::Absent, Family::Fft, Family::Fft, Family::Winograd, Family::Winograd},
        {Family::Gemm, Family::Gemm, Family::Fft, Family::Fft, Family::Winograd, Family::Winograd, Family::Absent, Family::Absent},
        {Family::Gemm, Family::Gemm, Family::Fft, Family::Gemm, Family::Absent, Family::Winograd, Family::Fft, Family::Absent}};
    return families[(int)direction][algorithm];
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
        if (int bad = check_refusals(Stage::Question, direction, problem, algorithm)) return bad;
        *bytes = workspace_bytes(direction, problem, algorithm);
        return CUDNN_STATUS_SUCCESS;
    });
}

}  // namespace

int check_algorithm(Direction direction, const ConvolutionProblem& p, int algorithm) {
    if (algorithm < 0 || algorithm >= ALGORITHMS[(int)direction]) return refuse(CUDNN_STATUS_BAD_PARAM, "algorithm %d is not known", algorithm);
    const int* w = p.w.extent;
    bool unit_steps = p.how.stride[0] == 1 && p.how.stride[1] == 1 && p.how.dilation[0] == 1 && p.how.dilation[1] == 1;
    bool planes = p.w.tensor_format == CUDNN_TENSOR_NCHW && !(p.x.channels_last() && p.x.extent[1] > 1);
    switch (family_of(direction, algorithm)) {
        case Family::Gemm: return CUDNN_STATUS_SUCCESS;
        case Family::Fft:
            if (unit_steps && planes && p.how.pad[0] < w[2] && p.how.pad[1] < w[3]) return CUDNN_STATUS_SUCCESS;
            break;
        case Family::Winograd:
            if (unit_steps && planes && w[2] == 3 && w[3] == 3) return CUDNN_STATUS_SUCCESS;
            break;
        case Family::Absent: break;
    }
    return refuse(CUDNN_STATUS_NOT_SUPPORTED, "algorithm %d does not do this convolution; 0 does all", algorithm);
}

size_t workspace_bytes(Direction, const ConvolutionProblem& p, int algorithm) {
    const int* w = p.w.extent;
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



CUDNN_API cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t h, Tensor x, FilterOf w, How how, Tensor y, int algorithm, size_t* bytes) {
    return give_size(__func__, h, Direction::Forward, {x, w, how, y}, algorithm, bytes);
}
CUDNN_API cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t h, FilterOf w, Tensor dy, How how, Tensor dx, int algorithm, size_t* bytes) {
    return give_size(__func__, h, Direction::BackwardData, {dx, w, how, dy}, algorithm, bytes);
}
CUDNN_API cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t h, Tensor x, Tensor dy, How how, FilterOf dw, int algorithm, size_t* bytes) {
    return give_size(__func__, h, Direction::BackwardFilter, {x, dw, how, dy}, algorithm, bytes);
}
