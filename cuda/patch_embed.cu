// Images to sequences of tokens and back, the order of tokens, and learned positions: io.mambapkd.ops.PatchOps.
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

// Where values of the tokens of an image lie that is continued with zeros. Of the image with axes (down, across, run), whose steps in memory are (step_down, step_across, 1), a
// token takes token_down by token_across runs; tokens that cover it, and the runs of each, are in row-major order.
struct Padded {
  int down, across, run, token_down, token_across, step_down, step_across;

  __device__ unsigned values() const {
    return static_cast<unsigned>(ceil_div(down, token_down) * token_down) * (ceil_div(across, token_across) * token_across) * run;
  }

  // The place in the image of a value of its tokens, or -1 where it is of the zeros.
  __device__ long long place(unsigned at) const {
    const unsigned r = at % run;
    const unsigned ji = at / run;
    const unsigned j = ji % token_across;
    const unsigned token = ji / token_across / token_down;
    const unsigned i = ji / token_across % token_down;
    const unsigned tokens_across = ceil_div(across, token_across);
    const unsigned row = token / tokens_across * token_down + i;
    const unsigned column = token % tokens_across * token_across + j;
    const bool inside = row < static_cast<unsigned>(down) && column < static_cast<unsigned>(across);
    return inside ? static_cast<long long>(row) * step_down + static_cast<long long>(column) * step_across + r : -1;
  }

  // Calls move(place in the tokens, place in the images or -1) for the thread's values of all `total` values of tokens.
  template <typename Move>
  __device__ void each(long long total, Move move) const {
    const long long first = static_cast<long long>(blockIdx.x) * (PATCH_BLOCK * PATCH_VALUES);
    const unsigned plane = values();
    const long long sample = first / plane;
    const unsigned rest = static_cast<unsigned>(first - sample * plane);
    const long long image = static_cast<long long>(down) * across * run;
#pragma unroll
    for (int v = 0; v < PATCH_VALUES; v++) {
      const unsigned offset = v * PATCH_BLOCK + threadIdx.x;
      if (first + offset < total) {
        const unsigned inside = rest + offset;
        const long long at = place(inside % plane);
        move(first + offset, at < 0 ? at : (sample + inside / plane) * image + at);
      }
    }
  }
};

// padded_tokens_f32: tokens of images that they do not divide, continued with zeros at the bottom and the right. As patch_tokens_f32 where they do.
//             down  across  run  token_down  token_across  step_down  step_across
//   ROWS      H     W C     1    size        W C           W C        1
//   COLUMNS   W     H       C    size        H             C          W C
//   PATCHES   H     W C     1    size        size C        W C        1
//   shapes  tokens (batch, ceil(down / token_down), ceil(across / token_across), token_down, token_across, run)   images (batch, H, W, C)
//           total = the values of tokens
//   launch  ceil(total / 1024) blocks of 256; each thread has 4 values, a block apart
//   writes  = tokens
//   determinism  bitwise: no sums
//   bytes   4 total + 4 batch down across run
extern "C" __global__ void __launch_bounds__(PATCH_BLOCK)
    padded_tokens_f32(
        float* __restrict__ tokens,
        const float* __restrict__ images,
        long long total,
        int down,
        int across,
        int run,
        int token_down,
        int token_across,
        int step_down,
        int step_across) {
  const Padded padded{down, across, run, token_down, token_across, step_down, step_across};
  padded.each(total, [=](long long to, long long from) { tokens[to] = from >= 0 ? images[from] : 0.0f; });
}

// padded_tokens_gradient_f32: gradient of padded_tokens_f32: values of the tokens go back to the images, those of the zeros nowhere.
//   shapes  as padded_tokens_f32
//   launch  as padded_tokens_f32
//   writes  = images: each value is of one token
//   determinism  bitwise: no sums
//   bytes   8 batch down across run
extern "C" __global__ void __launch_bounds__(PATCH_BLOCK)
    padded_tokens_gradient_f32(
        float* __restrict__ images,
        const float* __restrict__ tokens,
        long long total,
        int down,
        int across,
        int run,
        int token_down,
        int token_across,
        int step_down,
        int step_across) {
  const Padded padded{down, across, run, token_down, token_across, step_down, step_across};
  padded.each(total, [=](long long from, long long to) {
    if (to >= 0) {
      images[to] = tokens[from];
    }
  });
}

// Moves the block's part of `total` values in runs of `width`, VALUES for each thread, a block apart.
template <int VALUES, typename Value>
__device__ inline void reorder_tokens(
    Value* __restrict__ y, const Value* __restrict__ x, long long total, int rows, int columns, int reversed, int width) {
  const long long first = static_cast<long long>(blockIdx.x) * (PATCH_BLOCK * VALUES);
  const unsigned length = static_cast<unsigned>(rows) * columns;
  const unsigned plane = length * width;
  const long long sample = first / plane;
  const unsigned rest = static_cast<unsigned>(first - sample * plane);
#pragma unroll
  for (int v = 0; v < VALUES; v++) {
    const unsigned offset = v * PATCH_BLOCK + threadIdx.x;
    if (first + offset < total) {
      const unsigned inside = rest + offset;
      const unsigned at = inside % plane;
      const unsigned l = at / width;
      const unsigned t = reversed != 0 ? length - 1 - l : l;
      const unsigned from = t % rows * columns + t / rows;
      y[first + offset] = x[(sample + inside / plane) * plane + static_cast<size_t>(from) * width + at % width];
    }
  }
}

// reorder_tokens_f32: y[b, l] = x[b, (t % rows) columns + t / rows] with t = l, or rows columns - 1 - l where reversed: a grid of tokens is read by its columns.
//   shapes  y, x (batch, rows columns, width)   total = batch rows columns width
//   launch  ceil(total / 1024) blocks of 256; each thread has 4 values: neighbours where rows and addresses are multiples of 16 bytes, else a block apart
//   writes  = y
//   determinism  bitwise: no sums
//   bytes   8 total
extern "C" __global__ void __launch_bounds__(PATCH_BLOCK)
    reorder_tokens_f32(
        float* __restrict__ y, const float* __restrict__ x, long long total, int rows, int columns, int reversed, int width) {
  const size_t addresses = reinterpret_cast<size_t>(y) | reinterpret_cast<size_t>(x);
  if (width % 4 == 0 && addresses % sizeof(float4) == 0) {
    reorder_tokens<1>(reinterpret_cast<float4*>(y), reinterpret_cast<const float4*>(x), total / 4, rows, columns, reversed, width / 4);
  } else {
    reorder_tokens<PATCH_VALUES>(y, x, total, rows, columns, reversed, width);
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

// position_gradient_partials_f32: partials[p, i] = sum over the p-th rows_per_block rows of dx[., i]; reduce_columns_add_f32 adds them up.
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
