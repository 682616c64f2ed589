// Arithmetic that several families share.
#pragma once

#include "device.cuh"

constexpr float LOG2_E = 1.4426950408889634f;

__host__ __device__ constexpr int ceil_div(int a, int b) { return (a + b - 1) / b; }

// e^x with the error of one rounding of x log2(e) on top of exp2_approx's: |x| 2^-24 + 2^-22 relative.
__device__ inline float exp_approx(float x) { return exp2_approx(x * LOG2_E); }

// 1 / (1 + e^-x).
__device__ inline float sigmoid(float x) {
  const float e = exp_approx(-fabsf(x));
  const float r = reciprocal_approx(1.0f + e);
  return x < 0.0f ? e * r : r;
}

// x / (1 + e^-x).
__device__ inline float silu(float x) { return x * sigmoid(x); }

// silu'(x) = s (1 + x (1 - s)) with s = sigmoid(x); 1 - s without cancellation.
__device__ inline float silu_slope(float x) {
  const float e = exp_approx(-fabsf(x));
  const float r = reciprocal_approx(1.0f + e);
  const float s = x < 0.0f ? e * r : r;
  const float rest = x < 0.0f ? r : e * r;
  return s * (1.0f + x * rest);
}

// log(1 + e) for e in [0, 1], to a few units in the last place also where e is small. Not lg2.approx(1 + e): at e = 1e-3, where Mamba's
// delta starts, the rounding of 1 + e alone costs 6e-5 relative. log(1 + e) = 2 atanh(s), s = e / (2 + e) <= 1/3.
__device__ inline float log1p_unit(float e) {
  const float s = e * reciprocal_approx(2.0f + e);
  const float v = s * s;
  float q = 0.23224804f;
  q = q * v + 0.21706484f;
  q = q * v + 0.28592363f;
  q = q * v + 0.39999706f;
  q = q * v + 0.6666667f;
  return 2.0f * s + s * (v * q);
}

// log(1 + e^x) without overflow; x itself from about 20 on.
__device__ inline float softplus(float x) { return fmaxf(x, 0.0f) + log1p_unit(exp_approx(-fabsf(x))); }

// Sum over a block of BLOCK threads, in every thread: within the warps as warp_sum, then the warps in order. All threads must call it; it
// holds two barriers, so that it can be called again at once.
template <int BLOCK>
__device__ inline float block_sum(float value) {
  __shared__ float warps[BLOCK / 32];
  value = warp_sum(value);
  if (threadIdx.x % 32 == 0) {
    warps[threadIdx.x / 32] = value;
  }
  __syncthreads();
  float sum = 0.0f;
#pragma unroll
  for (int w = 0; w < BLOCK / 32; w++) {
    sum += warps[w];
  }
  __syncthreads();
  return sum;
}
