// Gradient of the root mean square norm and the product behind it, norm_projection.cu, in one pass over the rows: io.mambapkd.ops.BlockOps.NormProjection.
//
// Older devices give a block too little shared memory:
// from compute_80 on
#include "skinny_gradient.cuh"

// norm_projection_backward_f32, _bf16   with s_r = 1 / sqrt(mean over i of x[r, i]^2 + epsilon), n[r, i] = s_r x[r, i] and
//   g[r, i] = scale[i] sum over o of dy[r, o] weight[o, i]:
//   dx[r, i] = residual[r, i] + s_r (g[r, i] - n[r, i] mean over j of g[r, j] n[r, j])
//   q_c[o, i] = sum over the rows r of block c of dy[r, o] n[r, i]
//   partials[c] = the sums over o of weight[o, i] q_c[o, i], then scale[i] q_c[o, i], then, if with_bias is not 0, the sums over r of dy[r, o]
// shapes  dx, x, residual (rows, columns)  scale (columns)  weight (outputs, columns)  partials (ceil(rows / block_rows), width)    f32    dy (rows, outputs) Element;
//         width = columns + outputs columns + outputs [bias]; columns and outputs multiples of 4, outputs <= 288, columns ceil(outputs / 8) <= 4 288,
//         columns tile_rows <= 8 288, and tile_rows / 4 rows of gradient_row(columns + outputs) floats in 3360. residual may be absent, and may be dx: a thread
//         has loaded its elements before it stores them
// launch  grid ceil(rows / block_rows), block 288, tile_rows rows at a time, a multiple of 4;
//         shared 4 (4 3360 + outputs odd_quads(columns) + tile_rows (columns / 4 rounded up to a multiple of 4, and 1)) bytes
// writes  dx =, partials =; reduce_columns_add_f32 adds the blocks to the gradients of scale, weight and bias
// determinism  sums along a row in one order, across rows in an order that depends on the extents, tile_rows and block_rows alone
// bytes   8 rows columns + E rows outputs + 4 rows columns [residual] + 4 columns (1 + outputs) + 4 ceil(rows / block_rows) width
#define NORM_PROJECTION_BACKWARD(DTYPE, ELEMENT)                                                                                                     \
  extern "C" __global__ void __launch_bounds__(SKINNY_GRADIENT_BLOCK, 2) norm_projection_backward_##DTYPE(                                           \
      float* dx, float* __restrict__ partials, const float* __restrict__ x, const ELEMENT* __restrict__ dy, const float* residual,                   \
      const float* __restrict__ scale, const float* __restrict__ weight, int rows, int columns, int outputs, int block_rows, int tile_rows,          \
      int with_bias, float epsilon) {                                                                                                                \
    skinny_gradient<true>(dx, partials, x, dy, residual, scale, weight, rows, columns, outputs, block_rows, tile_rows, with_bias, epsilon);          \
  }

NORM_PROJECTION_BACKWARD(f32, float)
NORM_PROJECTION_BACKWARD(bf16, bfloat16)
