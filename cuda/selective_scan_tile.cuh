// How the gradient of the selective scan is shared out when a thread owns a tile of 2 channels x 4 states; selective_scan_tile.cu has the kernel.
#pragma once

#include "bfloat16.cuh"
#include "selective_scan.cuh"

constexpr int TILE_STEPS = 4;  // steps of a block of steps: recomputed together, between two kept states

// N / 4 neighbouring lanes share two channels, so a warp has 256 / N channels. What belongs to a channel and step alone, an item, is computed
// by one lane: lane l has the items of step l / 8 and of ITEMS neighbouring channels from (l % 8) ITEMS on.
template <int N>
struct TileLayout {
  static constexpr int LANES = N / 4;
  static constexpr int CHANNELS = 256 / N;
  static constexpr int ITEMS = CHANNELS / 8;
  static constexpr int COLUMNS = 2 * N;  // of B and C at one step

  // Shared memory, in floats. First WARP_FLOATS of each warp: parts of dB and dC of two steps (group of lanes, 2, COLUMNS), items and sums over
  // states (step, channel, 4), bias and skip of its channels, and its sums of dB and dC for two blocks of steps. Then B and C of the block of
  // threads (step, COLUMNS). Then the kept states of each warp: a slot of SLOT for each block of steps but the first.
  static constexpr int SLOT = 256;
  static constexpr int PER_STEP = N == 8 ? 160 : 64;
  static constexpr int ITEM_FLOATS = TILE_STEPS * PER_STEP;
  static constexpr int PART_ROW = N == 8 ? 40 : 64;
  static constexpr int PART_FLOATS = 32 / LANES * PART_ROW;
  static constexpr int SUM_FLOATS = TILE_STEPS * COLUMNS;
  static constexpr int WARP_FLOATS = PART_FLOATS + 2 * ITEM_FLOATS + 2 * CHANNELS + 2 * SUM_FLOATS;

  __device__ static int kept_slots(int blocks) { return max(1, blocks - 1); }

  // Where the four floats of channel c lie among those of its step, so that the items of a lane, and the channels of neighbouring lanes, lie in
  // different banks: by room left over for 8 states, by an exchange for 16, whose shared memory is full.
  __device__ static int place(int c) { return N == 8 ? 4 * (c % 4 * 10 + c / 4) : 4 * (c % 2 * 8 + (c / 2 ^ 2 * (c % 2))); }

  // place(ITEMS neighbour + i).
  __device__ static int item_place(int neighbour, int i) { return N == 8 ? 4 * (10 * i + neighbour) : 4 * (8 * i + (neighbour ^ 2 * i)); }

  // The same for four columns of the parts of dB and dC of a group of lanes.
  __device__ static int part_place(int row, int quad) { return row * PART_ROW + 4 * (N == 8 ? quad : quad ^ 4 * (row % 2)); }
};

// COUNT neighbouring floats in registers; in memory the first is aligned to all of them.
template <int COUNT>
struct Neighbours {
  float value[COUNT];
};

// The same as they lie in memory: bfloat16 stays packed until it is used, so that a loop which loads ahead does not wait for its values.
template <int COUNT, typename Element>
struct Fetched;

template <>
struct Fetched<4, float> {
  float4 four;

  Fetched() = default;
  __device__ explicit Fetched(const float* from) : four(load4(from)) {}
  __device__ Neighbours<4> floats() const { return {{four.x, four.y, four.z, four.w}}; }
};

template <>
struct Fetched<2, float> {
  float2 two;

  Fetched() = default;
  __device__ explicit Fetched(const float* from) : two(load_pair(from)) {}
  __device__ Neighbours<2> floats() const { return {{two.x, two.y}}; }
};

template <>
struct Fetched<4, bfloat16> {
  uint2 words;

  Fetched() = default;
  __device__ explicit Fetched(const bfloat16* from) : words(*reinterpret_cast<const uint2*>(from)) {}
  __device__ Neighbours<4> floats() const {
    const float2 low = to_floats(bfloat16_pair{words.x});
    const float2 high = to_floats(bfloat16_pair{words.y});
    return {{low.x, low.y, high.x, high.y}};
  }
};

template <>
struct Fetched<2, bfloat16> {
  bfloat16_pair pair;

  Fetched() = default;
  __device__ explicit Fetched(const bfloat16* from) : pair(load_pair(from)) {}
  __device__ Neighbours<2> floats() const {
    const float2 two = to_floats(pair);
    return {{two.x, two.y}};
  }
};

template <int COUNT, typename Element>
__device__ inline void store_neighbours(Element* to, const Neighbours<COUNT>& from) {
  if constexpr (COUNT == 4) {
    store4(to, make_float4(from.value[0], from.value[1], from.value[2], from.value[3]));
  } else {
    store_pair(to, make_float2(from.value[0], from.value[1]));
  }
}

__device__ inline void load_states(float (&to)[4], const float* from) {
  const float4 four = load4(from);
  to[0] = four.x;
  to[1] = four.y;
  to[2] = four.z;
  to[3] = four.w;
}

__device__ inline void store_states(float* to, const float (&from)[4]) { store4(to, make_float4(from[0], from[1], from[2], from[3])); }

// A function's value, and in the second argument its slope; both share their exponential.
__device__ inline float softplus_and_slope(float x, float& slope) {
  const float e = exp_approx(-fabsf(x));
  const float r = reciprocal_approx(1.0f + e);
  slope = x < 0.0f ? e * r : r;
  return softplus_polynomial(x, e);
}

__device__ inline float silu_and_slope(float x, float& slope) {
  const float e = exp_approx(-fabsf(x));
  const float r = reciprocal_approx(1.0f + e);
  const float small = e * r;
  const float s = x < 0.0f ? small : r;
  const float rest = x < 0.0f ? r : small;  // 1 - s without cancellation
  slope = s * (1.0f + x * rest);
  return x * s;
}
