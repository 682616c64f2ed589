// Root mean square normalisation over the last axis: io.mambapkd.ops.NormOps. Zhang and Sennrich (2019), eq. 4. Rows of up to 128 columns have
// kernels of their own in rms_norm_short.cu, unless their width or addresses forbid accesses of four columns. Statistics are recomputed in
// the backward pass: a row is read from memory once in either direction, and again from the first-level cache. x and its gradient are float, as
// residuals are added up in them; y and its gradient are of type Element, E bytes each, as what comes behind a norm is made of products.
#include "bfloat16.cuh"
#include "rows.cuh"

constexpr int RMS_BLOCK = 256;

// One row for THREADS threads.
template <int THREADS, typename Element>
__device__ inline void rms_norm_forward(
    Element* __restrict__ y,
    const float* __restrict__ x,
    const float* __restrict__ weight,
    int rows,
    int columns,
    float epsilon) {
  const long long row = static_cast<long long>(blockIdx.x) * (RMS_BLOCK / THREADS) + threadIdx.x / THREADS;
  if (row >= rows) return;
  const float* from = x + row * columns;
  Element* to = y + row * columns;
  float squares = 0.0f;
  for (int j = threadIdx.x % THREADS; j < columns; j += THREADS) {
    squares += from[j] * from[j];
  }
  const float inverse = 1.0f / sqrtf(row_sum<THREADS>(squares) / static_cast<float>(columns) + epsilon);
  for (int j = threadIdx.x % THREADS; j < columns; j += THREADS) {
    store(to + j, weight[j] * (from[j] * inverse));
  }
}

// One row for THREADS threads, block_rows rows for the block. Thread t owns columns t % THREADS, + THREADS, ... of every row, of dx and of
// `sums`, which gathers the gradient of the weight over the rows of these threads.
template <int THREADS, typename Element>
__device__ inline void rms_norm_backward_rows(
    float* dx,
    float* __restrict__ sums,
    const float* __restrict__ x,
    const Element* __restrict__ dy,
    const float* residual,
    const float* __restrict__ weight,
    int rows,
    int columns,
    int block_rows,
    float epsilon) {
  const int lane = threadIdx.x % THREADS;
  const long long first = static_cast<long long>(blockIdx.x) * block_rows;
  const long long end = min(first + block_rows, static_cast<long long>(rows));
  const float share = 1.0f / static_cast<float>(columns);
  for (int j = lane; j < columns; j += THREADS) {
    sums[j] = 0.0f;
  }
  for (long long row = first + threadIdx.x / THREADS; row < end; row += RMS_BLOCK / THREADS) {
    const float* input = x + row * columns;
    const Element* upstream = dy + row * columns;
    const long long at = row * columns;
    float squares = 0.0f;
    float dot = 0.0f;
    for (int j = lane; j < columns; j += THREADS) {
      squares += input[j] * input[j];
      dot += weight[j] * load(upstream + j) * input[j];
    }
    const float inverse = 1.0f / sqrtf(row_sum<THREADS>(squares) * share + epsilon);
    const float pull = inverse * inverse * (row_sum<THREADS>(dot) * share);
    for (int j = lane; j < columns; j += THREADS) {
      const float added = residual != nullptr ? residual[at + j] : 0.0f;
      dx[at + j] = inverse * (weight[j] * load(upstream + j) - input[j] * pull) + added;
      sums[j] += load(upstream + j) * (input[j] * inverse);
    }
  }
}

template <typename Element>
__device__ inline void rms_norm_backward_warp(
    float* dx,
    float* __restrict__ dweight,
    const float* __restrict__ x,
    const Element* __restrict__ dy,
    const float* residual,
    const float* __restrict__ weight,
    int rows,
    int columns,
    int block_rows,
    float epsilon) {
  DYN_SHARED(float, sums);
  float* own = sums + threadIdx.x / 32 * columns;
  rms_norm_backward_rows<32>(dx, own, x, dy, residual, weight, rows, columns, block_rows, epsilon);
  __syncthreads();
  for (int j = threadIdx.x; j < columns; j += RMS_BLOCK) {
    float sum = 0.0f;
    for (int warp = 0; warp < RMS_BLOCK / 32; warp++) {
      sum += sums[warp * columns + j];
    }
    dweight[static_cast<size_t>(blockIdx.x) * columns + j] = sum;
  }
}

template <typename Element>
__device__ inline void rms_norm_backward_block(
    float* dx,
    float* __restrict__ dweight,
    const float* __restrict__ x,
    const Element* __restrict__ dy,
    const float* residual,
    const float* __restrict__ weight,
    int rows,
    int columns,
    int block_rows,
    float epsilon) {
  float* own = dweight + static_cast<size_t>(blockIdx.x) * columns;
  rms_norm_backward_rows<RMS_BLOCK>(dx, own, x, dy, residual, weight, rows, columns, block_rows, epsilon);
}

// rms_norm_forward_METHOD_f32, _bf16   y[r, j] = weight[j] x[r, j] / sqrt(mean over i of x[r, i]^2 + epsilon)
// shapes  x (rows, columns)  y (rows, columns) Element  weight (columns)    f32
// launch  block 256. warp: a row for a warp, grid ceil(rows / 8); block: a row for a block, grid rows
// writes  y =
// determinism  sums in one tree that depends on `columns` alone
// bytes   4 rows columns + E rows columns + 4 columns
#define RMS_FORWARD(METHOD, THREADS, DTYPE, ELEMENT)                                                                 \
  extern "C" __global__ void __launch_bounds__(RMS_BLOCK) rms_norm_forward_##METHOD##_##DTYPE(                       \
      ELEMENT* __restrict__ y, const float* __restrict__ x, const float* __restrict__ weight, int rows, int columns, \
      float epsilon) {                                                                                               \
    rms_norm_forward<THREADS>(y, x, weight, rows, columns, epsilon);                                                 \
  }

RMS_FORWARD(warp, 32, f32, float)
RMS_FORWARD(warp, 32, bf16, bfloat16)
RMS_FORWARD(block, RMS_BLOCK, f32, float)
RMS_FORWARD(block, RMS_BLOCK, bf16, bfloat16)

// rms_norm_backward_METHOD_f32, _bf16   with g = weight dy and s = 1 / sqrt(mean x^2 + epsilon) of the row:
//   dx[r, j] = residual[r, j] + s (g[j] - x[j] s^2 mean over i of g[i] x[i]) ;  dweight[c, j] = sum over the rows r of block c of dy[r, j] x[r, j] s_r
// shapes  dx, x, residual (rows, columns)  dy (rows, columns) Element  dweight (ceil(rows / block_rows), columns)  weight (columns)    f32; residual may
//         be absent, and may be dx: a thread loads an element before it stores it
// launch  grid ceil(rows / block_rows), block 256. warp: a row for a warp, 32 `columns` bytes of dynamic shared memory; block: a row for the block
// writes  dx =, dweight =; reduce_columns_add_f32 adds the blocks to the gradient of the weight
// determinism  sums along a row in one tree, across rows in an order that depends on block_rows alone
// bytes   8 rows columns + E rows columns + 4 rows columns [residual] + 4 columns + 4 ceil(rows / block_rows) columns (1 + [block]): the block kernel gathers its sums in memory
#define RMS_BACKWARD(METHOD, DTYPE, ELEMENT)                                                                           \
  extern "C" __global__ void __launch_bounds__(RMS_BLOCK) rms_norm_backward_##METHOD##_##DTYPE(                        \
      float* dx, float* __restrict__ dweight, const float* __restrict__ x, const ELEMENT* __restrict__ dy,             \
      const float* residual, const float* __restrict__ weight, int rows, int columns, int block_rows, float epsilon) { \
    rms_norm_backward_##METHOD(dx, dweight, x, dy, residual, weight, rows, columns, block_rows, epsilon);              \
  }

RMS_BACKWARD(warp, f32, float)
RMS_BACKWARD(warp, bf16, bfloat16)
RMS_BACKWARD(block, f32, float)
RMS_BACKWARD(block, bf16, bfloat16)
