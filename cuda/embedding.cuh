// What both directions of the embedding share.
#pragma once

#include "common.cuh"

__device__ inline void add_product(float4& sum, float factor, float4 values) {
  sum.x += factor * values.x;
  sum.y += factor * values.y;
  sum.z += factor * values.z;
  sum.w += factor * values.w;
}

__device__ inline void add(float4& sum, float4 values) {
  sum.x += values.x;
  sum.y += values.y;
  sum.z += values.z;
  sum.w += values.w;
}
