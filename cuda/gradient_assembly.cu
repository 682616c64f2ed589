// The end of a backward pass, io.mambapkd.ops.GradientAssembly: all partial rows that its operations left become the gradients of the weights, in one launch.
#include "reduce.cuh"

namespace {

// Blocks on a multiprocessor that the registers allow.
constexpr int RESIDENT = 3;

// Neighbouring gradients that are made from the same sums. The layout is that of io.mambapkd.ops.cuda.assembly.AssemblyTable.
struct Range {
  int first;       // the first of them
  int n;           // how many
  int first_tile;  // a tile has 2^lane_bits of them
  int lane_bits;
  int first_sum;
  int sums;  // none: the gradients are there already
  int adds;  // 1 where something else was added to them before, else 0
};

// Places are distances from the gradients in floats, so that the compiler knows the memory to be global.
struct Sum {
  long long partials;
  long long a_log;  // 0 for none
  int count;
  int ld;
};

}  // namespace

// gradient_assembly_f32   gradients[first + j] = (gradients[first + j] if adds) + sum over the sums of a range of f_j sum over c of partials[c, j], with
//   f_j = -exp(a_log[j]), or 1 without a_log ;  squares[block] = sum of the squares of the block's gradients
// shapes  gradients (any)  ranges, which do not overlap, with `sums` sums each  tile_ranges (tiles): the range of each tile  partials (count, n), rows ld floats apart  a_log (n)
//         squares (blocks) f64
// launch  any number of blocks of 512: block b has the tiles b, b + blocks and so on. A range of no sums has 2048 gradients a tile; of others a tile has 512 / lanes strands of
//         rows for each of lanes = 2^lane_bits columns
// writes  gradients = where there are sums, squares =
// determinism  rows are added in 512 / lanes interleaved strands, each in index order, the strands of a warp in a tree, the warps in order, then sum after sum; the squares
//              in an order that depends on the tiles and the number of blocks alone
// bytes   4 (terms + summed + present + decays) + 28 ranges + 24 sums + 4 tiles + 8 blocks
//         of all sums together: floats of partial rows, gradients that are sums, gradients that were there before, elements of a_log
extern "C" __global__ void __launch_bounds__(REDUCE_BLOCK, RESIDENT)
    gradient_assembly_f32(float* gradients, double* __restrict__ squares, const Range* __restrict__ ranges, const Sum* __restrict__ sums,
                          const int* __restrict__ tile_ranges, int tiles) {
  double square = 0.0;
  int turn = 0;
#pragma unroll 1
  for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const Range range = ranges[tile_ranges[tile]];
    float* target = gradients + range.first;
    const int lanes = 1 << range.lane_bits;
    const int first = (tile - range.first_tile) << range.lane_bits;
    if (range.sums == 0) {
      const int end = min(first + lanes, range.n);
#pragma unroll 4
      for (int i = first + threadIdx.x; i < end; i += REDUCE_BLOCK) {
        const double value = target[i];
        square += value * value;
      }
    } else {
      const int column = first + (threadIdx.x & (lanes - 1));
      const bool inside = threadIdx.x < lanes && column < range.n;
      float total = inside && range.adds != 0 ? target[column] : 0.0f;
#pragma unroll 1
      for (int s = range.first_sum; s < range.first_sum + range.sums; s++) {
        const Sum sum = sums[s];
        const float* a_log = gradients + sum.a_log;
        const float factor = inside && sum.a_log != 0 ? -expf(a_log[column]) : 1.0f;
        total += factor * partial_rows_sum(gradients + sum.partials, sum.count, range.n, sum.ld, column, range.lane_bits, turn);
        turn = 1 - turn;
      }
      if (inside) {
        target[column] = total;
        square += static_cast<double>(total) * total;
      }
    }
  }
  square = block_sum_double<REDUCE_BLOCK>(square);
  if (threadIdx.x == 0) {
    squares[blockIdx.x] = square;
  }
}
