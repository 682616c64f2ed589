// Causal depthwise convolution over the sequence with its activation: io.mambapkd.ops.Conv1dOps. Gu and Dao (arXiv 2312.00752), section 3.4.
//   v[b, l, d] = bias[d] + sum over w of weight[d, w] x[b, l - (W-1) + w, d] ,   y = f(v)
// For W = 4, the width of Mamba, a thread walks `steps` steps of one channel and keeps what it needs of the steps before in registers. Any
// other width is done step by step, from the caches. x, y and their gradients are of type Element, E bytes each; the rest is float. (One file: they share the window.)
#include "bfloat16.cuh"
#include "functions.cuh"
#include "rows.cuh"

constexpr int CONV1D_BLOCK = 256;

// Bias plus weighted window.
template <int W>
__device__ inline float conv1d_value(const float (&taps)[W], const float (&window)[W], float bias) {
  float sum = bias;
#pragma unroll
  for (int w = 0; w < W; w++) {
    sum += taps[w] * window[w];
  }
  return sum;
}

template <int W>
__device__ inline void push(float (&window)[W], float newest) {
#pragma unroll
  for (int w = 0; w < W - 1; w++) {
    window[w] = window[w + 1];
  }
  window[W - 1] = newest;
}

// The W-1 steps before `step`; what is before the sequence is 0. `x` is the first step of a channel, its steps ld_x elements apart.
template <int W, typename Element>
__device__ inline void fill_window(float (&window)[W], const Element* __restrict__ x, int step, int ld_x) {
#pragma unroll
  for (int w = 1; w < W; w++) {
    const int from = step - W + w;
    window[w] = from >= 0 ? load(x + static_cast<long long>(from) * ld_x) : 0.0f;
  }
}

template <int W, typename Function, typename Element>
__device__ inline void conv1d_forward_windowed(
    Element* __restrict__ y,
    const Element* __restrict__ x,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int B,
    int L,
    int D,
    int steps,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_x) {
  const int segments = ceil_div(L, steps);
  for_each_element<CONV1D_BLOCK>(
      B * segments, D, block_rows, block_columns, column_tiles, [=](long long row, long long d) {
        const long long b = static_cast<unsigned>(row) / static_cast<unsigned>(segments);
        const int first = static_cast<int>(row - b * segments) * steps;
        const int end = min(L, first + steps);
        const Element* from = x + b * L * ld_x + d;
        Element* to = y + b * L * D + d;
        float taps[W];
#pragma unroll
        for (int w = 0; w < W; w++) {
          taps[w] = weight[d * W + w];
        }
        const float shift = bias == nullptr ? 0.0f : bias[d];
        float window[W];
        fill_window<W>(window, from, first, ld_x);
#pragma unroll 4
        for (int l = first; l < end; l++) {
          push<W>(window, load(from + static_cast<long long>(l) * ld_x));
          store(to + static_cast<long long>(l) * D, Function::value(conv1d_value<W>(taps, window, shift)));
        }
      });
}

// v of one step, for any width.
template <typename Element>
__device__ inline float conv1d_value_at(
    const Element* __restrict__ x,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    long long row,
    long long d,
    int L,
    int W,
    int ld_x) {
  const int l = static_cast<unsigned>(row) % static_cast<unsigned>(L);
  float sum = bias == nullptr ? 0.0f : bias[d];
  for (int w = max(0, W - 1 - l); w < W; w++) {
    sum += weight[d * W + w] * load(x + (row - (W - 1) + w) * ld_x + d);
  }
  return sum;
}

template <typename Function, typename Element>
__device__ inline void conv1d_forward_any(
    Element* __restrict__ y,
    const Element* __restrict__ x,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int B,
    int L,
    int D,
    int W,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_x) {
  for_each_element<CONV1D_BLOCK>(
      B * L, D, block_rows, block_columns, column_tiles, [=](long long row, long long d) {
        const float value = Function::value(conv1d_value_at(x, weight, bias, row, d, L, W, ld_x));
        store(y + row * D + d, value);
      });
}

template <int W, typename Function, typename Element>
__device__ inline void conv1d_backward_windowed(
    Element* __restrict__ dx,
    float* __restrict__ sums,
    const Element* __restrict__ x,
    const Element* __restrict__ dy,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int B,
    int L,
    int D,
    int steps,
    int block_segments,
    int lanes,
    int ld_dx,
    int ld_x) {
  const unsigned column_tiles = ceil_div(D, lanes);
  const unsigned block_row = blockIdx.x / column_tiles;
  const int d = (blockIdx.x - block_row * column_tiles) * lanes + threadIdx.x % lanes;
  const int segments = ceil_div(L, steps);
  const long long first_segment = static_cast<long long>(block_row) * block_segments;
  const long long end_segment = min(first_segment + block_segments, static_cast<long long>(B) * segments);
  float total[W + 1] = {};
  if (d < D) {
    float taps[W];
#pragma unroll
    for (int w = 0; w < W; w++) {
      taps[w] = weight[d * W + w];
    }
    const float shift = bias == nullptr ? 0.0f : bias[d];
    for (long long s = first_segment + threadIdx.x / lanes; s < end_segment; s += CONV1D_BLOCK / lanes) {
      const long long b = static_cast<unsigned>(s) / static_cast<unsigned>(segments);
      const int first = static_cast<int>(s - b * segments) * steps;
      const int end = min(L, first + steps);
      const Element* input = x + b * L * ld_x + d;
      const Element* upstream = dy + b * L * D + d;
      Element* to = dx + b * L * ld_dx + d;
      float window[W];
      fill_window<W>(window, input, first, ld_x);
      float gradients[W] = {};  // of v, of the last W steps
      // W-1 steps past the end too: they read this segment's last steps.
#pragma unroll 2
      for (int l = first; l < end + W - 1; l++) {
        float gradient = 0.0f;
        if (l < L) {
          push<W>(window, load(input + static_cast<long long>(l) * ld_x));
          gradient = Function::slope(conv1d_value<W>(taps, window, shift)) * load(upstream + static_cast<long long>(l) * D);
        }
        if (l < end) {
#pragma unroll
          for (int w = 0; w < W; w++) {
            total[w] += gradient * window[w];
          }
          total[W] += gradient;
        }
        push<W>(gradients, gradient);
        if (l - (W - 1) >= first) {
          float sum = 0.0f;
#pragma unroll
          for (int w = 0; w < W; w++) {
            sum += taps[w] * gradients[W - 1 - w];
          }
          store(to + static_cast<long long>(l - (W - 1)) * ld_dx, sum);
        }
      }
    }
  }
  float* out = sums + static_cast<size_t>(block_row) * D * (bias == nullptr ? W : W + 1);
#pragma unroll
  for (int w = 0; w < W; w++) {
    const float sum = strand_sum<CONV1D_BLOCK>(total[w], lanes);
    if (threadIdx.x < lanes && d < D) {
      out[d * W + w] = sum;
    }
  }
  const float sum = strand_sum<CONV1D_BLOCK>(total[W], lanes);
  if (threadIdx.x < lanes && d < D && bias != nullptr) {
    out[D * W + d] = sum;
  }
}

template <typename Function, typename Element>
__device__ inline void conv1d_value_gradient(
    float* __restrict__ dv,
    const Element* __restrict__ x,
    const Element* __restrict__ dy,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int B,
    int L,
    int D,
    int W,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_x) {
  for_each_element<CONV1D_BLOCK>(
      B * L, D, block_rows, block_columns, column_tiles, [=](long long row, long long d) {
        dv[row * D + d] = Function::slope(conv1d_value_at(x, weight, bias, row, d, L, W, ld_x)) * load(dy + row * D + d);
      });
}

template <typename Element>
__device__ inline void conv1d_input_gradient(
    Element* __restrict__ dx,
    const float* __restrict__ dv,
    const float* __restrict__ weight,
    int B,
    int L,
    int D,
    int W,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_dx) {
  for_each_element<CONV1D_BLOCK>(
      B * L, D, block_rows, block_columns, column_tiles, [=](long long row, long long d) {
        const int l = static_cast<unsigned>(row) % static_cast<unsigned>(L);
        float sum = 0.0f;
        for (int w = max(0, W - (L - l)); w < W; w++) {
          sum += weight[d * W + w] * dv[(row + (W - 1) - w) * D + d];
        }
        store(dx + row * ld_dx + d, sum);
      });
}

template <typename Element>
__device__ inline void conv1d_weight_gradient(
    float* __restrict__ sums,
    const Element* __restrict__ x,
    const float* __restrict__ dv,
    int B,
    int L,
    int D,
    int W,
    int with_bias,
    int chunk_rows,
    int lanes,
    int ld_x) {
  const unsigned column_tiles = ceil_div(D, lanes);
  const unsigned chunk = blockIdx.x / column_tiles;
  const int d = (blockIdx.x - chunk * column_tiles) * lanes + threadIdx.x % lanes;
  const long long first = static_cast<long long>(chunk) * chunk_rows;
  const long long end = min(first + chunk_rows, static_cast<long long>(B) * L);
  float* out = sums + static_cast<size_t>(chunk) * D * (W + with_bias);
  for (int w = 0; w < W + with_bias; w++) {
    float sum = 0.0f;
    if (d < D) {
      for (long long row = first + threadIdx.x / lanes; row < end; row += CONV1D_BLOCK / lanes) {
        const int l = static_cast<unsigned>(row) % static_cast<unsigned>(L);
        const int back = W - 1 - w;  // -1 for the bias
        const float gradient = dv[row * D + d];
        if (back < 0) {
          sum += gradient;
        } else if (l >= back) {
          sum += gradient * load(x + (row - back) * ld_x + d);
        }
      }
    }
    sum = strand_sum<CONV1D_BLOCK>(sum, lanes);
    if (threadIdx.x < lanes && d < D) {
      out[w < W ? d * W + w : D * W + d] = sum;
    }
  }
}

// causal_conv1d_forward_w4_ACTIVATION_f32, _bf16   y = f(v), W = 4
// shapes  y (B, L, D)  x (B, L, D), steps ld_x elements apart, both Element  weight (D, 4)  bias (D) or null    f32
// launch  a tile of (B ceil(L / steps), D) for a block of 256 (rows.cuh): a thread does `steps` steps of one channel
// writes  y =
// determinism  one thread an element
// bytes   2 E B L D + 16 D + 4 D [bias]
#define FORWARD_W4(NAME, FUNCTION, DTYPE, ELEMENT)                                                                    \
  extern "C" __global__ void __launch_bounds__(CONV1D_BLOCK) causal_conv1d_forward_w4_##NAME##_##DTYPE(               \
      ELEMENT* __restrict__ y, const ELEMENT* __restrict__ x, const float* __restrict__ weight,                       \
      const float* __restrict__ bias, int B, int L, int D, int steps, int block_rows, int block_columns,              \
      int column_tiles, int ld_x) {                                                                                   \
    conv1d_forward_windowed<4, FUNCTION>(y, x, weight, bias, B, L, D, steps, block_rows, block_columns, column_tiles, \
        ld_x);                                                                                                        \
  }

FORWARD_W4(silu, Silu, f32, float)
FORWARD_W4(silu, Silu, bf16, bfloat16)
FORWARD_W4(identity, Identity, f32, float)
FORWARD_W4(identity, Identity, bf16, bfloat16)

// causal_conv1d_forward_ACTIVATION_f32, _bf16   y = f(v), any W
// shapes  y (B, L, D)  x (B, L, D), steps ld_x elements apart, both Element  weight (D, W)  bias (D) or null    f32
// launch  a tile of (B L, D) for a block of 256 (rows.cuh)
// writes  y =
// determinism  one thread an element
// bytes   2 E B L D + 4 D W + 4 D [bias]
#define FORWARD(NAME, FUNCTION, DTYPE, ELEMENT)                                                                  \
  extern "C" __global__ void __launch_bounds__(CONV1D_BLOCK) causal_conv1d_forward_##NAME##_##DTYPE(             \
      ELEMENT* __restrict__ y, const ELEMENT* __restrict__ x, const float* __restrict__ weight,                  \
      const float* __restrict__ bias, int B, int L, int D, int W, int block_rows, int block_columns,             \
      int column_tiles, int ld_x) {                                                                              \
    conv1d_forward_any<FUNCTION>(y, x, weight, bias, B, L, D, W, block_rows, block_columns, column_tiles, ld_x); \
  }

FORWARD(silu, Silu, f32, float)
FORWARD(silu, Silu, bf16, bfloat16)
FORWARD(identity, Identity, f32, float)
FORWARD(identity, Identity, bf16, bfloat16)

// causal_conv1d_backward_w4_ACTIVATION_f32, _bf16   with dv = f'(v) dy, v recomputed, W = 4:
//   dx[b, l, d] = sum over w of weight[d, w] dv[b, l + (W-1) - w, d]
//   sums[c, d W + w] = sum over the segments of row c of dv[b, l, d] x[b, l - (W-1) + w, d] ;  sums[c, D W + d] = the same sum of dv[b, l, d]
// shapes  dx, x (B, L, D), steps ld_* elements apart  dy (B, L, D), all Element  weight (D, 4)  bias (D) or null
//   sums (ceil(B ceil(L / steps) / block_segments), D W + D), without the last D columns if the bias is null    f32
// launch  grid: rows of sums times ceil(D / lanes), tiles of a row first; block 256: 256 / lanes strands of segments for each channel; a segment
//   is `steps` steps of one sample
// writes  dx =, sums =; reduce.cu adds the rows to the gradients of weight and bias
// determinism  one thread an element of dx; sums in an order that depends on steps, block_segments and lanes alone
// bytes   3 E B L D + 4 (4 + [bias] [silu]) D + 4 (4 + [bias]) D sums; sums: rows of partial sums
#define BACKWARD_W4(NAME, FUNCTION, DTYPE, ELEMENT)                                                                   \
  extern "C" __global__ void __launch_bounds__(CONV1D_BLOCK) causal_conv1d_backward_w4_##NAME##_##DTYPE(              \
      ELEMENT* __restrict__ dx, float* __restrict__ sums, const ELEMENT* __restrict__ x,                              \
      const ELEMENT* __restrict__ dy, const float* __restrict__ weight, const float* __restrict__ bias, int B, int L, \
      int D, int steps, int block_segments, int lanes, int ld_dx, int ld_x) {                                         \
    conv1d_backward_windowed<4, FUNCTION>(dx, sums, x, dy, weight, bias, B, L, D, steps, block_segments, lanes,       \
        ld_dx, ld_x);                                                                                                 \
  }

BACKWARD_W4(silu, Silu, f32, float)
BACKWARD_W4(silu, Silu, bf16, bfloat16)
BACKWARD_W4(identity, Identity, f32, float)
BACKWARD_W4(identity, Identity, bf16, bfloat16)

// causal_conv1d_value_gradient_silu_f32, _bf16, causal_conv1d_value_gradient_identity_bf16   dv = f'(v) dy, v recomputed, any W. Not of f32
// without activation, where dv is dy. dv is float, because what is made of it is: its sums may be far smaller than their terms.
// shapes  dv (B, L, D)  dy (B, L, D)  x (B, L, D), steps ld_x elements apart, both Element  weight (D, W)  bias (D) or null    f32
// launch  a tile of (B L, D) for a block of 256 (rows.cuh)
// writes  dv =
// determinism  one thread an element
// bytes   silu 2 E B L D + 4 B L D + 4 D W + 4 D [bias]; identity E B L D + 4 B L D
#define VALUE_GRADIENT(NAME, FUNCTION, DTYPE, ELEMENT)                                                                   \
  extern "C" __global__ void __launch_bounds__(CONV1D_BLOCK) causal_conv1d_value_gradient_##NAME##_##DTYPE(              \
      float* __restrict__ dv, const ELEMENT* __restrict__ x, const ELEMENT* __restrict__ dy,                             \
      const float* __restrict__ weight, const float* __restrict__ bias, int B, int L, int D, int W, int block_rows,      \
      int block_columns, int column_tiles, int ld_x) {                                                                   \
    conv1d_value_gradient<FUNCTION>(dv, x, dy, weight, bias, B, L, D, W, block_rows, block_columns, column_tiles, ld_x); \
  }

VALUE_GRADIENT(silu, Silu, f32, float)
VALUE_GRADIENT(silu, Silu, bf16, bfloat16)
VALUE_GRADIENT(identity, Identity, bf16, bfloat16)

// causal_conv1d_input_gradient_f32, _bf16   dx[b, l, d] = sum over w of weight[d, w] dv[b, l + (W-1) - w, d], any W
// shapes  dx (B, L, D), steps ld_dx elements apart, Element  dv (B, L, D)  weight (D, W)    f32
// launch  a tile of (B L, D) for a block of 256 (rows.cuh)
// writes  dx =
// determinism  one thread an element
// bytes   E B L D + 4 B L D + 4 D W
#define INPUT_GRADIENT(DTYPE, ELEMENT)                                                                        \
  extern "C" __global__ void __launch_bounds__(CONV1D_BLOCK) causal_conv1d_input_gradient_##DTYPE(            \
      ELEMENT* __restrict__ dx, const float* __restrict__ dv, const float* __restrict__ weight, int B, int L, \
      int D, int W, int block_rows, int block_columns, int column_tiles, int ld_dx) {                         \
    conv1d_input_gradient(dx, dv, weight, B, L, D, W, block_rows, block_columns, column_tiles, ld_dx);        \
  }

INPUT_GRADIENT(f32, float)
INPUT_GRADIENT(bf16, bfloat16)

// causal_conv1d_weight_gradient_f32, _bf16   over the steps of row c of sums, chunk_rows steps of all samples one after another, any W:
//   sums[c, d W + w] = sum of dv[b, l, d] x[b, l - (W-1) + w, d] ;  sums[c, D W + d] = sum of dv[b, l, d] if with_bias is not 0
// shapes  sums (ceil(B L / chunk_rows), D W + D), without the last D columns if with_bias is 0  x (B, L, D), steps ld_x elements apart, Element
//   dv (B, L, D)    f32
// launch  grid: rows of sums times ceil(D / lanes), tiles of a row first; block 256: 256 / lanes strands of steps for each channel
// writes  sums =; reduce.cu adds the rows to the gradients of weight and bias
// determinism  sums in an order that depends on chunk_rows and lanes alone
// bytes   E B L D + 4 B L D + 4 (W + [bias]) D sums; sums: rows of partial sums
#define WEIGHT_GRADIENT(DTYPE, ELEMENT)                                                                           \
  extern "C" __global__ void __launch_bounds__(CONV1D_BLOCK) causal_conv1d_weight_gradient_##DTYPE(               \
      float* __restrict__ sums, const ELEMENT* __restrict__ x, const float* __restrict__ dv, int B, int L, int D, \
      int W, int with_bias, int chunk_rows, int lanes, int ld_x) {                                                \
    conv1d_weight_gradient(sums, x, dv, B, L, D, W, with_bias, chunk_rows, lanes, ld_x);                          \
  }

WEIGHT_GRADIENT(f32, float)
WEIGHT_GRADIENT(bf16, bfloat16)
