// How a block shares the rows and columns of a matrix among its threads.
#pragma once

#include "common.cuh"

// Calls each(row, column) for every element of this block's tile of a (rows, columns) matrix, neighbouring threads on neighbouring columns.
// A tile is block_rows x block_columns with block_columns = columns or block_rows = 1; there are column_tiles = ceil(columns / block_columns)
// in a row of tiles, numbered first. A dense tensor may be passed as one row, however long.
template <int BLOCK, typename Each>
__device__ inline void for_each_element(
    int rows, long long columns, int block_rows, int block_columns, int column_tiles, Each each) {
  const unsigned tile_row = blockIdx.x / static_cast<unsigned>(column_tiles);
  const unsigned tile_column = blockIdx.x - tile_row * column_tiles;
  const long long first_row = static_cast<long long>(tile_row) * block_rows;
  const long long first_column = static_cast<long long>(tile_column) * block_columns;
  const int elements = block_rows * block_columns;
  for (int e = threadIdx.x; e < elements; e += BLOCK) {
    const int r = block_rows == 1 ? 0 : e / block_columns;
    const long long row = first_row + r;
    const long long column = first_column + (e - r * block_columns);
    if (row < rows && column < columns) {
      each(row, column);
    }
  }
}

// Sum over the THREADS (a power of two of neighbouring lanes, a warp, or the whole block) that share a row, in each of them. All threads of the warp,
// or of the block, must call it.
template <int THREADS>
__device__ inline float row_sum(float value) {
  if constexpr (THREADS < 32) {
#pragma unroll
    for (int distance = THREADS / 2; distance > 0; distance /= 2) {
      value += __shfl_xor_sync(0xffffffffu, value, distance);
    }
    return value;
  } else if constexpr (THREADS == 32) {
    return warp_sum(value);
  } else {
    return block_sum<THREADS>(value);
  }
}

// Thread t of a block works on column t % lanes; t / lanes is its strand. Sum over the strands of a column, always in the same tree, valid in
// the first `lanes` threads. lanes is a power of two below BLOCK. All threads must call it; it can be called again at once.
template <int BLOCK>
__device__ inline float strand_sum(float value, int lanes) {
  __shared__ float values[BLOCK];
  values[threadIdx.x] = value;
  for (int half = BLOCK / 2; half >= lanes; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) {
      values[threadIdx.x] += values[threadIdx.x + half];
    }
  }
  const float sum = values[threadIdx.x];
  __syncthreads();
  return sum;
}
