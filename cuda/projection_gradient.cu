// Gradient of a product of rows with a weight, projection.cu, in one pass over the rows: io.mambapkd.ops.BlockOps.Projection.
//
// Older devices give a block too little shared memory:
// from compute_80 on
#include "skinny_gradient.cuh"

// projection_backward_f32, _bf16   dx[r, i] = sum over o of dy[r, o] weight[o, i]
//   partials[c] = the sums over the rows r of block c of dy[r, o] x[r, i], then, if with_bias is not 0, those of dy[r, o]
// shapes  dx, x (rows, inputs) Element    dy (rows, outputs)  weight (outputs, inputs)  partials (ceil(rows / block_rows), width)    f32;
//         width = outputs inputs + outputs [bias]; inputs and outputs multiples of 4, outputs <= 288, inputs ceil(outputs / 8) <= 4 288,
//         inputs tile_rows <= 8 288, and tile_rows / 4 rows of gradient_row(inputs + outputs) floats in 3360
// launch  grid ceil(rows / block_rows), block 288, tile_rows rows at a time, a multiple of 4; shared 4 (4 3360 + outputs odd_quads(inputs)) bytes
// writes  dx =, partials =; reduce_columns_add_f32 adds the blocks to the gradients of weight and bias
// determinism  sums along a row in one order, across rows in an order that depends on the extents, tile_rows and block_rows alone
// bytes   2 E rows inputs + 4 rows outputs + 4 inputs outputs + 4 ceil(rows / block_rows) width
#define PROJECTION_BACKWARD(DTYPE, ELEMENT)                                                                                                          \
  extern "C" __global__ void __launch_bounds__(SKINNY_GRADIENT_BLOCK, 2) projection_backward_##DTYPE(                                                \
      ELEMENT* __restrict__ dx, float* __restrict__ partials, const ELEMENT* __restrict__ x, const float* __restrict__ dy,                           \
      const float* __restrict__ weight, int rows, int inputs, int outputs, int block_rows, int tile_rows, int with_bias) {                           \
    skinny_gradient<false>(dx, partials, x, dy, nullptr, nullptr, weight, rows, inputs, outputs, block_rows, tile_rows, with_bias, 0.0f);            \
  }

PROJECTION_BACKWARD(f32, float)
PROJECTION_BACKWARD(bf16, bfloat16)
