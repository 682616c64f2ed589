// What mixing_gradient.cu keeps in shared memory, and what becomes of it when a segment of steps has been walked back.
#pragma once

#include "selective_scan_tile_walk.cuh"

constexpr int MIXING_WARPS = 4;  // of a block of threads
constexpr int MIXING_RANKS = 8;  // most columns of dt

__device__ inline void add_unless(bool first, float* to, float value) { *to = first ? value : *to + value; }

// The shared memory of a block of threads as one of its warps sees it, in floats, all multiples of 4. First for each sample side by side a tile: B and C
// (step, COLUMNS) and dt (rank, step) of each block of steps. Then for each warp parts of dB and dC, items and sums over states as in TileLayout, bias and
// skip, the record of the last block of steps, W (rank, channel) if it fits, and the kept states: a slot for each block of steps but the first.
template <int N>
struct MixingMemory {
  using Layout = TileLayout<N>;
  static constexpr int CHANNELS = Layout::CHANNELS;
  static constexpr int COLUMNS = Layout::COLUMNS;
  static constexpr bool KEEPS_WEIGHTS = N == 8;  // with 16 states all shared memory of a multiprocessor is taken
  static constexpr int D_DELTAS = TILE_STEPS * CHANNELS;
  static constexpr int RECORD = Layout::SUM_FLOATS + D_DELTAS;
  static constexpr int SUMS = Layout::PART_FLOATS + Layout::ITEM_FLOATS;
  static constexpr int CONSTANTS = SUMS + Layout::ITEM_FLOATS;
  static constexpr int LAST_RECORD = CONSTANTS + 2 * CHANNELS;
  static constexpr int WEIGHTS = LAST_RECORD + (N == 8 ? RECORD : Layout::SUM_FLOATS);
  static constexpr int KEPT = WEIGHTS + (KEEPS_WEIGHTS ? MIXING_RANKS * CHANNELS : 0);
  static_assert(MIXING_RANKS * SCAN_SEGMENT <= Layout::PART_FLOATS, "ddt of a segment fits where parts of dB and dC lay");
  static_assert(RECORD + (N == 8 ? 0 : D_DELTAS) <= Layout::SLOT, "a record fits into a slot, for 16 states with ddelta of the last block");

  float* tile;
  int tile_floats;  // of a block of steps
  float* parts;     // of this warp, and what follows
  int warp_floats;

  // samples: side by side; sample: of these, that of this warp.
  __device__ MixingMemory(float* shared, int samples, int sample, int warp, int most_blocks, int rank) {
    tile_floats = TILE_STEPS * (COLUMNS + rank);
    warp_floats = KEPT + Layout::kept_slots(most_blocks) * Layout::SLOT;
    tile = shared + sample * most_blocks * tile_floats;
    parts = shared + samples * most_blocks * tile_floats + warp * warp_floats;
  }

  __device__ float* items() const { return parts + Layout::PART_FLOATS; }
  __device__ float* sums() const { return parts + SUMS; }
  __device__ float* bias() const { return parts + CONSTANTS; }
  __device__ float* skip() const { return parts + CONSTANTS + CHANNELS; }
  __device__ float* weights() const { return parts + WEIGHTS; }
  __device__ float* kept() const { return parts + KEPT; }
  __device__ float* tile_of(int block) const { return tile + block * tile_floats; }
  __device__ float* dt_of(int block, int r) const { return tile_of(block) + TILE_STEPS * (COLUMNS + r); }

  // What block `block` of `blocks` leaves: the sums of dB and dC over the channels of the warp (step, COLUMNS), and ddelta (place, step).
  __device__ float* sums_of(int block, int blocks) const {
    return block < blocks - 1 ? kept() + block * Layout::SLOT : parts + LAST_RECORD;
  }
  __device__ float* d_delta_of(int block, int blocks) const {
    const int of_last = N == 8 ? LAST_RECORD + Layout::SUM_FLOATS : KEPT + max(blocks - 2, 0) * Layout::SLOT + RECORD;
    return parts + (block < blocks - 1 ? KEPT + block * Layout::SLOT + Layout::SUM_FLOATS : of_last);
  }

  // Where ddelta of channel ITEMS neighbour + i lies in a record. Neighbours lie in different banks, and so do the same ones of neighbouring blocks.
  __device__ static int place(int block, int neighbour, int i) { return 4 * (8 * i + (neighbour + block) % 8); }
};

// dbias and dW of the warp's channels over a segment. d_bias, d_weight: of the first channel; they are set if `starts`, else added to.
template <int N>
__device__ inline void add_weight_gradients(
    const MixingMemory<N>& memory, int lane, int blocks, int channels, int rank, bool starts, float* __restrict__ d_bias,
    float* __restrict__ d_weight) {
  using Memory = MixingMemory<N>;
  constexpr int ITEMS = Memory::Layout::ITEMS;
  const int neighbour = lane % 8;
  const int item = lane / 8 % ITEMS;
  const int channel = neighbour * ITEMS + item;
  // The second half of the lanes has the same channels and every other rank where a warp has 16 channels.
#pragma unroll 1
  for (int r = lane / Memory::CHANNELS; r < rank; r += 32 / Memory::CHANNELS) {
    float bias_sum = 0.0f;
    float sum = 0.0f;
#pragma unroll 2
    for (int block = 0; block < blocks; block++) {
      const float4 d_delta = load4(memory.d_delta_of(block, blocks) + Memory::place(block, neighbour, item));
      const float4 dt = load4(memory.dt_of(block, r));
      bias_sum += d_delta.x + d_delta.y + (d_delta.z + d_delta.w);
      sum += d_delta.x * dt.x + d_delta.y * dt.y + d_delta.z * dt.z + d_delta.w * dt.w;
    }
    if (channel < channels) {
      add_unless(starts, d_weight + channel * rank + r, sum);
      if (r == 0) {
        add_unless(starts, d_bias + channel, bias_sum);
      }
    }
  }
}

// ddt (rank, step) over the channels of the warp, to its parts: a lane has a step. weight: W of the warp's first channel. Items are not needed any more:
// in their place W lies here, padded with zeros to whole quads of ranks.
template <int N>
__device__ inline void sum_step_gradients(
    const MixingMemory<N>& memory, int lane, int steps, int blocks, int channels, int rank, const float* __restrict__ weight) {
  using Memory = MixingMemory<N>;
  constexpr int ITEMS = Memory::Layout::ITEMS;
  const int ranks = rank == 1 ? 1 : ceil_div(rank, 4) * 4;
  float* weights = memory.items();
#pragma unroll 1
  for (int channel = lane; channel < Memory::CHANNELS; channel += 32) {
#pragma unroll 1
    for (int r = 0; r < rank; r++) {
      weights[channel * ranks + r] = channel < channels ? weight[channel * rank + r] : 0.0f;
    }
#pragma unroll 1
    for (int r = rank; r < ranks; r++) {
      weights[channel * ranks + r] = 0.0f;
    }
  }
  __syncwarp();
#pragma unroll 1
  for (int step = lane; step < steps; step += 32) {
    const int block = step / TILE_STEPS;
    const float* d_delta = memory.d_delta_of(block, blocks) + step % TILE_STEPS;
    float* to = memory.parts + step;
    if (rank == 1) {
      float sum = 0.0f;
#pragma unroll
      for (int neighbour = 0; neighbour < 8; neighbour++) {
        const Neighbours<ITEMS> w = Fetched<ITEMS, float>(weights + neighbour * ITEMS).floats();
#pragma unroll
        for (int i = 0; i < ITEMS; i++) {
          sum += d_delta[Memory::place(block, neighbour, i)] * w.value[i];
        }
      }
      *to = sum;
      continue;
    }
#pragma unroll 1
    for (int r = 0; r < rank; r += 4) {
      float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
#pragma unroll 2
      for (int neighbour = 0; neighbour < 8; neighbour++) {
#pragma unroll
        for (int i = 0; i < ITEMS; i++) {
          const float of_channel = d_delta[Memory::place(block, neighbour, i)];
          const float4 w = load4(weights + (neighbour * ITEMS + i) * ranks + r);
          sum.x += of_channel * w.x;
          sum.y += of_channel * w.y;
          sum.z += of_channel * w.z;
          sum.w += of_channel * w.w;
        }
      }
      to[r * SCAN_SEGMENT] = sum.x;
      to[(r + 1) * SCAN_SEGMENT] = sum.y;
      to[(r + 2) * SCAN_SEGMENT] = sum.z;
      to[(r + 3) * SCAN_SEGMENT] = sum.w;
    }
  }
}

// Rows [ddt, dB, dC] of a segment, by the threads of a sample, over its `warps` in order; `first` is the memory of the first of them. The rows are set if
// `starts`, else added to. to: the row of the first step; ld: from that of one step to that of the next.
template <int N>
__device__ inline void write_step_gradients(
    const MixingMemory<N>& first, int thread, int threads, int warps, int steps, int blocks, int states, int rank, bool starts,
    float* __restrict__ to, int ld) {
  constexpr int COLUMNS = TileLayout<N>::COLUMNS;
#pragma unroll 1
  for (int r = 0; r < rank; r++) {
#pragma unroll 1
    for (int step = thread; step < steps; step += threads) {
      const float* from = first.parts + r * SCAN_SEGMENT + step;
      float sum = from[0];
#pragma unroll 1
      for (int w = 1; w < warps; w++) {
        sum += from[w * first.warp_floats];
      }
      add_unless(starts, to + (step * ld + r), sum);
    }
  }
  // Two columns a thread.
  const int column = 2 * thread & (COLUMNS - 1);
  const int n = column & (N - 1);
  if (n < states) {
    float* to_column = to + (rank + n + (column < N ? 0 : states));
#pragma unroll 2
    for (int step = thread / (COLUMNS / 2); step < steps; step += threads / (COLUMNS / 2)) {
      const float* from = first.sums_of(step / TILE_STEPS, blocks) + step % TILE_STEPS * COLUMNS + column;
      float2 sum = load_pair(from);
#pragma unroll 1
      for (int w = 1; w < warps; w++) {
        const float2 two = load_pair(from + w * first.warp_floats);
        sum.x += two.x;
        sum.y += two.y;
      }
      add_unless(starts, to_column + step * ld, sum.x);
      if (n + 1 < states) {
        add_unless(starts, to_column + step * ld + 1, sum.y);
      }
    }
  }
}
