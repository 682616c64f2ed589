// A product of rows with a weight, and the sum with a residual behind it, in one pass over the rows: io.mambapkd.ops.BlockOps.Projection; the gradient is in
// projection_gradient.cu.
//
// Older devices give a block too little shared memory:
// from compute_80 on
#include "skinny_forward.cuh"

// projection_forward_f32, _bf16   y[r, o] = bias[o] + residual[r, o] + sum over i of weight[o, i] x[r, i]
// shapes  x (rows, inputs) Element    y, residual (rows, outputs)  weight (outputs, inputs)  bias (outputs)    f32; inputs and outputs multiples of 4;
//         outputs tile_rows <= 4 4 192, and tile_rows / 4 rows of odd_quads(inputs) floats in 1760. residual and bias may be absent; residual may be y: a
//         thread has loaded its elements before it stores them
// launch  grid ceil(rows / block_rows), block 192, tile_rows rows at a time, a multiple of 4; shared 4 (4 1760 + (inputs + 1) odd_quads(outputs)) bytes
// writes  y =
// determinism  a sum along a row in the order of i
// bytes   E rows inputs + 4 rows outputs (1 + [residual]) + 4 inputs outputs + 4 outputs [bias]
#define PROJECTION_FORWARD(DTYPE, ELEMENT)                                                                                                            \
  extern "C" __global__ void __launch_bounds__(SKINNY_FORWARD_BLOCK, 4) projection_forward_##DTYPE(                                                           \
      float* y, const ELEMENT* __restrict__ x, const float* residual, const float* __restrict__ weight, const float* __restrict__ bias, int rows,     \
      int inputs, int outputs, int block_rows, int tile_rows) {                                                                                       \
    skinny_forward<PLAIN_GROUP, PLAIN_SLAB, false>(y, x, residual, nullptr, weight, bias, rows, inputs, outputs, block_rows, tile_rows, 0.0f);        \
  }

PROJECTION_FORWARD(f32, float)
PROJECTION_FORWARD(bf16, bfloat16)
