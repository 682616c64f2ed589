// y = weight (scale x / rms(x)) + bias + residual by tiles of rows; cuda/norm_projection.cu and cuda/projection.cu have the mathematics and the shapes.
//
// The weight lies in shared memory transposed, and multiplied by scale, so that the norm is one factor for a row of the result. A thread has GROUP
// rows and four outputs, in registers.
#pragma once

#include "skinny.cuh"

// A multiple of 4, 12, 16 and 48: the quads of outputs that students have.
constexpr int SKINNY_FORWARD_BLOCK = 192;
// Rows of a group, and floats of the slab that has one row of each group, with norm and without. The launcher has them, too.
constexpr int NORM_GROUP = 6;
constexpr int NORM_SLAB = 320;
constexpr int PLAIN_GROUP = 4;
constexpr int PLAIN_SLAB = 1760;

template <int GROUP, int SLAB, bool NORM, typename Input, typename Output>
__device__ inline void skinny_forward(
    Output* y, const Input* __restrict__ x, const float* residual, const float* __restrict__ scale, const float* __restrict__ weight,
    const float* __restrict__ bias, int rows, int inputs, int outputs, int block_rows, int tile_rows, float epsilon) {
  DYN_SHARED(float, shared);
  const int in_quads = inputs / 4;
  const int out_quads = outputs / 4;
  const int ld_x = odd_quads(inputs);
  const int ld_w = odd_quads(outputs);
  float* tile = shared;                       // GROUP slabs of rows of ld_x
  float* weights = tile + GROUP * SLAB;       // (inputs, ld_w)
  float* offsets = weights + inputs * ld_w;   // (ld_w)
  float* inverses = offsets + ld_w;           // (tile_rows)
  const int group = threadIdx.x / out_quads;
  const int column = (threadIdx.x - group * out_quads) * 4;

#pragma unroll 4
  for (int q = threadIdx.x; q < in_quads * outputs; q += SKINNY_FORWARD_BLOCK) {
    const int o = q / in_quads;
    const int i = (q - o * in_quads) * 4;
    float4 value = load4(weight + 4 * q);
    if constexpr (NORM) {
      value = product4(value, load4(scale + i));
    }
    float* to = weights + i * ld_w + o;
    to[0] = value.x;
    to[ld_w] = value.y;
    to[2 * ld_w] = value.z;
    to[3 * ld_w] = value.w;
  }
#pragma unroll 1
  for (int o = threadIdx.x; o < outputs; o += SKINNY_FORWARD_BLOCK) {
    offsets[o] = bias != nullptr ? bias[o] : 0.0f;
  }
  const int begin = blockIdx.x * block_rows;
  const int end = min(begin + block_rows, rows);
#pragma unroll 1
  for (int first = begin; first < end; first += tile_rows) {
    const int count = min(tile_rows, end - first);
    __syncthreads();
    stage_rows<SKINNY_FORWARD_BLOCK, 4, GROUP, SLAB>(tile, ld_x, x + static_cast<size_t>(first) * inputs, count, in_quads);
    __syncthreads();
    if constexpr (NORM) {
      if (threadIdx.x < count) {
        inverses[threadIdx.x] = inverse_rms(tile + tile_row<GROUP, SLAB>(threadIdx.x, ld_x), in_quads, epsilon);
      }
    }
    const int first_row = group * GROUP;
    float4 sums[GROUP];
    float4 added[GROUP];
#pragma unroll
    for (int k = 0; k < GROUP; k++) {
      sums[k] = zeros4();
      if constexpr (!NORM) {
        added[k] = zeros4();
        if (residual != nullptr && first_row + k < count) {
          added[k] = load4(residual + static_cast<size_t>(first + first_row + k) * outputs + column);
        }
      }
    }
    if (first_row < count) {
      const float* left = tile + group * ld_x;
      const float* right = weights + column;
#pragma unroll 1
      for (int q = 0; q < in_quads; q++) {
        add_products<GROUP, SLAB>(sums, left, right, ld_w);
        left += 4;
        right += 4 * ld_w;
      }
    }
    if constexpr (NORM) {
      __syncthreads();
    }
    const float4 offset = load4(offsets + column);
    Output* to = y + (static_cast<size_t>(first + first_row) * outputs + column);
#pragma unroll
    for (int k = 0; k < GROUP; k++) {
      if (first_row + k < count) {
        const float4 product = NORM ? scaled4(sums[k], inverses[first_row + k]) : sum4(sums[k], added[k]);
        store4(to + k * outputs, sum4(product, offset));
      }
    }
  }
}
