// Root mean square normalisation of rows of up to 128 columns: io.mambapkd.ops.NormOps, as rms_norm.cu, which has the longer rows. LANES
// neighbouring lanes hold a row, four columns each, so that a warp has 32 / LANES rows at once and every access is one of four columns. It takes
// columns in multiples of 4, and tensors that start at a multiple of 16 bytes (8 in bfloat16): every width that a model has. CudaNorm chooses, and
// gives the others to rms_norm.cu.
#include "bfloat16.cuh"
#include "quads.cuh"
#include "rows.cuh"

constexpr int SHORT_FORWARD_BLOCK = 128;
constexpr int SHORT_BACKWARD_BLOCK = 256;
// Rows that a thread loads before it computes the first.
constexpr int SHORT_FORWARD_ROWS = 4;
constexpr int SHORT_BACKWARD_ROWS = 2;

template <int LANES, typename Element>
__device__ inline void rms_norm_short_forward(
    Element* __restrict__ y,
    const float* __restrict__ x,
    const float* __restrict__ weight,
    int rows,
    int columns,
    float epsilon) {
  constexpr int AT_ONCE = SHORT_FORWARD_BLOCK / LANES;
  const int column = threadIdx.x % LANES * 4;
  const unsigned first = blockIdx.x * static_cast<unsigned>(AT_ONCE * SHORT_FORWARD_ROWS) + threadIdx.x / LANES;
  const unsigned end = rows;
  float4 input[SHORT_FORWARD_ROWS];
#pragma unroll
  for (int r = 0; r < SHORT_FORWARD_ROWS; r++) {
    const unsigned row = first + r * AT_ONCE;
    input[r] = row < end && column < columns ? load4(x + (row * columns + column)) : zeros4();
  }
  const float4 scale = column < columns ? load4(weight + column) : zeros4();
  const float share = reciprocal_approx(static_cast<float>(columns));
#pragma unroll
  for (int r = 0; r < SHORT_FORWARD_ROWS; r++) {
    const unsigned row = first + r * AT_ONCE;
    const float inverse = inverse_root_approx(row_sum<LANES>(dot4(input[r], input[r])) * share + epsilon);
    if (row < end && column < columns) {
      store4(y + (row * columns + column), product4(scale, scaled4(input[r], inverse)));
    }
  }
}

// block_rows rows for the block. A thread gathers the gradient of the weight of its four columns over its rows; then the lanes of a warp that have
// the same columns are added, then the warps in order.
template <int LANES, typename Element>
__device__ inline void rms_norm_short_backward(
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
  constexpr int AT_ONCE = SHORT_BACKWARD_BLOCK / LANES;
  constexpr int WARPS = SHORT_BACKWARD_BLOCK / 32;
  __shared__ float4 warps[WARPS * LANES];
  const int column = threadIdx.x % LANES * 4;
  const unsigned begin = blockIdx.x * static_cast<unsigned>(block_rows);
  const unsigned end = min(begin + block_rows, static_cast<unsigned>(rows));
  const float4 scale = column < columns ? load4(weight + column) : zeros4();
  const float share = reciprocal_approx(static_cast<float>(columns));
  float4 sums = zeros4();
  for (unsigned step = begin; step < end; step += AT_ONCE * SHORT_BACKWARD_ROWS) {
    float4 input[SHORT_BACKWARD_ROWS];
    float4 upstream[SHORT_BACKWARD_ROWS];
    float4 added[SHORT_BACKWARD_ROWS];
#pragma unroll
    for (int r = 0; r < SHORT_BACKWARD_ROWS; r++) {
      const unsigned row = step + r * AT_ONCE + threadIdx.x / LANES;
      const unsigned at = row * columns + column;
      const bool inside = row < end && column < columns;
      input[r] = inside ? load4(x + at) : zeros4();
      upstream[r] = inside ? load4(dy + at) : zeros4();
      added[r] = inside && residual != nullptr ? load4(residual + at) : zeros4();
    }
#pragma unroll
    for (int r = 0; r < SHORT_BACKWARD_ROWS; r++) {
      const unsigned row = step + r * AT_ONCE + threadIdx.x / LANES;
      const unsigned at = row * columns + column;
      const float4 scaled = product4(scale, upstream[r]);
      const float squares = row_sum<LANES>(dot4(input[r], input[r]));
      const float dot = row_sum<LANES>(dot4(scaled, input[r]));
      const float inverse = inverse_root_approx(squares * share + epsilon);
      const float pull = inverse * inverse * (dot * share);
      if (row < end && column < columns) {
        store4(
            dx + at,
            make_float4(
                inverse * (scaled.x - input[r].x * pull) + added[r].x,
                inverse * (scaled.y - input[r].y * pull) + added[r].y,
                inverse * (scaled.z - input[r].z * pull) + added[r].z,
                inverse * (scaled.w - input[r].w * pull) + added[r].w));
      }
      const float4 normalised = scaled4(input[r], inverse);
      sums.x += upstream[r].x * normalised.x;
      sums.y += upstream[r].y * normalised.y;
      sums.z += upstream[r].z * normalised.z;
      sums.w += upstream[r].w * normalised.w;
    }
  }
#pragma unroll
  for (int distance = 16; distance >= LANES; distance /= 2) {
    sums.x += __shfl_xor_sync(0xffffffffu, sums.x, distance);
    sums.y += __shfl_xor_sync(0xffffffffu, sums.y, distance);
    sums.z += __shfl_xor_sync(0xffffffffu, sums.z, distance);
    sums.w += __shfl_xor_sync(0xffffffffu, sums.w, distance);
  }
  if (threadIdx.x % 32 < LANES) {
    warps[threadIdx.x / 32 * LANES + threadIdx.x % 32] = sums;
  }
  __syncthreads();
  if (threadIdx.x < columns) {
    const float* of_column = reinterpret_cast<const float*>(warps) + threadIdx.x;
    float sum = 0.0f;
#pragma unroll
    for (int warp = 0; warp < WARPS; warp++) {
      sum += of_column[warp * LANES * 4];
    }
    dweight[static_cast<size_t>(blockIdx.x) * columns + threadIdx.x] = sum;
  }
}

// rms_norm_short_forward_wW_f32, _bf16   y[r, j] = weight[j] x[r, j] / sqrt(mean over i of x[r, i]^2 + epsilon), for up to W columns
// shapes  x (rows, columns)  y (rows, columns) Element  weight (columns)    f32; columns a multiple of 4
// launch  grid ceil(rows / (2048 / W)), block 128: W / 4 lanes for a row, 4 rows for a thread
// writes  y =
// determinism  sums in one tree that depends on `columns` alone
// bytes   4 rows columns + E rows columns + 4 columns
#define RMS_SHORT_FORWARD(WIDTH, DTYPE, ELEMENT)                                                                     \
  extern "C" __global__ void __launch_bounds__(SHORT_FORWARD_BLOCK) rms_norm_short_forward_w##WIDTH##_##DTYPE(       \
      ELEMENT* __restrict__ y, const float* __restrict__ x, const float* __restrict__ weight, int rows, int columns, \
      float epsilon) {                                                                                               \
    rms_norm_short_forward<WIDTH / 4>(y, x, weight, rows, columns, epsilon);                                         \
  }

RMS_SHORT_FORWARD(16, f32, float)
RMS_SHORT_FORWARD(16, bf16, bfloat16)
RMS_SHORT_FORWARD(32, f32, float)
RMS_SHORT_FORWARD(32, bf16, bfloat16)
RMS_SHORT_FORWARD(64, f32, float)
RMS_SHORT_FORWARD(64, bf16, bfloat16)
RMS_SHORT_FORWARD(128, f32, float)
RMS_SHORT_FORWARD(128, bf16, bfloat16)

// rms_norm_short_backward_wW_f32, _bf16   for up to W columns, with g = weight dy and s = 1 / sqrt(mean x^2 + epsilon) of the row:
//   dx[r, j] = residual[r, j] + s (g[j] - x[j] s^2 mean over i of g[i] x[i]) ;  dweight[c, j] = sum over the rows r of block c of dy[r, j] x[r, j] s_r
// shapes  dx, x, residual (rows, columns)  dy (rows, columns) Element  dweight (ceil(rows / block_rows), columns)  weight (columns)    f32; columns a
//         multiple of 4. residual may be absent, and may be dx: a thread has loaded its elements before it stores them
// launch  grid ceil(rows / block_rows), block 256: W / 4 lanes for a row, 2 rows for a thread at a time
// writes  dx =, dweight =; reduce_columns_add_f32 adds the blocks to the gradient of the weight
// determinism  sums along a row in one tree, across rows in an order that depends on block_rows alone
// bytes   8 rows columns + E rows columns + 4 rows columns [residual] + 4 columns + 4 ceil(rows / block_rows) columns
#define RMS_SHORT_BACKWARD(WIDTH, DTYPE, ELEMENT)                                                                      \
  extern "C" __global__ void __launch_bounds__(SHORT_BACKWARD_BLOCK) rms_norm_short_backward_w##WIDTH##_##DTYPE(       \
      float* dx, float* __restrict__ dweight, const float* __restrict__ x, const ELEMENT* __restrict__ dy,             \
      const float* residual, const float* __restrict__ weight, int rows, int columns, int block_rows, float epsilon) { \
    rms_norm_short_backward<WIDTH / 4>(dx, dweight, x, dy, residual, weight, rows, columns, block_rows, epsilon);      \
  }

RMS_SHORT_BACKWARD(16, f32, float)
RMS_SHORT_BACKWARD(16, bf16, bfloat16)
RMS_SHORT_BACKWARD(32, f32, float)
RMS_SHORT_BACKWARD(32, bf16, bfloat16)
RMS_SHORT_BACKWARD(64, f32, float)
RMS_SHORT_BACKWARD(64, bf16, bfloat16)
RMS_SHORT_BACKWARD(128, f32, float)
RMS_SHORT_BACKWARD(128, bf16, bfloat16)
