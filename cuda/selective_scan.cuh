// How the scan's kernels share samples, channels and states among threads.
#pragma once

#include "common.cuh"

constexpr int SCAN_BLOCK = 128;
constexpr int SCAN_WARPS = SCAN_BLOCK / 32;
constexpr int SCAN_TILE = 32;  // steps whose B and C are in shared memory at once
constexpr int SCAN_SEGMENT = 52;  // steps between two saved states

// Whether all states fit in one pass over the steps, or are taken 16 at a time.
enum class Passes { ONE, MANY };

// log(1 + e^x), as softplus of common.cuh, by 12 instructions of which one is of the special function unit, instead of 15 and two: log(1 + e) / e
// for e in (0, 1] is a polynomial that is 1 at 0, so that small results keep all their digits. Its 8 coefficients are those of the least largest
// relative error, 3.3e-8 (a linear programme over 400 Chebyshev points of [0, 1] in double); rounded to floats and evaluated in floats 1.5e-7. That
// comes on top of exp_approx's error.
__device__ inline float softplus_polynomial(float x, float e) {
  float q = 0.0053647137f;
  q = q * e - 0.030065317f;
  q = q * e + 0.07920371f;
  q = q * e - 0.13753727f;
  q = q * e + 0.19153617f;
  q = q * e - 0.24857154f;
  q = q * e + 0.3332132f;
  q = q * e - 0.49999648f;
  q = q * e + 1.0f;
  return q * e + fmaxf(x, 0.0f);
}

__device__ inline float softplus_polynomial(float x) { return softplus_polynomial(x, exp_approx(-fabsf(x))); }

// Place of a thread: a warp belongs to one sample, and LANES neighbouring lanes to one channel.
//
// blockIdx.y counts (group, chunk of channels). A sample has warps_per_sample (1, 2 or 4) warps, so a block holds 4, 2 or 1 samples side by
// side; these slots take samples slot, slot + slots, ...
template <int LANES>
struct ScanThread {
  int slot;              // of the block, 0 .. SCAN_WARPS / warps_per_sample - 1
  int thread;            // within the slot
  int threads;           // of the slot
  int group;
  int chunk;
  int part;              // which part of the channel's states, 0 .. LANES - 1
  int channel;           // 0 .. D - 1, if inside
  bool inside;           // whether the channel exists

  __device__ ScanThread(int channels, int groups, int chunks, int warps_per_sample) {
    threads = warps_per_sample * 32;
    slot = threadIdx.x / threads;
    thread = threadIdx.x % threads;
    group = blockIdx.y / chunks;
    chunk = blockIdx.y % chunks;
    part = thread % LANES;
    const int in_group = chunk * (threads / LANES) + thread / LANES;
    inside = in_group < channels / groups;
    channel = group * (channels / groups) + in_group;
  }
};

// Four consecutive floats of shared memory, aligned to 16 bytes, in one load.
struct StateVector {
  static constexpr int WIDTH = 4;
  float value[WIDTH];

  __device__ explicit StateVector(const float* source) {
    const float4 four = *reinterpret_cast<const float4*>(source);
    value[0] = four.x;
    value[1] = four.y;
    value[2] = four.z;
    value[3] = four.w;
  }
};

// Copies the rows of B and C of `steps` steps of one sample and group into its tile (padded, 2, N). States beyond the last and steps from
// `steps` to `padded` are 0, so that they contribute nothing. `row` is the row of the first step, `direction` the distance to the next.
template <int N, class Thread>
__device__ inline void stage_states(
    float* tile, const float* b, const float* c, const Thread& at, size_t row, int direction, int steps, int padded, int first_state,
    int states, int ld_b, int ld_c) {
  for (int i = at.thread; i < padded * N; i += at.threads) {
    const int step = i / N;
    const int n = i % N;
    const bool exists = step < steps && first_state + n < states;
    const size_t r = row + static_cast<ptrdiff_t>(step) * direction;
    const int column = at.group * states + first_state + n;
    tile[step * 2 * N + n] = exists ? b[r * ld_b + column] : 0.0f;
    tile[step * 2 * N + N + n] = exists ? c[r * ld_c + column] : 0.0f;
  }
}
