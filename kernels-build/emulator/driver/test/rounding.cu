// Kernels for test_rounding.cpp.
#include "device.cuh"

// out[f * n + i] = function f of x[i], in the order of FUNCTIONS in test_rounding.cpp.
extern "C" __global__ void __launch_bounds__(64) functions_f32(float* out, const float* x, int n) {
    const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n) return;
    float* to = out + i;
    *to = exp2_approx(x[i]), to += n;
    *to = reciprocal_approx(x[i]), to += n;
    *to = expf(x[i]), to += n;
    *to = exp2f(x[i]), to += n;
    *to = expm1f(x[i]), to += n;
    *to = logf(x[i]), to += n;
    *to = log2f(x[i]), to += n;
    *to = log1pf(x[i]), to += n;
    *to = erff(x[i]), to += n;
    *to = erfcf(x[i]);
}

// What is left of a product once the same product, rounded, is taken away: nothing, unless the compiler fuses the two operations.
extern "C" __global__ void __launch_bounds__(64) products_f32(float* left, float* left_of_rounded, const float* a, const float* b, const float* product, int n) {
    const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n) return;
    left[i] = a[i] * b[i] - product[i];
    left_of_rounded[i] = __fmul_rn(a[i], b[i]) - product[i];
}
