// Root mean square norm and the product with a weight behind it, in one pass over the rows: io.mambapkd.ops.BlockOps.NormProjection; the gradient is
// in norm_projection_gradient.cu.
//
// Older devices give a block too little shared memory:
// from compute_80 on
#include "skinny_forward.cuh"

// norm_projection_forward_f32, _bf16   y[r, o] = bias[o] + s_r sum over i of weight[o, i] scale[i] x[r, i], s_r = 1 / sqrt(mean over i of x[r, i]^2 + epsilon)
// source  Zhang and Sennrich, "Root mean square layer normalization" (2019), eq. 4
// shapes  x (rows, columns)  scale (columns)  weight (outputs, columns)  bias (outputs), may be absent    f32    y (rows, outputs) Element; columns and outputs
//         multiples of 4; outputs tile_rows <= 4 6 192, and tile_rows / 6 rows of odd_quads(columns) floats in 320
// launch  grid ceil(rows / block_rows), block 192, tile_rows rows at a time, a multiple of 6 up to 192; shared 4 (6 320 + (columns + 1) odd_quads(outputs) + tile_rows) bytes
// writes  y =
// determinism  a sum along a row in the order of i
// bytes   4 rows columns + E rows outputs + 4 columns (1 + outputs) + 4 outputs [bias]
#define NORM_PROJECTION_FORWARD(DTYPE, ELEMENT)                                                                                                       \
  extern "C" __global__ void __launch_bounds__(SKINNY_FORWARD_BLOCK, 4) norm_projection_forward_##DTYPE(                                                      \
      ELEMENT* __restrict__ y, const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ weight,                        \
      const float* __restrict__ bias, int rows, int columns, int outputs, int block_rows, int tile_rows, float epsilon) {                             \
    skinny_forward<NORM_GROUP, NORM_SLAB, true>(y, x, nullptr, scale, weight, bias, rows, columns, outputs, block_rows, tile_rows, epsilon);          \
  }

NORM_PROJECTION_FORWARD(f32, float)
NORM_PROJECTION_FORWARD(bf16, bfloat16)
