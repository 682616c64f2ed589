// Gradient of a product with a small weight, and of the norm before it, in one pass over rows: cuda/norm_projection_gradient.cu and
// cuda/projection_gradient.cu have the mathematics and the shapes.
//
// A tile has the rows of dy and of x, or of x / rms(x), side by side. Two neighbouring lanes make four columns of dx for a group of rows, from half of the
// outputs each; then each keeps two of the rows. The gradient of the weight stays in registers over all tiles of a block: a thread has 8 x 4 of its
// elements, for every strands-th group of rows. With a norm, sums over rows are of q[o, i] = dy[r, o] x[r, i] / rms_r: the gradient of the weight is scale[i] q[o, i], and that of
// scale the sum over o of weight[o, i] q[o, i].
#pragma once

#include "skinny.cuh"

// 9 warps, as the weights of students have 1 or 9 times a power of two of elements: 64 x 16 and 192 x 48 are whole numbers of tiles for every thread.
constexpr int SKINNY_GRADIENT_BLOCK = 288;
// Rows of a group, and floats of the slab that has one row of each group. The launcher has them, too.
constexpr int GRADIENT_GROUP = 4;
constexpr int GRADIENT_SLAB = 3360;

// Floats from a row of a tile to that of the next group: twice an odd number of quads, so that two neighbouring quads of four rows lie in different banks.
__device__ inline int gradient_row(int columns) { return ((columns / 4 + 1) / 4 * 4 + 2) * 4; }

__device__ inline float4 from_neighbour(float4 value) {
  return make_float4(
      __shfl_xor_sync(0xffffffffu, value.x, 1),
      __shfl_xor_sync(0xffffffffu, value.y, 1),
      __shfl_xor_sync(0xffffffffu, value.z, 1),
      __shfl_xor_sync(0xffffffffu, value.w, 1));
}

// Products of eight outputs and four columns, added over the rows of the groups first, first + step, ... of a tile.
__device__ inline void add_outer_products(
    float4 (&sums)[8], const float* low, const float* high, const float* right, int ld, int first, int step, int groups) {
  low += first * ld;
  high += first * ld;
  right += first * ld;
  const int stride = step * ld;
#pragma unroll 1
  for (int group = first; group < groups; group += step) {
#pragma unroll
    for (int k = 0; k < GRADIENT_GROUP; k++) {
      const float4 left0 = load4(low + k * GRADIENT_SLAB);
      const float4 left1 = load4(high + k * GRADIENT_SLAB);
      const float4 row = load4(right + k * GRADIENT_SLAB);
      add_scaled4(sums[0], left0.x, row);
      add_scaled4(sums[1], left0.y, row);
      add_scaled4(sums[2], left0.z, row);
      add_scaled4(sums[3], left0.w, row);
      add_scaled4(sums[4], left1.x, row);
      add_scaled4(sums[5], left1.y, row);
      add_scaled4(sums[6], left1.z, row);
      add_scaled4(sums[7], left1.w, row);
    }
    low += stride;
    high += stride;
    right += stride;
  }
}

template <bool NORM, typename Input, typename Upstream>
__device__ inline void skinny_gradient(
    Input* dx, float* __restrict__ partials, const Input* __restrict__ x, const Upstream* __restrict__ dy, const float* residual,
    const float* __restrict__ scale, const float* __restrict__ weight, int rows, int inputs, int outputs, int block_rows, int tile_rows,
    int with_bias, float epsilon) {
  constexpr int BLOCK = SKINNY_GRADIENT_BLOCK;
  constexpr int GROUP = GRADIENT_GROUP;
  constexpr int SLAB = GRADIENT_SLAB;
  DYN_SHARED(float, shared);
  const int in_quads = inputs / 4;
  const int out_quads = outputs / 4;
  const int ld = gradient_row(inputs + outputs);
  const int ld_w = odd_quads(inputs);
  const int ld_dots = (in_quads + 3) / 4 * 4;
  float* tile = shared;                             // dy, then x
  float* weights = tile + GROUP * SLAB;             // (outputs, ld_w), with a norm times scale
  float* dots = weights + outputs * ld_w;           // (tile_rows, ld_dots): parts of sums along a row, only with a norm as what follows
  float* inverses = dots + tile_rows * ld_dots;     // (tile_rows)

  // The rows and columns of dx.
  const int half = threadIdx.x % 2;
  const int group = threadIdx.x / 2 / in_quads;
  const int column = (threadIdx.x / 2 - group * in_quads) * 4;
  const int first_row = group * GROUP + 2 * half;
  // The elements of the gradient of the weight: two quads of outputs. Where there is no second one, what stands behind is taken for it, and left out. Threads behind the
  // last strand make sums that nobody reads.
  const int pairs = (out_quads + 1) / 2;
  const int units = pairs * in_quads;
  const int strands = BLOCK / units;
  const int strand = threadIdx.x / units;
  const int pair = (threadIdx.x - strand * units) / in_quads;
  const int right = (threadIdx.x - strand * units - pair * in_quads) * 4;

#pragma unroll 4
  for (int q = threadIdx.x; q < in_quads * outputs; q += BLOCK) {
    const int o = q / in_quads;
    const int i = (q - o * in_quads) * 4;
    const float4 value = load4(weight + 4 * q);
    store4(weights + o * ld_w + i, NORM ? product4(value, load4(scale + i)) : value);
  }
  if constexpr (NORM) {
#pragma unroll 1
    for (int e = threadIdx.x; e < tile_rows * ld_dots; e += BLOCK) {
      dots[e] = 0.0f;
    }
  }
  float4 d_weight[8];
#pragma unroll
  for (int j = 0; j < 8; j++) {
    d_weight[j] = zeros4();
  }
  float d_bias = 0.0f;

  const int begin = blockIdx.x * block_rows;
  const int end = min(begin + block_rows, rows);
#pragma unroll 1
  for (int first = begin; first < end; first += tile_rows) {
    const int count = min(tile_rows, end - first);
    const int groups = ceil_div(count, GROUP);
    __syncthreads();
    stage_rows<BLOCK, NORM ? 8 : 4, GROUP, SLAB>(tile, ld, dy + static_cast<size_t>(first) * outputs, count, out_quads);
    stage_rows<BLOCK, NORM ? 2 : 4, GROUP, SLAB>(tile + outputs, ld, x + static_cast<size_t>(first) * inputs, count, in_quads);
    __syncthreads();
    if constexpr (NORM) {
      if (threadIdx.x < count) {
        float* row = tile + tile_row<GROUP, SLAB>(threadIdx.x, ld) + outputs;
        const float inverse = inverse_rms(row, in_quads, epsilon);
        inverses[threadIdx.x] = inverse;
#pragma unroll 1
        for (int q = 0; q < in_quads; q++) {
          store4(row + 4 * q, scaled4(load4(row + 4 * q), inverse));
        }
      }
    }
    float4 sums[GROUP];
#pragma unroll
    for (int k = 0; k < GROUP; k++) {
      sums[k] = zeros4();
    }
    if (group < groups) {
      const float* left = tile + group * ld + 4 * half;
      const float* rows_of_weight = weights + 4 * half * ld_w + column;
#pragma unroll 1
      for (int o = 4 * half; o < outputs; o += 8) {
        add_products<GROUP, SLAB>(sums, left, rows_of_weight, ld_w);
        left += 8;
        rows_of_weight += 8 * ld_w;
      }
    }
    const size_t at = static_cast<size_t>(first) * inputs;
    const int place = first_row * inputs + column;
    float4 d_row[2];
#pragma unroll
    for (int r = 0; r < 2; r++) {
      d_row[r] = sum4(half == 0 ? sums[r] : sums[2 + r], from_neighbour(half == 0 ? sums[2 + r] : sums[r]));
    }
    if constexpr (NORM) {
      __syncthreads();
      float4 normalised[2];
      float4 added[2];
#pragma unroll
      for (int r = 0; r < 2; r++) {
        added[r] = zeros4();
        if (residual != nullptr && first_row + r < count) {
          added[r] = load4(residual + at + (place + r * inputs));
        }
        if (first_row + r < count) {
          normalised[r] = load4(tile + tile_row<GROUP, SLAB>(first_row + r, ld) + outputs + column);
          dots[(first_row + r) * ld_dots + column / 4] = dot4(d_row[r], normalised[r]);
        }
      }
      __syncthreads();
      const float share = reciprocal_approx(static_cast<float>(inputs));
#pragma unroll
      for (int r = 0; r < 2; r++) {
        if (first_row + r < count) {
          float4 dot = zeros4();
#pragma unroll 1
          for (int q = 0; q < ld_dots; q += 4) {
            dot = sum4(dot, load4(dots + (first_row + r) * ld_dots + q));
          }
          add_scaled4(d_row[r], -(dot.x + dot.y + (dot.z + dot.w)) * share, normalised[r]);
          d_row[r] = sum4(scaled4(d_row[r], inverses[first_row + r]), added[r]);
        }
      }
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
      if (first_row + r < count) {
        store4(dx + at + (place + r * inputs), d_row[r]);
      }
    }
    add_outer_products(d_weight, tile + 4 * pair, tile + 4 * (pair + pairs), tile + outputs + right, ld, strand, strands, groups);
    if (with_bias != 0 && threadIdx.x < outputs) {
#pragma unroll 4
      for (int row = 0; row < count; row++) {
        d_bias += tile[tile_row<GROUP, SLAB>(row, ld) + threadIdx.x];
      }
    }
  }

  // The strands lie one behind another, and are added in their order.
  __syncthreads();
  const int elements = inputs * outputs;
  float* to = tile + strand * elements + right;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    store4(to + (4 * pair + j) * inputs, d_weight[j]);
  }
  if (pair + pairs < out_quads) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      store4(to + (4 * (pair + pairs) + j) * inputs, d_weight[4 + j]);
    }
  }
  __syncthreads();
  const int scales = NORM ? inputs : 0;
  float* partial = partials + static_cast<size_t>(blockIdx.x) * (scales + elements + (with_bias != 0 ? outputs : 0));
#pragma unroll 1
  for (int e = threadIdx.x * 4; e < elements; e += 4 * BLOCK) {
    float4 sum = load4(tile + e);
#pragma unroll 1
    for (int s = 1; s < strands; s++) {
      sum = sum4(sum, load4(tile + s * elements + e));
    }
    if constexpr (NORM) {
      store4(tile + e, product4(sum, load4(weight + e)));
      sum = product4(sum, load4(scale + e % inputs));
    }
    store4(partial + scales + e, sum);
  }
  if constexpr (NORM) {
    __syncthreads();
    if (threadIdx.x < inputs) {
      float sum = 0.0f;
#pragma unroll 8
      for (int o = 0; o < outputs; o++) {
        sum += tile[o * inputs + threadIdx.x];
      }
      partial[threadIdx.x] = sum;
    }
  }
  if (with_bias != 0 && threadIdx.x < outputs) {
    partial[scales + elements + threadIdx.x] = d_bias;
  }
}
