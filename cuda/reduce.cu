// The second half of every sum across blocks: partial rows, one for each block, are added to the gradient of a weight.
#include "reduce.cuh"

// reduce_columns_add_f32   target[j] += f_j sum over c of partials[c, j], f_j = -exp(a_log[j]), or 1 without a_log
// shapes  target, a_log (n)  partials (count, n): columns of wider rows, ld floats apart    f32
// launch  grid ceil(n / lanes), block 512: 512 / lanes strands of rows for each of lanes = 2^lane_bits columns, 8 or 32 as the launcher finds in n
// writes  target +=
// determinism  rows are added in 512 / lanes interleaved strands, each in index order, the strands of a warp in a tree, the warps in order: the order depends on
//              `count` and `n` alone
// bytes   4 (count n + 2 n + n [a_log])
extern "C" __global__ void __launch_bounds__(REDUCE_BLOCK)
    reduce_columns_add_f32(float* __restrict__ target, const float* __restrict__ partials, const float* __restrict__ a_log, int count, int n,
                           int ld, int lane_bits) {
  const int lanes = 1 << lane_bits;
  const int column = blockIdx.x * lanes + (threadIdx.x & (lanes - 1));
  const bool inside = threadIdx.x < lanes && column < n;
  // On its way while the rows are added.
  const float before = inside ? target[column] : 0.0f;
  const float sum = partial_rows_sum(partials, count, n, ld, column, lane_bits, 0);
  if (inside) {
    target[column] = before + (a_log == nullptr ? sum : -expf(a_log[column]) * sum);
  }
}
