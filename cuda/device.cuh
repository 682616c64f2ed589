// What the kernels take from the device beyond C++. The only file in which the emulated and the real code differ.
#pragma once

#ifdef CUEMU

#define DYN_SHARED(type, name) type* name = static_cast<type*>(cuemu::dynamic_shared())

__device__ inline float exp2_approx(float x) { return exp2f(x); }
__device__ inline float reciprocal_approx(float x) { return 1.0f / x; }
__device__ inline float warp_sum(float value) { return cuemu::warp_sum(value); }
__device__ inline float warp_max(float value) { return cuemu::warp_max(value); }

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

#endif
