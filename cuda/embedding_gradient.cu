// Gradients of the weights of an embedding (embedding.cu has the mathematics), in one pass over the tokens and the gradients of their vectors.
//
// A block has a run of samples and takes some of them at a time to shared memory; the next ones are on their way meanwhile. A thread has 4 x 4 values of dWeight for a
// strand of the rows, whose sums meet at the end, and up to 8 values of dPositions for all samples; dBias is the sum of the block's dPositions over the tokens.
//
// Fused operations are for devices from compute capability 8.0 on:
// from compute_80 on
#include "common.cuh"
#include "quads.cuh"

constexpr int EMBEDDING_GRADIENT_BLOCK = 512;
// Groups of four values of a tile that a thread brings, and of dPositions that it owns.
constexpr int EMBEDDING_LOADS = 4;
constexpr int EMBEDDING_POSITIONS = 2;

// embedding_backward_f32   dWeight[m, p] = sum over r of dy[r, m] tokens[r, p] ;  dBias[m] = sum over r of dy[r, m] ;
//                          dPositions[l, m] = sum over b of dy[b, l, m]
// shapes  partials (blocks, M P + M + length M [positions]): dWeight, dBias, dPositions one after the other    tokens (batch, length, P)  dy (batch, length, M)
//         f32; M and P multiples of 4, M P <= 8192, length M <= 4096
// launch  at most batch blocks of 512; samples length (P + M) <= 8192 values, samples >= 1: those of a tile; shared memory for them, for
//         512 / (M P / 16) strands of M P values, and for length M values, one after the other
// writes  = partials, each block its row
// determinism  strands of rows in order, then the strands, then the blocks by reduce.cu: the order depends on the sizes and the number of blocks, which the launcher
//              finds in them
// bytes   4 (batch length (P + M) + blocks (M P + M + length M [positions]))
extern "C" __global__ void __launch_bounds__(EMBEDDING_GRADIENT_BLOCK)
    embedding_backward_f32(
        float* __restrict__ partials,
        const float4* __restrict__ tokens,
        const float4* __restrict__ dy,
        int batch,
        int length,
        int elements,
        int width,
        int samples,
        int positions) {
  DYN_SHARED(float4, tile);
  const int quads = elements / 4;
  const int columns = width / 4;
  const int sample_quads = length * quads;
  const int sample_columns = length * columns;
  const int tiles = quads * columns;
  const int strands = EMBEDDING_GRADIENT_BLOCK / tiles;
  const int strand = threadIdx.x / tiles;
  // Not 0 in threads that no strand is left for: they begin behind the rows.
  const int spare = strand / strands;
  const int place = threadIdx.x - strand * tiles;
  const int quad = place / columns;
  const int column = place - quad * columns;
  const int first = static_cast<int>(static_cast<long long>(blockIdx.x) * batch / gridDim.x);
  const int end = static_cast<int>((blockIdx.x + 1ll) * batch / gridDim.x);

  float4 next[EMBEDDING_LOADS];
  // From `end` on, nothing.
  auto fetch = [&](int sample) {
    const int count = min(samples, end - sample);
    const int token_quads = count * sample_quads;
    const float4* x = tokens + sample * sample_quads;
    const float4* d = dy + sample * sample_columns;
#pragma unroll
    for (int j = 0; j < EMBEDDING_LOADS; j++) {
      const int i = j * EMBEDDING_GRADIENT_BLOCK + threadIdx.x;
      if (i < token_quads) {
        next[j] = x[i];
      } else if (i < token_quads + count * sample_columns) {
        next[j] = d[i - token_quads];
      }
    }
  };

  float4 d_weight[4] = {};
  float4 d_positions[EMBEDDING_POSITIONS] = {};
  fetch(first);
#pragma unroll 1
  for (int sample = first; sample < end; sample += samples) {
    const int count = min(samples, end - sample);
    const int rows = count * length;
#pragma unroll
    for (int j = 0; j < EMBEDDING_LOADS; j++) {
      const int i = j * EMBEDDING_GRADIENT_BLOCK + threadIdx.x;
      if (i < rows * (quads + columns)) {
        tile[i] = next[j];
      }
    }
    __syncthreads();
    fetch(sample + samples);
    const float4* gradients = tile + rows * quads;
#pragma unroll 2
    for (int r = strand + spare * rows; r < rows; r += strands) {
      const float4 d = gradients[r * columns + column];
      const float4 x = tile[r * quads + quad];
      add_scaled4(d_weight[0], d.x, x);
      add_scaled4(d_weight[1], d.y, x);
      add_scaled4(d_weight[2], d.z, x);
      add_scaled4(d_weight[3], d.w, x);
    }
#pragma unroll
    for (int j = 0; j < EMBEDDING_POSITIONS; j++) {
      const int i = j * EMBEDDING_GRADIENT_BLOCK + threadIdx.x;
      if (i < sample_columns) {
        for (int s = 0; s < count; s++) {
          add4(d_positions[j], gradients[s * sample_columns + i]);
        }
      }
    }
    __syncthreads();
  }

  const int bias_at = width * elements;
  float* row = partials + static_cast<size_t>(blockIdx.x) * (bias_at + width + (positions != 0 ? length * width : 0));
  if (strand < strands) {
#pragma unroll
    for (int m = 0; m < 4; m++) {
      tile[(strand * width + 4 * column + m) * quads + quad] = d_weight[m];
    }
  }
  __syncthreads();
  for (int i = threadIdx.x; i < width * quads; i += EMBEDDING_GRADIENT_BLOCK) {
    float4 sum = {};
    for (int s = 0; s < strands; s++) {
      add4(sum, tile[s * width * quads + i]);
    }
    reinterpret_cast<float4*>(row)[i] = sum;
  }
  __syncthreads();
#pragma unroll
  for (int j = 0; j < EMBEDDING_POSITIONS; j++) {
    const int i = j * EMBEDDING_GRADIENT_BLOCK + threadIdx.x;
    if (i < sample_columns) {
      tile[i] = d_positions[j];
      if (positions != 0) {
        reinterpret_cast<float4*>(row + bias_at + width)[i] = d_positions[j];
      }
    }
  }
  __syncthreads();
  if (threadIdx.x < columns) {
    float4 sum = {};
    for (int l = 0; l < length; l++) {
      add4(sum, tile[l * columns + threadIdx.x]);
    }
    reinterpret_cast<float4*>(row + bias_at)[threadIdx.x] = sum;
  }
}
