// How a block adds the columns of a matrix of partial rows.
#pragma once

#include "rows.cuh"

constexpr int REDUCE_BLOCK = 512;
constexpr int REDUCE_WARPS = REDUCE_BLOCK / 32;
// Rows that a thread has on their way at once.
constexpr int REDUCE_LOADS = 8;

// Sum over the rows of column `column` of partials (count, n), rows ld floats apart, valid in the first lanes = 2^lane_bits threads, of which there are 8 or more. Thread t of the
// block has column t % lanes and strand t / lanes of 512 / lanes; a strand takes every row that has its number modulo that of the strands. The rows of a strand are added in index order,
// the strands of a warp in a tree, then the warps in order. All threads must call it, several times in a row with `turn` 0, 1, 0 and so on.
__device__ inline float partial_rows_sum(const float* __restrict__ partials, int count, int n, int ld, int column, int lane_bits, int turn) {
  // Two, so that a call writes the one while threads that are late still read the other.
  __shared__ float warps[2][REDUCE_WARPS][32];
  const int lanes = 1 << lane_bits;
  const int strands = REDUCE_BLOCK >> lane_bits;
  float sum = 0.0f;
  if (column < n) {
#pragma unroll 1
    for (int first = threadIdx.x >> lane_bits; first < count; first += REDUCE_LOADS * strands) {
      float value[REDUCE_LOADS];
#pragma unroll
      for (int i = 0; i < REDUCE_LOADS; i++) {
        const int row = first + i * strands;
        value[i] = row < count ? partials[static_cast<size_t>(row) * ld + column] : 0.0f;
      }
#pragma unroll
      for (int i = 0; i < REDUCE_LOADS; i++) {
        sum += value[i];
      }
    }
  }
  for (int distance = 16; distance >= lanes; distance /= 2) {
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  }
  warps[turn][threadIdx.x / 32][threadIdx.x % 32] = sum;
  __syncthreads();
  float total = 0.0f;
  if (threadIdx.x < lanes) {
    // Warps that share this thread's columns: all, or with more than 32 columns those that are a multiple of lanes / 32 from its own.
    const int others = lanes <= 32 ? 0 : lanes / 32 - 1;
#pragma unroll
    for (int w = 0; w < REDUCE_WARPS; w++) {
      if ((w & others) == threadIdx.x / 32) {
        total += warps[turn][w][threadIdx.x % 32];
      }
    }
  }
  return total;
}

// Sum over the BLOCK threads in double precision, in a fixed order, in every thread: 16 threads add every 16th value each, all add their sums. All threads must call it, once per kernel.
template <int BLOCK>
__device__ inline double block_sum_double(double value) {
  constexpr int STRANDS = 16;
  __shared__ double sums[BLOCK];
  __shared__ double parts[STRANDS];
  sums[threadIdx.x] = value;
  __syncthreads();
  double sum = 0.0;
  if (threadIdx.x < STRANDS) {
#pragma unroll
    for (int i = threadIdx.x; i < BLOCK; i += STRANDS) {
      sum += sums[i];
    }
    parts[threadIdx.x] = sum;
  }
  __syncthreads();
  sum = 0.0;
#pragma unroll
  for (int i = 0; i < STRANDS; i++) {
    sum += parts[i];
  }
  return sum;
}
