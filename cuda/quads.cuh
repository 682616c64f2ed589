// Arithmetic of four floats that lie side by side.
#pragma once

__device__ inline float4 zeros4() { return make_float4(0.0f, 0.0f, 0.0f, 0.0f); }

__device__ inline float4 sum4(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }

__device__ inline float4 product4(float4 a, float4 b) { return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w); }

__device__ inline float4 scaled4(float4 a, float by) { return make_float4(a.x * by, a.y * by, a.z * by, a.w * by); }

__device__ inline float dot4(float4 a, float4 b) { return a.x * b.x + a.y * b.y + (a.z * b.z + a.w * b.w); }

// sum += a. With sum = sum4(sum, a) in its place embedding_gradient.cu spills.
__device__ inline void add4(float4& sum, float4 a) {
  sum.x += a.x;
  sum.y += a.y;
  sum.z += a.z;
  sum.w += a.w;
}

// sum += a b, element by element
__device__ inline void add_product4(float4& sum, float4 a, float4 b) {
  sum.x += a.x * b.x;
  sum.y += a.y * b.y;
  sum.z += a.z * b.z;
  sum.w += a.w * b.w;
}

// sum += by a
__device__ inline void add_scaled4(float4& sum, float by, float4 a) { add_product4(sum, make_float4(by, by, by, by), a); }
