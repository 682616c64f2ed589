// Elementwise functions with their derivatives.
#pragma once

#include "common.cuh"

// Each function has a value f(x) and a slope f'(x).
struct Identity {
  static __device__ float value(float x) { return x; }
  static __device__ float slope(float) { return 1.0f; }
};

struct Relu {
  // Not fmaxf(x, 0), which turns NaN into 0.
  static __device__ float value(float x) { return x <= 0.0f ? 0.0f : x; }
  static __device__ float slope(float x) { return x > 0.0f ? 1.0f : 0.0f; }
};

struct Silu {
  static __device__ float value(float x) { return silu(x); }
  static __device__ float slope(float x) { return silu_slope(x); }
};

struct Softplus {
  static __device__ float value(float x) { return softplus(x); }
  static __device__ float slope(float x) { return sigmoid(x); }
};

// x Phi(x); Phi by erfc, which keeps its relative accuracy in the left tail.
struct Gelu {
  static constexpr float SQRT_HALF = 0.70710678f;
  static constexpr float INVERSE_SQRT_TWO_PI = 0.39894228f;

  static __device__ float cdf(float x) { return 0.5f * erfcf(-x * SQRT_HALF); }
  static __device__ float value(float x) { return x * cdf(x); }
  static __device__ float slope(float x) { return cdf(x) + x * INVERSE_SQRT_TWO_PI * expf(-0.5f * x * x); }
};

// x/2 (1 + tanh a) = x sigmoid(2a), a = sqrt(2/pi) (x + 0.044715 x^3): no cancellation where tanh a is near -1.
struct GeluTanh {
  static constexpr float TWICE_SQRT_TWO_OVER_PI = 1.5957691f;
  static constexpr float CUBIC = 0.044715f;

  static __device__ float twice_argument(float x) { return TWICE_SQRT_TWO_OVER_PI * (x + CUBIC * x * x * x); }
  static __device__ float value(float x) { return x * sigmoid(twice_argument(x)); }
  static __device__ float slope(float x) {
    // 0 or 1 to the last digit, where x^2 may overflow.
    if (fabsf(x) > 16.0f) {
      return x > 0.0f ? 1.0f : 0.0f;
    }
    const float s = sigmoid(twice_argument(x));
    const float rest = sigmoid(-twice_argument(x));
    return s + x * s * rest * TWICE_SQRT_TWO_OVER_PI * (1.0f + 3.0f * CUBIC * x * x);
  }
};
