// Gradient of the causal depthwise convolution with silu and of the product with its result: io.mambapkd.ops.BlockOps.ConvProjection, and
// conv_projection.cu, which has the forward pass.
//
// A block goes through the tiles of its samples from the last to the first. A thread makes dU of its strand by a product, then v, u and dv from x; what
// of dv the strand before needs goes through shared memory, and from the first strand of a tile to the last of the tile before it. u goes there too,
// for the gradient of the weight, of which a thread has five outputs of four channels. What a thread has of gradients of weights stays with it
// over all tiles: of the taps in registers, of the weight and the bias in shared memory, for want of registers. No atomics anywhere.
//
// Launches ask for as much shared memory as devices give from there on:
// from compute_80 on
#include "conv_projection.cuh"

template <typename Element>
__device__ inline void conv_projection_gradient(
    Element* __restrict__ dx, float* __restrict__ partials, const Element* __restrict__ x, const Element* __restrict__ du,
    const float* __restrict__ d_projected, const float* __restrict__ taps, const float* __restrict__ bias, const float* __restrict__ weight,
    int batch, int length, int channels, int width, int outputs, int block_samples, int tile_rows, int ld_dx, int ld_x) {
  DYN_SHARED(float, shared);
  const int quads = channels / 4;
  const int strands = tile_rows / STRAND_ROWS;
  const int groups = ceil_div(outputs, GROUP_OUTPUTS);
  // An odd number of quads: those of the same rows of 8 neighbouring outputs are in different banks.
  const int ld_upstream = tile_rows + 4;
  float* staged_taps = shared;                                             // (WINDOW + 1, MOST_CHANNELS)
  float* thread_sums = staged_taps + (WINDOW + 1) * MOST_CHANNELS;         // (GROUP_OUTPUTS + 1, CONV_BLOCK, 4): of dWeight and dBias
  float* staged_weight = thread_sums + (GROUP_OUTPUTS + 1) * CONV_BLOCK * 4;  // (P, D)
  float* heads = staged_weight + outputs * channels;                       // (strands + 1, WINDOW - 1, D): dv of the first rows of each strand
  float* upstream = heads + (strands + 1) * (WINDOW - 1) * channels;       // (groups GROUP_OUTPUTS, ld_upstream): dProjected, transposed
  float* tile = upstream + groups * GROUP_OUTPUTS * ld_upstream;           // (tile_rows, D): u; in the end, sums of dv
  stage_taps(staged_taps, taps, bias, channels, width);
#pragma unroll 1
  for (int i = threadIdx.x * 4; i < outputs * channels; i += CONV_BLOCK * 4) {
    store4(staged_weight + i, load4(weight + i));
  }
#pragma unroll 1
  for (int i = threadIdx.x + outputs * ld_upstream; i < groups * GROUP_OUTPUTS * ld_upstream; i += CONV_BLOCK) {
    upstream[i] = 0.0f;
  }

  const int strand = threadIdx.x / quads;
  const int channel = (threadIdx.x - strand * quads) * 4;
  const bool walks = strand < strands;
  float* own_heads = heads + strand * (WINDOW - 1) * channels + channel;
  float4 d_taps[WINDOW] = {};

  // The part of the weight whose gradient is this thread's, from every sharers-th strand.
  const int parts = groups * quads;
  const int sharers = CONV_BLOCK / parts;
  const int share = threadIdx.x / parts;
  const int part = threadIdx.x - share * parts;
  const int part_output = part / quads * GROUP_OUTPUTS;
  const int part_channel = part % quads * 4;
  float* own_sums = thread_sums + threadIdx.x * 4;

  const int first_sample = blockIdx.x * block_samples;
  const int block_rows = min(block_samples, batch - first_sample) * length;
  const int tiles = ceil_div(block_rows, tile_rows);
  for (int t = tiles - 1; t >= 0; t--) {
    const int first = t * tile_rows;  // among the rows of the block
    const int first_row = first_sample * length + first;
    const int present = block_rows - (first + strand * STRAND_ROWS);  // rows of the strand, if below 8
    const int row = first_row + strand * STRAND_ROWS;
    float4 d_values[STRAND_ROWS];  // dU, then dv
    if (walks) {
      const Element* from = du + static_cast<size_t>(row) * channels + channel;
#pragma unroll
      for (int i = 0; i < STRAND_ROWS; i++) {
        d_values[i] = i < present ? load4(from) : zeros4();
        from += channels;
      }
      if (strand == 0 && t < tiles - 1) {
        float* behind = own_heads + strands * (WINDOW - 1) * channels;
#pragma unroll
        for (int k = 0; k < WINDOW - 1; k++) {
          store4(behind + k * channels, load4(own_heads + k * channels));
        }
      }
    }
    {
      const float* from = d_projected + static_cast<size_t>(first_row) * outputs;
      const int count = (block_rows - first) * outputs;  // those that are there, in this tile or behind it
      const int rows_on = CONV_BLOCK / outputs;  // from an element of this thread to its next
      const int outputs_on = CONV_BLOCK - rows_on * outputs;
      int p = threadIdx.x % outputs;
      int place = p * ld_upstream + threadIdx.x / outputs;
#pragma unroll 4
      for (int i = threadIdx.x; i < tile_rows * outputs; i += CONV_BLOCK) {
        upstream[place] = i < count ? from[i] : 0.0f;
        p += outputs_on;
        place += outputs_on * ld_upstream + rows_on;
        if (p >= outputs) {
          p -= outputs;
          place += 1 - outputs * ld_upstream;
        }
      }
    }
    __syncthreads();
    int step = 0;  // of the row behind the strand, L for the first of a sample
    if (walks) {
      const float* upstream_p = upstream + strand * STRAND_ROWS;
      const float* weight_p = staged_weight + channel;
#pragma unroll 2
      for (int p = 0; p < outputs; p++) {
        const float4 weight_d = load4(weight_p);
        const float4 first_rows = load4(upstream_p);
        const float4 last_rows = load4(upstream_p + 4);
        add_scaled4(d_values[0], first_rows.x, weight_d);
        add_scaled4(d_values[1], first_rows.y, weight_d);
        add_scaled4(d_values[2], first_rows.z, weight_d);
        add_scaled4(d_values[3], first_rows.w, weight_d);
        add_scaled4(d_values[4], last_rows.x, weight_d);
        add_scaled4(d_values[5], last_rows.y, weight_d);
        add_scaled4(d_values[6], last_rows.z, weight_d);
        add_scaled4(d_values[7], last_rows.w, weight_d);
        upstream_p += ld_upstream;
        weight_p += channels;
      }
      const int first_step = static_cast<unsigned>(first + strand * STRAND_ROWS) % static_cast<unsigned>(length);
      Strand<3, Element> walk(x + static_cast<size_t>(row) * ld_x + channel, first_step, length, present, ld_x);
      const Taps own(staged_taps + channel);
      float* kept = tile + strand * STRAND_ROWS * channels + channel;
#pragma unroll
      for (int i = 0; i < STRAND_ROWS; i++) {
        const float4 v = walk.convolve(i, own);
        float4 u;
        u.x = value_and_gradient(v.x, d_values[i].x);
        u.y = value_and_gradient(v.y, d_values[i].y);
        u.z = value_and_gradient(v.z, d_values[i].z);
        u.w = value_and_gradient(v.w, d_values[i].w);
        store4(kept, u);
        kept += channels;
        if (i < WINDOW - 1) {
          store4(own_heads + i * channels, d_values[i]);
        }
#pragma unroll
        for (int w = 0; w < WINDOW; w++) {
          add_product4(d_taps[w], d_values[i], walk.window[w]);
        }
      }
      step = walk.step;
    }
    __syncthreads();
    if (walks) {
      const Taps own(staged_taps + channel);
      float4 later[WINDOW - 1];  // dv of the rows behind
#pragma unroll
      for (int k = 0; k < WINDOW - 1; k++) {
        const bool same_sample = STRAND_ROWS + k < present && step + k < length;
        later[k] = same_sample ? load4(own_heads + (WINDOW - 1 + k) * channels) : zeros4();
      }
      float4 d_bias = t < tiles - 1 ? load4(own_sums + GROUP_OUTPUTS * CONV_BLOCK * 4) : zeros4();
      Element* to = dx + static_cast<size_t>(row + STRAND_ROWS - 1) * ld_dx + channel;
#pragma unroll
      for (int i = STRAND_ROWS - 1; i >= 0; i--) {
        if (i < STRAND_ROWS - 1 && step == length) {
#pragma unroll
          for (int k = 0; k < WINDOW - 1; k++) {
            later[k] = zeros4();
          }
        }
        float4 sum = zeros4();
        add_product4(sum, own.tap[WINDOW - 1], d_values[i]);
#pragma unroll
        for (int k = 0; k < WINDOW - 1; k++) {
          add_product4(sum, own.tap[WINDOW - 2 - k], later[k]);
        }
        if (i < present) {
          store4(to, sum);
        }
        to -= ld_dx;
#pragma unroll
        for (int k = WINDOW - 2; k > 0; k--) {
          later[k] = later[k - 1];
        }
        later[0] = d_values[i];
        add_scaled4(d_bias, 1.0f, d_values[i]);
        step = step == 1 ? length : step - 1;
      }
      store4(own_sums + GROUP_OUTPUTS * CONV_BLOCK * 4, d_bias);
    }
    if (share < sharers) {
      const float* upstream_p = upstream + part_output * ld_upstream;
      const float* u_d = tile + part_channel;
      float4 d_weight[GROUP_OUTPUTS];
#pragma unroll
      for (int j = 0; j < GROUP_OUTPUTS; j++) {
        d_weight[j] = t < tiles - 1 ? load4(own_sums + j * CONV_BLOCK * 4) : zeros4();
      }
      for (int s = share; s < strands; s += sharers) {
#pragma unroll
        for (int r = 0; r < STRAND_ROWS; r += 4) {
          const int i = s * STRAND_ROWS + r;
          float4 u_r[4];
#pragma unroll
          for (int k = 0; k < 4; k++) {
            u_r[k] = load4(u_d + (i + k) * channels);
          }
#pragma unroll
          for (int j = 0; j < GROUP_OUTPUTS; j++) {
            const float4 upstream_r = load4(upstream_p + j * ld_upstream + i);
            add_scaled4(d_weight[j], upstream_r.x, u_r[0]);
            add_scaled4(d_weight[j], upstream_r.y, u_r[1]);
            add_scaled4(d_weight[j], upstream_r.z, u_r[2]);
            add_scaled4(d_weight[j], upstream_r.w, u_r[3]);
          }
        }
      }
#pragma unroll
      for (int j = 0; j < GROUP_OUTPUTS; j++) {
        store4(own_sums + j * CONV_BLOCK * 4, d_weight[j]);
      }
    }
    __syncthreads();
  }

  // This block's sums over its samples, added over the strands, then over the sharers of a part of the weight.
  const int vectors = bias != nullptr ? width + 1 : width;
  float* mine = partials + static_cast<size_t>(blockIdx.x) * channels * (vectors + outputs);
  if (walks) {
#pragma unroll
    for (int w = 0; w < WINDOW; w++) {
      store4(tile + (strand * (WINDOW + 1) + w) * channels + channel, d_taps[w]);
    }
    store4(tile + (strand * (WINDOW + 1) + WINDOW) * channels + channel, load4(own_sums + GROUP_OUTPUTS * CONV_BLOCK * 4));
  }
  __syncthreads();
#pragma unroll 1
  for (int i = threadIdx.x; i < (WINDOW + 1) * channels; i += CONV_BLOCK) {
    float sum = 0.0f;
#pragma unroll 1
    for (int s = 0; s < strands; s++) {
      sum += tile[s * (WINDOW + 1) * channels + i];
    }
    const int w = i / channels;
    const int d = i - w * channels;
    const int tap = w - (WINDOW - width);
    if (w == WINDOW) {
      if (bias != nullptr) {
        mine[width * channels + d] = sum;
      }
    } else if (tap >= 0) {
      mine[d * width + tap] = sum;
    }
  }
#pragma unroll 1
  for (int i = threadIdx.x; i < outputs * channels; i += CONV_BLOCK) {
    const int p = i / channels;
    const int d = i - p * channels;
    const int owner = p / GROUP_OUTPUTS * quads + d / 4;
    const float* from = thread_sums + (p % GROUP_OUTPUTS * CONV_BLOCK + owner) * 4 + d % 4;
    float sum = 0.0f;
#pragma unroll 1
    for (int s = 0; s < sharers; s++) {
      sum += from[s * parts * 4];
    }
    mine[vectors * channels + i] = sum;
  }
}

// conv_projection_backward_f32, _bf16   with v and u of conv_projection.cu, made again:
//   dU[b, l, d] = du[b, l, d] + sum over p of weight[p, d] dProjected[b, l, p] ,   s = 1 / (1 + e^-v) ,   dv = dU s (1 + v (1 - s)) ,
//   dx[b, l, d] = sum over w of taps[d, w] dv[b, l + (W-1) - w, d] ;  a row of partials, over the samples of its block:
//   dTaps[d, w] = sum of dv[b, l, d] x[b, l - (W-1) + w, d] ,   dBias[d] = sum of dv[b, l, d] ,   dWeight[p, d] = sum of dProjected[b, l, p] u[b, l, d]
// shapes  dx, x (B, L, D), rows ld_* elements apart, aligned to 16 or 8 bytes, and du (B, L, D), of Element  dProjected (B, L, P)
//   taps (D, W), W <= 4  bias (D) or null  weight (P, D)  partials (blocks, D W + [bias] D + P D)    f32; D a multiple of 4
// launch  grid ceil(B / block_samples), block 256; tile_rows as in conv_projection.cu; ceil(P / 5) D / 4 <= 256; shared memory:
//   4 (640 + P D + 3 (tile_rows / 8 + 1) D + 5 ceil(P / 5) (tile_rows + 4) + tile_rows D + 6144) bytes
// writes  dx =, partials =; reduce.cu adds the rows to the gradients of taps, bias and weight
// determinism  one thread an element of dx; sums in an order that depends on the extents, block_samples and tile_rows alone
// bytes   3 E B L D + 4 (B L P + D W + [bias] D + P D + blocks (D W + [bias] D + P D))
#define CONV_PROJECTION_BACKWARD(DTYPE, ELEMENT)                                                                                      \
  extern "C" __global__ void __launch_bounds__(CONV_BLOCK, 2) conv_projection_backward_##DTYPE(                                       \
      ELEMENT* __restrict__ dx, float* __restrict__ partials, const ELEMENT* __restrict__ x, const ELEMENT* __restrict__ du,          \
      const float* __restrict__ d_projected, const float* __restrict__ taps, const float* __restrict__ bias,                          \
      const float* __restrict__ weight, int batch, int length, int channels, int width, int outputs, int block_samples,               \
      int tile_rows, int ld_dx, int ld_x) {                                                                              \
    conv_projection_gradient(                                                                                                         \
        dx, partials, x, du, d_projected, taps, bias, weight, batch, length, channels, width, outputs, block_samples, tile_rows,      \
        ld_dx, ld_x);                                                                                                        \
  }

CONV_PROJECTION_BACKWARD(f32, float)
CONV_PROJECTION_BACKWARD(bf16, bfloat16)
