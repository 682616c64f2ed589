// Layer normalisation over the last axis: io.mambapkd.ops.NormOps. Ba et al. (2016), eq. 4, with the biased variance. Statistics are recomputed
// in the backward pass, as in rms_norm.cu.
#include "rows.cuh"

constexpr int LAYER_NORM_BLOCK = 256;

// What makes a row's mean 0 and its variance 1.
struct RowStatistics {
  float mean;
  float inverse;
};

// A rough mean first, then mean and variance of the deviations from it: a row far from 0 loses no digits.
template <int THREADS>
__device__ inline float rough_mean(const float* __restrict__ x, int columns) {
  float sum = 0.0f;
  for (int j = threadIdx.x % THREADS; j < columns; j += THREADS) {
    sum += x[j];
  }
  return row_sum<THREADS>(sum) / static_cast<float>(columns);
}

template <int THREADS>
__device__ inline RowStatistics statistics(float rough, float deviations, float squares, int columns, float epsilon) {
  const float shift = row_sum<THREADS>(deviations) / static_cast<float>(columns);
  const float variance = row_sum<THREADS>(squares) / static_cast<float>(columns) - shift * shift;
  return {rough + shift, 1.0f / sqrtf(fmaxf(variance, 0.0f) + epsilon)};
}

// One row for THREADS threads.
template <int THREADS>
__device__ inline void layer_norm_forward(
    float* __restrict__ y,
    const float* __restrict__ x,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int rows,
    int columns,
    float epsilon) {
  const long long row = static_cast<long long>(blockIdx.x) * (LAYER_NORM_BLOCK / THREADS) + threadIdx.x / THREADS;
  if (row >= rows) return;
  const float* from = x + row * columns;
  float* to = y + row * columns;
  const float rough = rough_mean<THREADS>(from, columns);
  float deviations = 0.0f;
  float squares = 0.0f;
  for (int j = threadIdx.x % THREADS; j < columns; j += THREADS) {
    const float deviation = from[j] - rough;
    deviations += deviation;
    squares += deviation * deviation;
  }
  const RowStatistics row_is = statistics<THREADS>(rough, deviations, squares, columns, epsilon);
  for (int j = threadIdx.x % THREADS; j < columns; j += THREADS) {
    to[j] = weight[j] * ((from[j] - row_is.mean) * row_is.inverse) + bias[j];
  }
}

// One row for THREADS threads, block_rows rows for the block. Thread t owns columns t % THREADS, + THREADS, ... of every row, of dx and of
// `sums`, which gathers the gradients of weight and bias, one after the other, over the rows of these threads.
template <int THREADS>
__device__ inline void layer_norm_backward_rows(
    float* __restrict__ dx,
    float* __restrict__ sums,
    const float* __restrict__ x,
    const float* __restrict__ dy,
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
    sums[columns + j] = 0.0f;
  }
  for (long long row = first + threadIdx.x / THREADS; row < end; row += LAYER_NORM_BLOCK / THREADS) {
    const float* input = x + row * columns;
    const float* upstream = dy + row * columns;
    float* to = dx + row * columns;
    const float rough = rough_mean<THREADS>(input, columns);
    float deviations = 0.0f;
    float squares = 0.0f;
    float scaled_sum = 0.0f;
    float dot = 0.0f;
    for (int j = lane; j < columns; j += THREADS) {
      const float deviation = input[j] - rough;
      const float scaled = weight[j] * upstream[j];
      deviations += deviation;
      squares += deviation * deviation;
      scaled_sum += scaled;
      dot += scaled * deviation;
    }
    const RowStatistics row_is = statistics<THREADS>(rough, deviations, squares, columns, epsilon);
    const float scaled_mean = row_sum<THREADS>(scaled_sum) * share;
    // About the mean: the rough one is row_is.mean - (row_is.mean - rough).
    const float covariance = row_sum<THREADS>(dot) * share - (row_is.mean - rough) * scaled_mean;
    const float pull = row_is.inverse * row_is.inverse * covariance;
    for (int j = lane; j < columns; j += THREADS) {
      const float deviation = input[j] - row_is.mean;
      // The product is rounded as in its mean, so that a row of one element has the gradient 0.
      to[j] = row_is.inverse * ((__fmul_rn(weight[j], upstream[j]) - scaled_mean) - deviation * pull);
      sums[j] += upstream[j] * (deviation * row_is.inverse);
      sums[columns + j] += upstream[j];
    }
  }
}

// layer_norm_forward_METHOD_f32   y[r, j] = weight[j] (x[r, j] - mean) / sqrt(variance + epsilon) + bias[j]
// shapes  x, y (rows, columns)  weight, bias (columns)    f32
// launch  block 256. warp: a row for a warp, grid ceil(rows / 8); block: a row for a block, grid rows
// writes  y =
// determinism  sums in one tree that depends on `columns` alone
// bytes   8 rows columns + 8 columns
extern "C" __global__ void __launch_bounds__(LAYER_NORM_BLOCK)
    layer_norm_forward_warp_f32(
        float* __restrict__ y,
        const float* __restrict__ x,
        const float* __restrict__ weight,
        const float* __restrict__ bias,
        int rows,
        int columns,
        float epsilon) {
  layer_norm_forward<32>(y, x, weight, bias, rows, columns, epsilon);
}

extern "C" __global__ void __launch_bounds__(LAYER_NORM_BLOCK)
    layer_norm_forward_block_f32(
        float* __restrict__ y,
        const float* __restrict__ x,
        const float* __restrict__ weight,
        const float* __restrict__ bias,
        int rows,
        int columns,
        float epsilon) {
  layer_norm_forward<LAYER_NORM_BLOCK>(y, x, weight, bias, rows, columns, epsilon);
}

// layer_norm_backward_METHOD_f32   with g = weight dy, n = x - mean and s = 1 / sqrt(variance + epsilon) of the row:
//   dx[r, j] = s (g[j] - mean g - n[j] s^2 mean over i of g[i] n[i])
//   sums[c, j] = sum over the rows r of block c of dy[r, j] n[r, j] s_r ;  sums[c, columns + j] = the same sum of dy[r, j]
// shapes  dx, x, dy (rows, columns)  sums (ceil(rows / block_rows), 2 columns)  weight (columns)    f32
// launch  grid ceil(rows / block_rows), block 256. warp: a row for a warp, 64 `columns` bytes of dynamic shared memory; block: a row for the block
// writes  dx =, sums =; reduce_columns_add_f32 adds the blocks to the gradients of weight and bias
// determinism  sums along a row in one tree, across rows in an order that depends on block_rows alone
// bytes   12 rows columns + 4 columns + 8 ceil(rows / block_rows) columns (1 + [block]): the block kernel gathers its sums in memory
extern "C" __global__ void __launch_bounds__(LAYER_NORM_BLOCK)
    layer_norm_backward_warp_f32(
        float* __restrict__ dx,
        float* __restrict__ sums,
        const float* __restrict__ x,
        const float* __restrict__ dy,
        const float* __restrict__ weight,
        int rows,
        int columns,
        int block_rows,
        float epsilon) {
  DYN_SHARED(float, warps);
  const int width = 2 * columns;
  layer_norm_backward_rows<32>(
      dx, warps + threadIdx.x / 32 * width, x, dy, weight, rows, columns, block_rows, epsilon);
  __syncthreads();
  for (int j = threadIdx.x; j < width; j += LAYER_NORM_BLOCK) {
    float sum = 0.0f;
    for (int warp = 0; warp < LAYER_NORM_BLOCK / 32; warp++) {
      sum += warps[warp * width + j];
    }
    sums[static_cast<size_t>(blockIdx.x) * width + j] = sum;
  }
}

extern "C" __global__ void __launch_bounds__(LAYER_NORM_BLOCK)
    layer_norm_backward_block_f32(
        float* __restrict__ dx,
        float* __restrict__ sums,
        const float* __restrict__ x,
        const float* __restrict__ dy,
        const float* __restrict__ weight,
        int rows,
        int columns,
        int block_rows,
        float epsilon) {
  float* own = sums + static_cast<size_t>(blockIdx.x) * 2 * columns;
  layer_norm_backward_rows<LAYER_NORM_BLOCK>(dx, own, x, dy, weight, rows, columns, block_rows, epsilon);
}
