// Kernels for the tests of the driver's entry points; their PTX, as far as the driver reads it, stands in harness.cpp.
#include "device.cuh"

extern "C" __global__ void __launch_bounds__(64) add_f32(float* x, float value, int n) {
    const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n) return;
    x[i] += value;
}

// out[block] = sum of the block's part of x, through dynamic shared memory of blockDim.x floats.
extern "C" __global__ void __launch_bounds__(128) sum_f32(float* out, const float* x, int n) {
    DYN_SHARED(float, part);
    const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    part[threadIdx.x] = i < n ? x[i] : 0.0f;
    __syncthreads();
    if (threadIdx.x != 0) return;
    float sum = 0.0f;
    for (unsigned t = 0; t < blockDim.x; t++) sum += part[t];
    out[blockIdx.x] = sum;
}

// Writes where it is told to, also where it must not.
extern "C" __global__ void __launch_bounds__(32) store_f32(float* x, long long index, float value) { x[index] = value; }
