// Tensors on the emulated device for the tests of the libraries.
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "../../driver/test/harness.h"

using Floats = std::vector<float>;

inline Floats random_floats(size_t n, unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    Floats values(n);
    for (float& v : values) v = uniform(generator);
    return values;
}

inline CUdeviceptr to_device(const void* values, size_t bytes) {
    CUdeviceptr address;
    GOOD(cuMemAlloc_v2(&address, bytes));
    to_device(address, values, bytes);
    return address;
}
inline float* to_device(const Floats& values) { return (float*)to_device(values.data(), values.size() * 4); }

// Memory that nothing wrote: what a test reads from it before the library wrote it is NaN.
inline float* new_device(size_t n) {
    CUdeviceptr address;
    GOOD(cuMemAlloc_v2(&address, n * 4));
    return (float*)address;
}

inline Floats from_device(const float* address, size_t n) {
    Floats values(n);
    GOOD(cuMemcpyDtoH_v2(values.data(), (CUdeviceptr)address, n * 4));
    return values;
}

inline void expect_near(const std::vector<double>& expected, const Floats& got, double tolerance, const char* what, const char* file, int line) {
    expect_equal((long long)expected.size(), (long long)got.size(), what, file, line);
    for (size_t i = 0; i < got.size(); i++) {
        if (std::fabs(expected[i] - got[i]) <= tolerance * (1 + std::fabs(expected[i]))) continue;
        fprintf(stderr, "element %zu: expected %.9g, got %.9g\n", i, expected[i], got[i]);
        expect_equal(0, 1, what, file, line);
    }
}
#define EXPECT_NEAR(expected, got, tolerance) expect_near(expected, got, tolerance, #got, __FILE__, __LINE__)
