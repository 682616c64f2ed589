// What the convolution with its projection shares with its gradient: io.mambapkd.ops.BlockOps.ConvProjection has the contract.
//
// Rows are all steps of all samples, b L + l. A strand is 8 neighbouring rows of four neighbouring channels: one thread walks it, with the window of
// the convolution in registers. A tile is some strands of rows with all channels, what a block works on at once. The end of one sample and the
// start of the next may be in the same strand; what a window has of another sample becomes 0.
#pragma once

#include "bfloat16.cuh"
#include "common.cuh"
#include "quads.cuh"

constexpr int CONV_BLOCK = 256;
constexpr int STRAND_ROWS = 8;
constexpr int WINDOW = 4;         // taps; those that a narrower convolution lacks are the first ones, and 0
constexpr int MOST_CHANNELS = 128;
constexpr int GROUP_OUTPUTS = 5;  // outputs that a thread computes at once

__device__ inline float dot_product(float sum, float4 a, float4 b) {
  sum += a.x * b.x;
  sum += a.y * b.y;
  sum += a.z * b.z;
  sum += a.w * b.w;
  return sum;
}

// The taps (D, W) as WINDOW rows of MOST_CHANNELS, and the bias as one row more.
__device__ inline void stage_taps(
    float* to, const float* __restrict__ taps, const float* __restrict__ bias, int channels, int width) {
#pragma unroll 1
  for (int d = threadIdx.x; d < channels; d += CONV_BLOCK) {
#pragma unroll
    for (int w = 0; w < WINDOW; w++) {
      const int tap = w - (WINDOW - width);
      to[w * MOST_CHANNELS + d] = tap >= 0 ? taps[d * width + tap] : 0.0f;
    }
    to[WINDOW * MOST_CHANNELS + d] = bias != nullptr ? bias[d] : 0.0f;
  }
}

// The taps of four channels; the bias stays in shared memory, for want of registers.
struct Taps {
  float4 tap[WINDOW];
  const float* bias;

  // staged: the first of the four channels, in what stage_taps wrote.
  __device__ explicit Taps(const float* staged) : bias(staged + WINDOW * MOST_CHANNELS) {
#pragma unroll
    for (int w = 0; w < WINDOW; w++) {
      tap[w] = load4(staged + w * MOST_CHANNELS);
    }
  }
};

// A strand's window on its way along the rows of x, of which AHEAD are loaded before they are needed.
template <int AHEAD, typename Element>
struct Strand {
  float4 window[WINDOW];
  float4 ahead[AHEAD];
  int step;  // of the next row, 0 to L; L stands for the first of the next sample
  const int length;
  const int present;
  const int ld_x;
  const Element* __restrict__ next;  // row to load

  // x: the strand's first row and channel. present: how many of its rows there are, 0 or less for none; the others are taken for 0.
  __device__ Strand(const Element* __restrict__ x, int first_step, int length, int present, int ld_x)
      : step(first_step), length(length), present(present), ld_x(ld_x), next(x) {
#pragma unroll
    for (int k = 1; k < WINDOW; k++) {
      window[WINDOW - k] = first_step >= k && present > 0 ? load4(x - k * ld_x) : zeros4();
    }
#pragma unroll
    for (int i = 0; i < AHEAD; i++) {
      ahead[i] = row(i);
    }
  }

  // The i-th row; one after the other. One address goes along them, for want of registers for one each.
  __device__ float4 row(int i) {
    const float4 values = i < present ? load4(next) : zeros4();
    next += ld_x;
    return values;
  }

  // Takes the i-th row into the window, i from 0 on. Gives the convolution there.
  __device__ float4 convolve(int i, const Taps& taps) {
    if (step == length) {
      step = 0;
#pragma unroll
      for (int w = 1; w < WINDOW; w++) {
        window[w] = zeros4();
      }
    }
    step++;
#pragma unroll
    for (int w = 1; w < WINDOW; w++) {
      window[w - 1] = window[w];
    }
    window[WINDOW - 1] = ahead[i % AHEAD];
    if (i + AHEAD < STRAND_ROWS) {
      ahead[i % AHEAD] = row(i + AHEAD);
    }
    float4 value = load4(taps.bias);
#pragma unroll
    for (int w = 0; w < WINDOW; w++) {
      add_product4(value, taps.tap[w], window[w]);
    }
    return value;
  }
};

// 1 / (1 + e^-x) in fewer instructions than sigmoid: below -87 it is 0, where that is less than 1e-37.
__device__ inline float sigmoid_or_0(float x) { return reciprocal_approx(1.0f + exp_approx(-x)); }

// silu(v); makes the gradient of that value the gradient of v, by silu'(v) = s + silu(v) (1 - s), 1 - s without cancellation: v may be large. The limit keeps
// the exponential finite.
__device__ inline float value_and_gradient(float v, float& gradient) {
  const float e = exp2_approx(fminf(v * -LOG2_E, 126.0f));
  const float s = reciprocal_approx(1.0f + e);
  const float value = v * s;
  gradient *= s + value * (e * s);
  return value;
}
