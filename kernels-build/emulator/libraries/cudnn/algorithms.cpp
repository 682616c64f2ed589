// Which algorithms there are, and the workspace that they demand.
#include "convolution.h"

namespace cuemu {

namespace {

int give_size(const char* name, cudnnHandle_t handle, Direction direction, const ConvolutionTensors& tensors, int algorithm, size_t* bytes) {
    return library_call(name, [&]() -> int {
        CudnnHandle* h;
        ConvolutionProblem problem{};
        if (int bad = find(handle, &h)) return bad;
        if (!bytes) return refuse(CUDNN_STATUS_BAD_PARAM, "the result's pointer is null");
        if (int bad = read_problem(tensors, &problem)) return bad;
        for (const char* part : {"heuristic", "engines_precompiled", "engines_runtime_compiled"}) need_part(part, name);
        if (int bad = check_algorithm(direction, algorithm)) return bad;
        if (int bad = check_refusals(Stage::Question, direction, problem, algorithm)) return bad;
        *bytes = workspace_bytes(problem, algorithm);
        return CUDNN_STATUS_SUCCESS;
    });
}

}  // namespace

// The products of matrices, which do every convolution. Those by Fourier transforms and Winograd's method are not emulated.
int check_algorithm(Direction direction, int algorithm) {
    const bool there = algorithm == 0 || algorithm == 1 || (direction == Direction::Forward && algorithm == 2) ||
                       (direction == Direction::BackwardFilter && algorithm == 3);
    return there ? CUDNN_STATUS_SUCCESS : refuse(CUDNN_STATUS_NOT_SUPPORTED, "algorithm %d is not emulated; 0 is", algorithm);
}

size_t workspace_bytes(const ConvolutionProblem& p, int algorithm) {
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
