// Elements of type float or bfloat16, loaded as floats and stored from floats, so that one source serves tensors of both types.
#pragma once

#include "device.cuh"

// The upper half of a float: its sign, its exponent and 7 bits of its mantissa. It only lies in memory; arithmetic is in float.
struct bfloat16 {
  unsigned short bits;
};

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(bfloat16 value) { return __uint_as_float(static_cast<unsigned>(value.bits) << 16); }

__device__ inline float load(const float* from) { return *from; }
__device__ inline float load(const bfloat16* from) { return to_float(*from); }

// As a float is; to bfloat16 to the nearest, halves to even. NaN stays NaN, and what is beyond the largest number becomes infinite.
__device__ inline void store(float* to, float value) { *to = value; }
__device__ inline void store(bfloat16* to, float value) { to->bits = static_cast<unsigned short>(bfloat16_bits(value)); }

// Two neighbours at once, the first at a multiple of 8 bytes in floats, of 4 in bfloat16. A pair of the latter stays one word, one register, until
// to_floats; a loop that loads ahead waits for its values only there.
struct bfloat16_pair {
  unsigned bits;
};

__device__ inline float2 load_pair(const float* from) { return *reinterpret_cast<const float2*>(from); }
__device__ inline bfloat16_pair load_pair(const bfloat16* from) { return {*reinterpret_cast<const unsigned*>(from)}; }

__device__ inline float2 to_floats(float2 pair) { return pair; }
__device__ inline float2 to_floats(bfloat16_pair pair) {
  return make_float2(__uint_as_float(pair.bits << 16), __uint_as_float(pair.bits & 0xffff0000u));
}

__device__ inline void store_pair(float* to, float2 values) { *reinterpret_cast<float2*>(to) = values; }
__device__ inline void store_pair(bfloat16* to, float2 values) {
  *reinterpret_cast<unsigned*>(to) = bfloat16_pair_bits(values.x, values.y);
}

// Four neighbours at once, the first at a multiple of 16 bytes in floats, of 8 in bfloat16.
__device__ inline float4 load4(const float* from) { return *reinterpret_cast<const float4*>(from); }
__device__ inline float4 load4(const bfloat16* from) {
  const uint2 pairs = *reinterpret_cast<const uint2*>(from);
  return make_float4(
      __uint_as_float(pairs.x << 16),
      __uint_as_float(pairs.x & 0xffff0000u),
      __uint_as_float(pairs.y << 16),
      __uint_as_float(pairs.y & 0xffff0000u));
}

__device__ inline void store4(float* to, float4 values) { *reinterpret_cast<float4*>(to) = values; }
__device__ inline void store4(bfloat16* to, float4 values) {
  *reinterpret_cast<uint2*>(to) =
      make_uint2(bfloat16_pair_bits(values.x, values.y), bfloat16_pair_bits(values.z, values.w));
}
