// Root mean square normalisation over the last axis: io.mambapkd.ops.NormOps. Zhang and Sennrich (2019), eq. 4. Statistics are recomputed in
// the backward pass: a row is read from memory once in either direction, and again from the first-level cache.
#include "rows.cuh"

constexpr int RMS_BLOCK = 256;

// One row for THREADS threads.
template <int THREADS>
__device__ inline void rms_norm_forward(
    float* __restrict__ y,
    const float* __restrict__ x,
    const float* __restrict__ weight,
    int rows,
    int columns,
    float epsilon) {
  const long long row = static_cast<long long>(blockIdx.x) * (RMS_BLOCK / THREADS) + threadIdx.x / THREADS;
  if (row >= rows) return;
  const float* from = x + row * columns;
  float* to = y + row * columns;
  float squares = 0.0f;
  for (int j = threadIdx.x % THREADS; j < columns; j += THREADS) {
    squares += from[j] * from[j];
  }
  const float inverse = 1.0f / sqrtf(row_sum<THREADS>(squares) / static_cast<float>(columns) + epsilon);
  for (int j = threadIdx.x % THREADS; j < columns; j += THREADS) {
    to[j] = weight[j] * (from[j] * inverse);
  }
}

// One row for THREADS threads, block_rows rows for the block. Thread t owns columns t % THREADS, + THREADS, ... of every row, of dx and of
// `sums`, which gathers the gradient of the weight over the rows of these threads.
template <int THREADS>
__device__ inline void rms_norm_backward_rows(
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
  }
  for (long long row = first + threadIdx.x / THREADS; row < end; row += RMS_BLOCK / THREADS) {
    const float* input = x + row * columns;
    const float* upstream = dy + row * columns;
    float* to = dx + row * columns;
    float squares = 0.0f;
    float dot = 0.0f;
    for (int j = lane; j < columns; j += THREADS) {
      squares += input[j] * input[j];
      dot += weight[j] * upstream[j] * input[j];
    }
    const float inverse = 1.0f / sqrtf(row_sum<THREADS>(squares) * share + epsilon);
    const float pull = inverse * inverse * (row_sum<THREADS>(dot) * share);
    for (int j = lane; j < columns; j += THREADS) {
      to[j] = inverse * (weight[j] * upstream[j] - input[j] * pull);
      sums[j] += upstream[j] * (input[j] * inverse);
    }
  }
}

// rms_norm_forward_METHOD_f32   y[r, j] = weight[j] x[r, j] / sqrt(mean over i of x[r, i]^2 + epsilon)
// shapes  x, y (rows, columns)  weight (columns)    f32
// launch  block 256. warp: a row for a warp, grid ceil(rows / 8); block: a row for a block, grid rows
// writes  y =
// determinism  sums in one tree that depends on `columns` alone
// bytes   8 rows columns + 4 columns
extern "C" __global__ void __launch_bounds__(RMS_BLOCK)
    rms_norm_forward_warp_f32(
        float* __restrict__ y,
        const float* __restrict__ x,
        const float* __restrict__ weight,
        int rows,
        int columns,
        float epsilon) {
  rms_norm_forward<32>(y, x, weight, rows, columns, epsilon);
}

extern "C" __global__ void __launch_bounds__(RMS_BLOCK)
    rms_norm_forward_block_f32(
        float* __restrict__ y,
        const float* __restrict__ x,
        const float* __restrict__ weight,
        int rows,
        int columns,
        float epsilon) {
  rms_norm_forward<RMS_BLOCK>(y, x, weight, rows, columns, epsilon);
}

// rms_norm_backward_METHOD_f32   with g = weight dy and s = 1 / sqrt(mean x^2 + epsilon) of the row:
//   dx[r, j] = s (g[j] - x[j] s^2 mean over i of g[i] x[i]) ;  dweight[c, j] = sum over the rows r of block c of dy[r, j] x[r, j] s_r
// shapes  dx, x, dy (rows, columns)  dweight (ceil(rows / block_rows), columns)  weight (columns)    f32
// launch  grid ceil(rows / block_rows), block 256. warp: a row for a warp, 32 `columns` bytes of dynamic shared memory; block: a row for the block
// writes  dx =, dweight =; reduce_rows_add_f32 adds the blocks to the gradient of the weight
// determinism  sums along a row in one tree, across rows in an order that depends on block_rows alone
// bytes   12 rows columns + 4 columns + 4 ceil(rows / block_rows) columns (1 + [block]): the block kernel gathers its sums in memory
extern "C" __global__ void __launch_bounds__(RMS_BLOCK)
    rms_norm_backward_warp_f32(
        float* __restrict__ dx,
        float* __restrict__ dweight,
        const float* __restrict__ x,
        const float* __restrict__ dy,
        const float* __restrict__ weight,
        int rows,
        int columns,
        int block_rows,
        float epsilon) {
  DYN_SHARED(float, sums);
  float* own = sums + threadIdx.x / 32 * columns;
  rms_norm_backward_rows<32>(dx, own, x, dy, weight, rows, columns, block_rows, epsilon);
  __syncthreads();
  for (int j = threadIdx.x; j < columns; j += RMS_BLOCK) {
    float sum = 0.0f;
    for (int warp = 0; warp < RMS_BLOCK / 32; warp++) {
      sum += sums[warp * columns + j];
    }
    dweight[static_cast<size_t>(blockIdx.x) * columns + j] = sum;
  }
}

extern "C" __global__ void __launch_bounds__(RMS_BLOCK)
    rms_norm_backward_block_f32(
        float* __restrict__ dx,
        float* __restrict__ dweight,
        const float* __restrict__ x,
        const float* __restrict__ dy,
        const float* __restrict__ weight,
        int rows,
        int columns,
        int block_rows,
        float epsilon) {
  float* own = dweight + static_cast<size_t>(blockIdx.x) * columns;
  rms_norm_backward_rows<RMS_BLOCK>(dx, own, x, dy, weight, rows, columns, block_rows, epsilon);
}
