// How the kernels of batch normalisation share a matrix (rows, columns = C) among threads, and what both directions round alike: as in strand_sum of
// rows.cuh a block has `lanes` columns of `chunk_rows` rows, a thread one column of them, so that what belongs to a column is computed once a thread.
#pragma once

#include "bfloat16.cuh"
#include "functions.cuh"
#include "rows.cuh"

constexpr int BATCH_NORM_BLOCK = 256;
constexpr int BATCH_NORM_LANES = 32;

enum class After { IDENTITY, RELU, GELU, SILU };

// How many elements of a thread are computed side by side: of a GELU, whose code is long, one.
template <After AFTER>
constexpr int UNROLLED = AFTER == After::GELU ? 1 : 4;

// The part of a (rows, columns) matrix that a thread has: column `column` of rows first + strand, + strands, ... up to first + count.
struct Part {
  long long first;
  int count;
  int column;
  int strand;
  int strands;
  unsigned chunk;

  __device__ Part(int rows, int columns, int chunk_rows, int lanes) {
    const unsigned column_tiles = ceil_div(columns, lanes);
    chunk = blockIdx.x / column_tiles;
    column = (blockIdx.x - chunk * column_tiles) * lanes + threadIdx.x % lanes;
    first = static_cast<long long>(chunk) * chunk_rows;
    count = static_cast<int>(min(static_cast<long long>(chunk_rows), rows - first));
    strand = threadIdx.x / lanes;
    strands = BATCH_NORM_BLOCK / lanes;
  }
};

// strand_sum in every thread of the column. All threads must call it; it can be called again at once, since the barriers in strand_sum lie between
// this read and the next write.
__device__ inline float column_sum(float value, int lanes) {
  __shared__ float sums[BATCH_NORM_LANES];
  const float sum = strand_sum<BATCH_NORM_BLOCK>(value, lanes);
  if (threadIdx.x < lanes) {
    sums[threadIdx.x] = sum;
  }
  __syncthreads();
  return sums[threadIdx.x % lanes];
}

__device__ inline float inverse_deviation(float variance, float epsilon) { return 1.0f / sqrtf(variance + epsilon); }

// Rounded in one and the same way in both directions, so that the backward pass finds the sign that the forward pass had.
__device__ inline float normalised(float deviation, float scale, float bias) { return fmaf(deviation, scale, bias); }
