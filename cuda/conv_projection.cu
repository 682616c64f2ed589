// Causal depthwise convolution with silu, and a product with its result: io.mambapkd.ops.BlockOps.ConvProjection.
//
// A block makes u of a tile of rows, writes it to memory and keeps it in shared memory, where the weight lies too; then threads compute four rows
// of five outputs each. The results meet in shared memory, to be written by 16 bytes.
//
// Launches ask for as much shared memory as devices give from there on:
// from compute_80 on
#include "conv_projection.cuh"

constexpr int THREAD_ROWS = 4;  // rows of a thread in the product

template <typename Element>
__device__ inline void conv_projection(
    Element* __restrict__ u, float* __restrict__ projected, const Element* __restrict__ x, const float* __restrict__ taps,
    const float* __restrict__ bias, const float* __restrict__ weight, int rows, int length, int channels, int width, int outputs,
    int tile_rows, int ld_x) {
  DYN_SHARED(float, shared);
  const int quads = channels / 4;
  // An odd number of quads: those of the same channels of 8 neighbouring rows are in different banks.
  const int ld_tile = (quads | 1) * 4;
  const int groups = ceil_div(outputs, GROUP_OUTPUTS);
  float* staged_taps = shared;                                          // (WINDOW + 1, MOST_CHANNELS)
  float* staged_weight = staged_taps + (WINDOW + 1) * MOST_CHANNELS;        // (groups GROUP_OUTPUTS, ld_tile); 0 beyond P
  float* tile = staged_weight + groups * GROUP_OUTPUTS * ld_tile;       // (tile_rows, ld_tile): u
  float* results = tile + tile_rows * ld_tile;                          // (tile_rows, P)
  stage_taps(staged_taps, taps, bias, channels, width);
#pragma unroll 1
  for (int i = threadIdx.x; i < groups * GROUP_OUTPUTS * quads; i += CONV_BLOCK) {
    const int p = i / quads;
    const int d = (i - p * quads) * 4;
    store4(staged_weight + p * ld_tile + d, p < outputs ? load4(weight + p * channels + d) : zeros4());
  }
  __syncthreads();

  const int strand = threadIdx.x / quads;
  const int channel = (threadIdx.x - strand * quads) * 4;
  const int lanes = tile_rows / THREAD_ROWS;  // threads that share the rows of a tile
  const int tiles = ceil_div(rows, tile_rows);
  for (int t = blockIdx.x; t < tiles; t += gridDim.x) {
    const int first_row = t * tile_rows;
    if (strand * STRAND_ROWS < tile_rows) {
      const int row = first_row + strand * STRAND_ROWS;
      const int present = rows - row;
      const Element* from = x + static_cast<size_t>(row) * ld_x + channel;
      Strand<4, Element> walk(from, static_cast<unsigned>(row) % static_cast<unsigned>(length), length, present, ld_x);
      const Taps own(staged_taps + channel);
      Element* to = u + static_cast<size_t>(row) * channels + channel;
      float* kept = tile + strand * STRAND_ROWS * ld_tile + channel;
#pragma unroll
      for (int i = 0; i < STRAND_ROWS; i++) {
        float4 value = walk.convolve(i, own);
        value.x *= sigmoid_or_0(value.x);
        value.y *= sigmoid_or_0(value.y);
        value.z *= sigmoid_or_0(value.z);
        value.w *= sigmoid_or_0(value.w);
        store4(kept, value);
        if (i < present) {
          store4(to, value);
        }
        kept += ld_tile;
        to += channels;
      }
    }
    __syncthreads();
#pragma unroll 1
    for (int item = threadIdx.x; item < groups * lanes; item += CONV_BLOCK) {
      const int group = item / lanes;
      const int lane = item - group * lanes;
      const float* u_row = tile + lane * ld_tile;
      const float* weight_row = staged_weight + group * GROUP_OUTPUTS * ld_tile;
      float sums[THREAD_ROWS][GROUP_OUTPUTS] = {};
#pragma unroll 1
      for (int d = 0; d < channels; d += 4) {
        float4 u_d[THREAD_ROWS];
#pragma unroll
        for (int r = 0; r < THREAD_ROWS; r++) {
          u_d[r] = load4(u_row + r * lanes * ld_tile + d);
        }
#pragma unroll
        for (int j = 0; j < GROUP_OUTPUTS; j++) {
          const float4 weight_d = load4(weight_row + j * ld_tile + d);
#pragma unroll
          for (int r = 0; r < THREAD_ROWS; r++) {
            sums[r][j] = dot_product(sums[r][j], u_d[r], weight_d);
          }
        }
      }
#pragma unroll
      for (int j = 0; j < GROUP_OUTPUTS; j++) {
        const int p = group * GROUP_OUTPUTS + j;
        if (p < outputs) {
#pragma unroll
          for (int r = 0; r < THREAD_ROWS; r++) {
            results[(lane + r * lanes) * outputs + p] = sums[r][j];
          }
        }
      }
    }
    __syncthreads();
    float* to = projected + static_cast<size_t>(first_row) * outputs;
    const int count = min(tile_rows, rows - first_row) * outputs;
#pragma unroll 1
    for (int i = threadIdx.x * 4; i < count; i += CONV_BLOCK * 4) {
      if (i + 3 < count) {
        store4(to + i, load4(results + i));
      } else {
#pragma unroll 1
        for (int last = i; last < count; last++) {
          to[last] = results[last];
        }
      }
    }
  }
}

// conv_projection_forward_f32, _bf16   v[b, l, d] = bias[d] + sum over w of taps[d, w] x[b, l - (W-1) + w, d] ,   u = v / (1 + e^-v) ,
//                                      projected[b, l, p] = sum over d of weight[p, d] u[b, l, d]
// source  Gu and Dao (arXiv 2312.00752), section 3.4
// shapes  u, x (B, L, D) of Element; rows of x ld_x elements apart, aligned to 16 or 8 bytes  projected (B, L, P)  taps (D, W), W <= 4
//   bias (D) or null  weight (P, D)    f32; D a multiple of 4, rows = B L
// launch  grid: as many blocks as take tile after tile; block 256; tile_rows, a multiple of 8 with tile_rows / 8 x D / 4 <= 256; shared memory:
//   4 (640 + 5 ceil(P / 5) (D + 4 [D / 4 even]) + tile_rows (D + 4 [D / 4 even] + P)) bytes
// writes  u =, projected =
// determinism  one thread an element; sums in the order of d
// bytes   2 E B L D + 4 (B L P + D W + [bias] D + P D)
#define CONV_PROJECTION_FORWARD(DTYPE, ELEMENT)                                                                                  \
  extern "C" __global__ void __launch_bounds__(CONV_BLOCK, 3) conv_projection_forward_##DTYPE(                                   \
      ELEMENT* __restrict__ u, float* __restrict__ projected, const ELEMENT* __restrict__ x, const float* __restrict__ taps,     \
      const float* __restrict__ bias, const float* __restrict__ weight, int rows, int length, int channels, int width,           \
      int outputs, int tile_rows, int ld_x) {                                                                       \
    conv_projection(u, projected, x, taps, bias, weight, rows, length, channels, width, outputs, tile_rows, ld_x);      \
  }

CONV_PROJECTION_FORWARD(f32, float)
CONV_PROJECTION_FORWARD(bf16, bfloat16)
