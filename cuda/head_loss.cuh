// How head_loss.cu shares samples among threads: io.mambapkd.ops.HeadOps.
//
// A group of 128 or 256 threads takes eight samples at a time. A thread has four columns of one token, of all eight samples, which it calls its slots;
// lanes = 2^lane_bits neighbouring threads have a token. Slot s of a thread is the sample s ^ (lane / 4): which sample it is differs between lanes, so that
// a sum over lanes halves the slots at every step, without a choice of the half that a lane keeps.
#pragma once

#include "bfloat16.cuh"
#include "distillation_loss.cuh"
#include "quads.cuh"

constexpr int HEAD_BLOCK = 256;
constexpr int HEAD_WARPS = HEAD_BLOCK / 32;
constexpr int HEAD_SLOTS = 8;
// Slots whose gradients are in registers at once.
constexpr int HEAD_HALF = HEAD_SLOTS / 2;
// Sums of a warp for each logit: over the lanes that have the same place among four.
constexpr int HEAD_PARTS = 4;
// Threads for the loss of a sample, one for each class.
constexpr int HEAD_LOSS_LANES = 16;
constexpr int HEAD_LOSS_ROWS = HEAD_BLOCK / HEAD_LOSS_LANES;
// Most columns of a sample: 4 for each thread.
constexpr int HEAD_ELEMENTS = 4 * HEAD_BLOCK;

// One operation less than dot4, each of which waits for the one before.
__device__ inline float chained_dot4(float4 a, float4 b) { return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, a.x * b.x))); }

// a + b by
__device__ inline float4 plus_scaled4(float4 a, float4 b, float by) {
  return make_float4(fmaf(b.x, by, a.x), fmaf(b.y, by, a.y), fmaf(b.z, by, a.z), fmaf(b.w, by, a.w));
}

// Four floats anywhere, each times a factor.
__device__ inline float4 products4(const float* a, const float* b) { return make_float4(a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3]); }

// Adds to each slot what the lane at that distance has of the same sample, which is in its slot s ^ SWAP.
template <int DISTANCE, int SWAP, int SLOTS>
__device__ inline void add_lane(float (&slots)[SLOTS]) {
  float other[SLOTS];
#pragma unroll
  for (int s = 0; s < SLOTS; s++) {
    other[s] = __shfl_xor_sync(0xffffffffu, slots[s ^ SWAP], DISTANCE);
  }
#pragma unroll
  for (int s = 0; s < SLOTS; s++) {
    slots[s] += other[s];
  }
}

// Sums over the 2^lane_bits lanes of a token, 16 at most, in each of them, of all slots or of either half.
template <int SLOTS>
__device__ inline void add_token(float (&slots)[SLOTS], int lane_bits) {
  if (lane_bits > 0) {
    add_lane<1, 0>(slots);
  }
  if (lane_bits > 1) {
    add_lane<2, 0>(slots);
  }
  if (lane_bits > 2) {
    add_lane<4, 1>(slots);
  }
  if (lane_bits > 3) {
    add_lane<8, 2>(slots);
  }
}

// The sum of sample lane / 4 over the eight lanes of a warp that have this one's place among four.
__device__ inline float sum_of_sample(float (&slots)[HEAD_SLOTS]) {
#pragma unroll
  for (int s = 0; s < 4; s++) {
    slots[s] += __shfl_xor_sync(0xffffffffu, slots[s + 4], 16);
  }
#pragma unroll
  for (int s = 0; s < 2; s++) {
    slots[s] += __shfl_xor_sync(0xffffffffu, slots[s + 2], 8);
  }
  return slots[0] + __shfl_xor_sync(0xffffffffu, slots[1], 4);
}

// What a thread has of the samples.
struct HeadPlace {
  int column;        // first of its four, within the token
  int first;         // of its elements, within a sample
  bool owns;         // whether there are such elements
  int first_sample;  // of its group, in the tile
  int swap;          // its slot s is the sample s ^ swap of the group

  __device__ HeadPlace(int tokens, int width, int lane_bits, int group_bits) {
    const int in_group = threadIdx.x & ((1 << group_bits) - 1);
    const int token = in_group >> lane_bits;
    column = (in_group & ((1 << lane_bits) - 1)) * 4;
    const bool inside = token < tokens && column < width;
    owns = inside;
    first = inside ? token * width + column : 0;
    first_sample = (threadIdx.x >> group_bits) * HEAD_SLOTS;
    swap = threadIdx.x % 32 / 4;
  }

  // Of slot s, in the tile.
  __device__ int sample(int s) const { return first_sample + (s ^ swap); }
};
