// Tokens as the vectors that blocks take: a product with a bias and learned positions, in one pass over tokens and vectors.
//
// A block keeps the weights in shared memory, transposed, and takes tile after tile of tokens. A thread has four vectors of a tile and four neighbouring values of
// each, so that every load from shared memory serves four products; lanes have neighbouring values first, so that stores of a row are one run of memory.
//
// Fused operations are for devices from compute capability 8.0 on:
// from compute_80 on
#include "common.cuh"
#include "quads.cuh"

constexpr int EMBEDDING_BLOCK = 128;
// Vectors of a tile that a thread has.
constexpr int EMBEDDING_ROWS = 4;

// embedding_forward_f32   y[r, m] = sum over p of weight[m, p] tokens[r, p] + bias[m] + positions[r % length, m]
// shapes  y (rows, M)  tokens (rows, P)  weight (M, P)  bias (M)  positions (length, M), or null    f32; rows = B length; M <= 64, P <= 256 multiples of 4
// launch  at most ceil(rows / (4 row_groups)) blocks of 128, at least one, which take tiles of 4 row_groups rows in turn; row_groups <= 128 / (M / 4);
//         shared memory 4 (M P + 4 row_groups stride), stride = P + 4 [P / 4 is even]: rows lie an odd number of 16 bytes apart, in different banks
// writes  = y
// determinism  bitwise: values of a token in order
// bytes   4 (rows (P + M) + M P + M + length M [positions])
extern "C" __global__ void __launch_bounds__(EMBEDDING_BLOCK)
    embedding_forward_f32(
        float* __restrict__ y,
        const float4* __restrict__ tokens,
        const float4* __restrict__ weight,
        const float4* __restrict__ bias,
        const float4* __restrict__ positions,
        int rows,
        int length,
        int elements,
        int width,
        int row_groups) {
  DYN_SHARED(float, shared);
  const int quads = elements / 4;
  const int stride = quads | 1;
  const int columns = width / 4;
  const float4* transposed = reinterpret_cast<float4*>(shared);
  float4* tile = reinterpret_cast<float4*>(shared + elements * width);
  const int column = threadIdx.x % columns;
  const int group = threadIdx.x / columns;
  const int first_row = threadIdx.x / quads;
  const int first_quad = threadIdx.x - first_row * quads;

  for (int i = threadIdx.x; i < quads * width; i += EMBEDDING_BLOCK) {
    const int q = i / width;
    const int m = i - q * width;
    const float4 values = weight[m * quads + q];
    float* to = shared + 4 * q * width + m;
    to[0] = values.x;
    to[width] = values.y;
    to[2 * width] = values.z;
    to[3 * width] = values.w;
  }
  const float4 shift = bias[column];
  const int token_step = row_groups % length;

  const int tile_rows = EMBEDDING_ROWS * row_groups;
#pragma unroll 1
  for (int first = blockIdx.x * tile_rows; first < rows; first += gridDim.x * tile_rows) {
    const int count = min(tile_rows, rows - first);
    const float4* source = tokens + first * quads;
    int row = first_row;
    int quad = first_quad;
#pragma unroll 4
    for (int i = threadIdx.x; i < count * quads; i += EMBEDDING_BLOCK) {
      tile[row * stride + quad] = source[i];
      row += EMBEDDING_BLOCK / quads;
      quad += EMBEDDING_BLOCK % quads;
      if (quad >= quads) {
        quad -= quads;
        row++;
      }
    }
    __syncthreads();
    if (group < row_groups) {
      const float4* from[EMBEDDING_ROWS];
      float4 sum[EMBEDDING_ROWS];
#pragma unroll
      for (int i = 0; i < EMBEDDING_ROWS; i++) {
        // Rows behind the last are computed as the last and not stored.
        from[i] = tile + min(group + i * row_groups, count - 1) * stride;
        sum[i] = shift;
      }
      const float4* values = transposed + column;
#pragma unroll 1
      for (int q = 0; q < quads; q++) {
        const float4 v0 = values[0];
        const float4 v1 = values[columns];
        const float4 v2 = values[2 * columns];
        const float4 v3 = values[3 * columns];
        values += width;
#pragma unroll
        for (int i = 0; i < EMBEDDING_ROWS; i++) {
          const float4 x = from[i][q];
          add_scaled4(sum[i], x.x, v0);
          add_scaled4(sum[i], x.y, v1);
          add_scaled4(sum[i], x.z, v2);
          add_scaled4(sum[i], x.w, v3);
        }
      }
      int token = (first + group) % length;
#pragma unroll
      for (int i = 0; i < EMBEDDING_ROWS; i++) {
        const int r = group + i * row_groups;
        if (r < count) {
          if (positions != nullptr) {
            add4(sum[i], positions[token * columns + column]);
          }
          reinterpret_cast<float4*>(y)[(first + r) * columns + column] = sum[i];
        }
        token += token_step;
        if (token >= length) {
          token -= length;
        }
      }
    }
    __syncthreads();
  }
}
