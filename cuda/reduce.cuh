// How a block adds the columns of a matrix of partial rows.
#pragma once

#include "rows.cuh"

constexpr int REDUCE_BLOCK = 512;
constexpr int REDUCE_WARPS = REDUCE_BLOCK / 32;
// Rows that a thread has on their way at once.
constexpr int REDUCE_LOADS = 8;

// Sum over the rows of column `column` of partials (count, n), rows ld floats apart, valid in the first lanes = 2^lane_bits threads, 32 at most. Thread t of the block has column
// t % lanes and strand t / lanes of 512 / lanes; a strand takes every row that has its number modulo that of the strands. The rows of a strand are added in index order, the strands of a warp in a tree,
// then the warps in order. All threads must call it, once per kernel.
__device__ inline float partial_rows_sum(const float* __restrict__ partials, int count, int n, int ld, int column, int lane_bits) {
  __shared__ float warps[REDUCE_WARPS][32];
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
  warps[threadIdx.x / 32][threadIdx.x % 32] = sum;
  __syncthreads();
  float total = 0.0f;
  if (threadIdx.x < lanes) {
#pragma unroll
    for (int w = 0; w < REDUCE_WARPS; w++) {
      total += warps[w][threadIdx.x];
    }
  }
  return total;
}
