// What the kernels take from the device beyond C++. The only file in which the emulated and the real code differ.
#pragma once

// The upper half of a float, to the nearest, halves to even; a NaN becomes the one that the devices' instruction gives.
__device__ inline unsigned upper_half_rounded(float value) {
  const unsigned bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fffu;
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

#ifdef CUEMU

#define DYN_SHARED(type, name) type* name = static_cast<type*>(cuemu::dynamic_shared())

__device__ inline float exp2_approx(float x) { return cuemu::exp2_approx(x); }
__device__ inline float reciprocal_approx(float x) { return cuemu::reciprocal_approx(x); }
__device__ inline float inverse_root_approx(float x) { return cuemu::inverse_root_approx(x); }
__device__ inline unsigned bfloat16_bits(float value) { return upper_half_rounded(value); }
__device__ inline unsigned bfloat16_pair_bits(float low, float high) { return upper_half_rounded(high) << 16 | upper_half_rounded(low); }
__device__ inline float warp_sum(float value) { return cuemu::warp_sum(value); }
__device__ inline float warp_max(float value) { return cuemu::warp_max(value); }
__device__ inline long long cycle_counter() { return cuemu::cycle_counter(); }

#else

// Dynamic shared memory, 16-byte aligned. Once per kernel.
#define DYN_SHARED(type, name)                                          \
  extern __shared__ __align__(16) unsigned char dynamic_shared_bytes[]; \
  type* name = reinterpret_cast<type*>(dynamic_shared_bytes)

// 2^x: largest relative error 2^-22 (PTX ISA, ex2.approx.ftz.f32); one instruction of the special function unit.
__device__ inline float exp2_approx(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// 1/x for normal x: largest error 1 unit in the last place (PTX ISA, rcp.approx.ftz.f32).
__device__ inline float reciprocal_approx(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// 1/sqrt(x): largest relative error 2^-22.9 (PTX ISA, rsqrt.approx.f32); infinite for 0, NaN below.
__device__ inline float inverse_root_approx(float x) {
  float y;
  asm("rsqrt.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// A float rounded to bfloat16, to the nearest, halves to even; one instruction from compute capability 8.0 on.
__device__ inline unsigned bfloat16_bits(float value) {
#if __CUDA_ARCH__ >= 800
  unsigned short bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
#else
  return upper_half_rounded(value);
#endif
}

// Two of them in a word, `low` in its lower half.
__device__ inline unsigned bfloat16_pair_bits(float low, float high) {
#if __CUDA_ARCH__ >= 800
  unsigned bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
#else
  return upper_half_rounded(high) << 16 | upper_half_rounded(low);
#endif
}

// Sum over the 32 lanes, in every lane, always added in the same tree.
__device__ inline float warp_sum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(0xffffffffu, value, distance);
  }
  return value;
}

// Largest of the 32 lanes, in every lane.
__device__ inline float warp_max(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

// Cycles of this multiprocessor's clock since some time in the past.
__device__ inline long long cycle_counter() { return clock64(); }

#endif
