// Elementwise functions, and softmax over rows: io.mambapkd.ops.ActivationOps. Tiles are those of rows.cuh.
#include "bfloat16.cuh"
#include "functions.cuh"
#include "rows.cuh"

constexpr int ACTIVATION_BLOCK = 256;

template <typename Function, typename Element>
__device__ inline void activation_forward(
    Element* y,
    const Element* x,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_y,
    int ld_x) {
  for_each_element<ACTIVATION_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const float value = Function::value(load(x + row * ld_x + column));
        store(y + row * ld_y + column, value);
      });
}

template <typename Function, typename Element>
__device__ inline void activation_backward(
    Element* dx,
    const Element* x,
    const Element* dy,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_dx,
    int ld_x,
    int ld_dy) {
  for_each_element<ACTIVATION_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const float gradient = Function::slope(load(x + row * ld_x + column)) * load(dy + row * ld_dy + column);
        store(dx + row * ld_dx + column, gradient);
      });
}

// activation_forward_NAME_f32, _bf16    y = f(x)
// activation_backward_NAME_f32, _bf16   dx = f'(x) dy
// shapes  x, y, dy, dx (rows, columns) of E bytes each, rows ld_* elements apart
// launch  one block of 256 a tile
// writes  y =, dx =; y may be x, dx may be dy
// determinism  one thread an element
// bytes   forward 2 E rows columns; backward 3 E rows columns, of identity 2 E rows columns
#define ACTIVATION_ENTRY(NAME, FUNCTION, DTYPE, ELEMENT)                                                              \
  extern "C" __global__ void __launch_bounds__(ACTIVATION_BLOCK) activation_forward_##NAME##_##DTYPE(                 \
      ELEMENT* y, const ELEMENT* x, int rows, long long columns, int block_rows, int block_columns, int column_tiles, \
      int ld_y, int ld_x) {                                                                                           \
    activation_forward<FUNCTION>(y, x, rows, columns, block_rows, block_columns, column_tiles, ld_y, ld_x);           \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(ACTIVATION_BLOCK) activation_backward_##NAME##_##DTYPE(                \
      ELEMENT* dx, const ELEMENT* x, const ELEMENT* dy, int rows, long long columns, int block_rows,                  \
      int block_columns, int column_tiles, int ld_dx, int ld_x, int ld_dy) {                                          \
    activation_backward<FUNCTION>(dx, x, dy, rows, columns, block_rows, block_columns, column_tiles, ld_dx, ld_x,     \
        ld_dy);                                                                                                       \
  }
#define ACTIVATION_ENTRIES(NAME, FUNCTION)     \
  ACTIVATION_ENTRY(NAME, FUNCTION, f32, float) \
  ACTIVATION_ENTRY(NAME, FUNCTION, bf16, bfloat16)

ACTIVATION_ENTRIES(identity, Identity)
ACTIVATION_ENTRIES(relu, Relu)
ACTIVATION_ENTRIES(silu, Silu)
ACTIVATION_ENTRIES(softplus, Softplus)
ACTIVATION_ENTRIES(gelu, Gelu)
ACTIVATION_ENTRIES(gelu_tanh, GeluTanh)

// Largest value of a row over the THREADS that share it, in each of them.
template <int THREADS>
__device__ inline float row_max(float value) {
  value = warp_max(value);
  if constexpr (THREADS > 32) {
    __shared__ float warps[THREADS / 32];
    if (threadIdx.x % 32 == 0) {
      warps[threadIdx.x / 32] = value;
    }
    __syncthreads();
    for (int w = 0; w < THREADS / 32; w++) {
      value = fmaxf(value, warps[w]);
    }
  }
  return value;
}

// One row for THREADS threads. Each thread reads and writes its own columns only, so that y may be x.
template <int THREADS>
__device__ inline void softmax_row(float* y, const float* x, int rows, int columns) {
  const long long row = static_cast<long long>(blockIdx.x) * (ACTIVATION_BLOCK / THREADS) + threadIdx.x / THREADS;
  if (row >= rows) return;
  const int lane = threadIdx.x % THREADS;
  const float* from = x + row * columns;
  float* to = y + row * columns;
  float largest = -INFINITY;
  for (int j = lane; j < columns; j += THREADS) {
    largest = fmaxf(largest, from[j]);
  }
  largest = row_max<THREADS>(largest);
  float sum = 0.0f;
  for (int j = lane; j < columns; j += THREADS) {
    sum += exp_approx(from[j] - largest);
  }
  const float share = 1.0f / row_sum<THREADS>(sum);
  for (int j = lane; j < columns; j += THREADS) {
    to[j] = exp_approx(from[j] - largest) * share;
  }
}

template <int THREADS>
__device__ inline void softmax_gradient_row(float* dx, const float* y, const float* dy, int rows, int columns) {
  const long long row = static_cast<long long>(blockIdx.x) * (ACTIVATION_BLOCK / THREADS) + threadIdx.x / THREADS;
  if (row >= rows) return;
  const int lane = threadIdx.x % THREADS;
  const float* p = y + row * columns;
  const float* upstream = dy + row * columns;
  float* to = dx + row * columns;
  float dot = 0.0f;
  for (int j = lane; j < columns; j += THREADS) {
    dot += p[j] * upstream[j];
  }
  dot = row_sum<THREADS>(dot);
  for (int j = lane; j < columns; j += THREADS) {
    to[j] = p[j] * (upstream[j] - dot);
  }
}

// activation_softmax_METHOD_f32            y[r, j] = exp(x[r, j] - max_r) / sum over i of exp(x[r, i] - max_r)
// activation_softmax_gradient_METHOD_f32   dx[r, j] = y[r, j] (dy[r, j] - sum over i of y[r, i] dy[r, i])
// shapes  x, y, dy, dx (rows, columns)    f32
// launch  block 256. warp: a row for a warp, grid ceil(rows / 8); block: a row for a block, grid rows
// writes  y =, dx =; y may be x, dx may be dy
// determinism  sums in one tree that depends on `columns` alone
// bytes   softmax 8 rows columns, gradient 12 rows columns
extern "C" __global__ void __launch_bounds__(ACTIVATION_BLOCK)
    activation_softmax_warp_f32(float* y, const float* x, int rows, int columns) {
  softmax_row<32>(y, x, rows, columns);
}

extern "C" __global__ void __launch_bounds__(ACTIVATION_BLOCK)
    activation_softmax_block_f32(float* y, const float* x, int rows, int columns) {
  softmax_row<ACTIVATION_BLOCK>(y, x, rows, columns);
}

extern "C" __global__ void __launch_bounds__(ACTIVATION_BLOCK)
    activation_softmax_gradient_warp_f32(float* dx, const float* y, const float* dy, int rows, int columns) {
  softmax_gradient_row<32>(dx, y, dy, rows, columns);
}

extern "C" __global__ void __launch_bounds__(ACTIVATION_BLOCK)
    activation_softmax_gradient_block_f32(float* dx, const float* y, const float* dy, int rows, int columns) {
  softmax_gradient_row<ACTIVATION_BLOCK>(dx, y, dy, rows, columns);
}
