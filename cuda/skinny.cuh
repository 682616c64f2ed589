// Products of a matrix of many rows and few columns with a small weight: what their forward and backward kernels share. A block keeps the weight in
// shared memory and takes its rows a tile at a time. GROUP neighbouring rows of a tile are a group; row k of all groups lies in slab k, so that a
// thread which computes on a whole group finds its rows a constant number of floats apart. All extents are multiples of 4.
#pragma once

#include "bfloat16.cuh"
#include "common.cuh"
#include "quads.cuh"

// Floats from a row to the next in shared memory: an odd number of quads, so that the same quad of eight neighbouring rows lies in different banks.
__device__ inline int odd_quads(int columns) { return (columns / 4 | 1) * 4; }

// Where row `row` of a tile begins.
template <int GROUP, int SLAB>
__device__ inline int tile_row(unsigned row, int ld) {
  return row % GROUP * SLAB + row / GROUP * ld;
}

// Copies `count` dense rows of `quads` times four elements into a tile, and zeros into the rest of their last group. A thread has LOADS quads on their way at
// once.
template <int BLOCK, int LOADS, int GROUP, int SLAB, typename Element>
__device__ inline void stage_rows(float* tile, int ld, const Element* from, int count, int quads) {
  const int elements = count * quads;
  const int padded = ceil_div(count, GROUP) * GROUP * quads;
  const unsigned row_step = static_cast<unsigned>(BLOCK) / quads;
  const unsigned quad_step = BLOCK - row_step * quads;
  unsigned row = threadIdx.x / quads;
  unsigned quad = threadIdx.x - row * quads;
#pragma unroll 1
  for (int first = threadIdx.x; first < padded; first += LOADS * BLOCK) {
    float4 value[LOADS];
#pragma unroll
    for (int j = 0; j < LOADS; j++) {
      const int at = first + j * BLOCK;
      value[j] = at < elements ? load4(from + 4 * at) : zeros4();
    }
#pragma unroll
    for (int j = 0; j < LOADS; j++) {
      if (first + j * BLOCK < padded) {
        store4(tile + tile_row<GROUP, SLAB>(row, ld) + 4 * quad, value[j]);
      }
      row += row_step;
      quad += quad_step;
      if (quad >= quads) {
        quad -= quads;
        row++;
      }
    }
  }
}

// 1 / sqrt(mean of squares + epsilon) of a row of a tile.
__device__ inline float inverse_rms(const float* row, int quads, float epsilon) {
  float4 squares = zeros4();
#pragma unroll 1
  for (int q = 0; q < quads; q++) {
    const float4 value = load4(row + 4 * q);
    add_product4(squares, value, value);
  }
  const float share = reciprocal_approx(static_cast<float>(4 * quads));
  return inverse_root_approx((squares.x + squares.y + (squares.z + squares.w)) * share + epsilon);
}

// sums[k] += sum over four j of row k [j] right[j]: `left` is four columns of a group, the rows of `right` are ld floats apart.
template <int GROUP, int SLAB>
__device__ inline void add_products(float4 (&sums)[GROUP], const float* left, const float* right, int ld) {
  const float4 right0 = load4(right);
  const float4 right1 = load4(right + ld);
  const float4 right2 = load4(right + 2 * ld);
  const float4 right3 = load4(right + 3 * ld);
#pragma unroll
  for (int k = 0; k < GROUP; k++) {
    const float4 row = load4(left + k * SLAB);
    add_scaled4(sums[k], row.x, right0);
    add_scaled4(sums[k], row.y, right1);
    add_scaled4(sums[k], row.z, right2);
    add_scaled4(sums[k], row.w, right3);
  }
}
