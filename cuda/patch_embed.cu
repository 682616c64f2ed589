// Images to sequences of tokens and back, and learned positions: io.mambapkd.ops.PatchOps.
#include "common.cuh"

constexpr int PATCH_BLOCK = 256;
constexpr int PATCH_VALUES = 4;
constexpr int POSITION_ROWS = 8;

// patch_tokens_f32: target[o, j, i, r] = source[o, i, j, r]: two axes change places, runs of values stay together. All cuts are of this form:
//             outer         a      b         run
//   ROWS      B             1      1         H W C
//   COLUMNS   B             H      W         C
//   PATCHES   B H / size    size   W / size  size C
// and so is their gradient, with a and b exchanged.
//   shapes  source (outer, a, b, run)   target (outer, b, a, run)   total = outer a b run
//   launch  ceil(total / 1024) blocks of 256; each thread has 4 values, a block apart
//   writes  = target
//   determinism  bitwise: no sums
//   bytes   8 total
extern "C" __global__ void __launch_bounds__(PATCH_BLOCK)
    patch_tokens_f32(float* __restrict__ target, const float* __restrict__ source, long long total, int a, int b, int run) {
  const long long first = static_cast<long long>(blockIdx.x) * (PATCH_BLOCK * PATCH_VALUES);
  const unsigned plane = static_cast<unsigned>(a) * b * run;
  // One long division for the block; what is left fits 32 bits, since a plane has fewer than 2^31 values.
  const long long outer = first / plane;
  const unsigned rest = static_cast<unsigned>(first - outer * plane);
#pragma unroll
  for (int v = 0; v < PATCH_VALUES; v++) {
    const unsigned offset = v * PATCH_BLOCK + threadIdx.x;
    if (first + offset < total) {
      const unsigned inside = rest + offset;
      const long long o = outer + inside / plane;
      const unsigned at = inside % plane;
      const unsigned r = at % run;
      const unsigned ji = at / run;
      const unsigned i = ji % a;
      const unsigned j = ji / a;
      target[first + offset] = source[o * plane + (static_cast<size_t>(i) * b + j) * run + r];
    }
  }
}

// add_position_f32: x[s, i] += position[i]
//   shapes  x (rows, size)   position (size), with size = L M
//   launch  (ceil(size / 256), ceil(rows / 8)) blocks of 256; each thread has a column of 8 rows
//   writes  in place x
//   determinism  bitwise
//   bytes   8 rows size + 4 size
extern "C" __global__ void __launch_bounds__(PATCH_BLOCK)
    add_position_f32(float* __restrict__ x, const float* __restrict__ position, int rows, int size) {
  const int i = blockIdx.x * PATCH_BLOCK + threadIdx.x;
  if (i >= size) return;
  const float value = position[i];
  for (long long first = static_cast<long long>(blockIdx.y) * POSITION_ROWS; first < rows;
       first += static_cast<long long>(gridDim.y) * POSITION_ROWS) {
#pragma unroll
    for (int j = 0; j < POSITION_ROWS; j++) {
      if (first + j < rows) {
        x[(first + j) * size + i] += value;
      }
    }
  }
}

// position_gradient_partials_f32: partials[p, i] = sum over the p-th rows_per_block rows of dx[., i]; reduce_rows_add_f32 adds them up.
//   shapes  partials (blocks in y, size)   dx (rows, size)
//   launch  (ceil(size / 256), ceil(rows / rows_per_block)) blocks of 256
//   writes  = partials
//   determinism  bitwise: rows in order
//   bytes   4 rows size + 4 size ceil(rows / rows_per_block)
extern "C" __global__ void __launch_bounds__(PATCH_BLOCK)
    position_gradient_partials_f32(float* __restrict__ partials, const float* __restrict__ dx, int rows, int size, int rows_per_block) {
  const int i = blockIdx.x * PATCH_BLOCK + threadIdx.x;
  if (i >= size) return;
  const long long first = static_cast<long long>(blockIdx.y) * rows_per_block;
  const long long end = min(static_cast<long long>(rows), first + rows_per_block);
  float sum = 0.0f;
#pragma unroll 4
  for (long long row = first; row < end; row++) {
    sum += dx[row * size + i];
  }
  partials[static_cast<size_t>(blockIdx.y) * size + i] = sum;
}
