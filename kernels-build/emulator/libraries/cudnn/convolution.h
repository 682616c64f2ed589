// Convolutions: what the entry points check, and the three directions.
#pragma once

#include "tensors.h"

namespace cuemu {

enum class Direction { Forward, BackwardData, BackwardFilter };

// A checked convolution: x and y are the input's and output's layouts (or their gradients'), w is the filter's.
struct ConvolutionProblem {
    Layout x, y, w;
    Convolution how;

    int output(int axis) const;  // 0: rows, 1: columns
    Rounding rounding() const;   // of float inputs
};

struct ConvolutionTensors {
    cudnnTensorDescriptor_t x;
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t convolution;
    cudnnTensorDescriptor_t y;
};

// The problem that descriptors state, or BAD_PARAM / NOT_SUPPORTED.
int read_problem(const ConvolutionTensors& tensors, ConvolutionProblem* problem);

// Whether the algorithm is there (algorithms.cpp), and the workspace it demands: never nothing, so that a program which gives none is found out.
int check_algorithm(Direction direction, int algorithm);
size_t workspace_bytes(const ConvolutionProblem& problem, int algorithm);
// When cuDNN may refuse: at the question for the workspace, or at the convolution itself.
enum class Stage { Question, Call };
// What an algorithm that is there refuses all the same (refusals.cpp).
int check_refusals(Stage stage, Direction direction, const ConvolutionProblem& problem, int algorithm);
// Whether the reference calls the algorithm deterministic. The others here do their sums in an order that changes from call to call.
bool is_deterministic(Direction direction, int algorithm);

struct ConvolutionWork {
    ConvolutionProblem problem;
    uintptr_t x, w, y;  // the direction says which of them is written
    Blend blend;
    uint64_t disorder;  // 0: sums in their natural order
};

void convolve_forward(const void* work);
void convolve_backward_data(const void* work);
void convolve_backward_filter(const void* work);

}  // namespace cuemu
