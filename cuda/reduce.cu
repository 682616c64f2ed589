// The second half of every sum across blocks: partial rows, one for each block, are added to the gradient of a weight.
#include "rows.cuh"

constexpr int REDUCE_BLOCK = 256;
constexpr int REDUCE_LANES = 32;

// Sum over the rows of column `column`, valid in the first REDUCE_LANES threads.
__device__ inline float reduce_column(const float* __restrict__ partials, int count, int n, int column) {
  float sum = 0.0f;
  if (column < n) {
#pragma unroll 4
    for (int row = threadIdx.x / REDUCE_LANES; row < count; row += REDUCE_BLOCK / REDUCE_LANES) {
      sum += partials[static_cast<size_t>(row) * n + column];
    }
  }
  return strand_sum<REDUCE_BLOCK>(sum, REDUCE_LANES);
}

// reduce_rows_add_f32   target[j] += sum over c of partials[c, j]
// shapes  target (n)  partials (count, n)    f32
// launch  grid ceil(n / 32), block 256: 8 strands of rows for each column
// writes  target +=
// determinism  rows are added in 8 interleaved strands, each in index order, the strands in one tree: the order depends on `count` alone
// bytes   4 (count n + 2 n)
extern "C" __global__ void __launch_bounds__(REDUCE_BLOCK)
    reduce_rows_add_f32(float* __restrict__ target, const float* __restrict__ partials, int count, int n) {
  const int column = blockIdx.x * REDUCE_LANES + threadIdx.x % REDUCE_LANES;
  const float sum = reduce_column(partials, count, n, column);
  if (threadIdx.x < REDUCE_LANES && column < n) {
    target[column] += sum;
  }
}

// reduce_rows_add_pair_f32   first[j] += sum over c of partials[c, j] ;  second[j] += sum over c of partials[c, n_first + j]
// shapes  first (n_first)  second (n_second)  partials (count, n_first + n_second)    f32
// launch  grid ceil((n_first + n_second) / 32), block 256, as reduce_rows_add_f32
// writes  first +=, second +=
// determinism  as reduce_rows_add_f32
// bytes   4 (count + 2) (n_first + n_second)
extern "C" __global__ void __launch_bounds__(REDUCE_BLOCK)
    reduce_rows_add_pair_f32(
        float* __restrict__ first,
        float* __restrict__ second,
        const float* __restrict__ partials,
        int count,
        int n_first,
        int n_second) {
  const int column = blockIdx.x * REDUCE_LANES + threadIdx.x % REDUCE_LANES;
  const float sum = reduce_column(partials, count, n_first + n_second, column);
  if (threadIdx.x < REDUCE_LANES && column < n_first + n_second) {
    if (column < n_first) {
      first[column] += sum;
    } else {
      second[column - n_first] += sum;
    }
  }
}
