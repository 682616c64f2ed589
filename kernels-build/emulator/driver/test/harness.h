// A small frame for the tests of the driver's entry points. Each case runs in a process of its own, since faults are sticky and the environment is read
// once; `driver_test` runs all of them, `driver_test NAME` one in this process.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "../controls.h"
#include "../cuda_abi.h"

struct Case {
    const char* name;
    const char* environment;  // "A=1 B=2" or ""
    void (*run)();
};
std::vector<Case>& cases();

struct Registration {
    Registration(const char* name, const char* environment, void (*run)()) { cases().push_back({name, environment, run}); }
};

#define TEST_WITH(name, environment)                                   \
    static void name();                                                \
    static const Registration registration_of_##name(#name, environment, name); \
    static void name()
#define TEST(name) TEST_WITH(name, "")

void expect_equal(long long expected, long long got, const char* text, const char* file, int line);
#define EXPECT(expected, call) expect_equal((long long)(expected), (long long)(call), #call, __FILE__, __LINE__)
#define GOOD(call) EXPECT(CUDA_SUCCESS, call)
#define EXPECT_IN(part, whole) expect_equal(1, std::string(whole).find(part) != std::string::npos, (std::string(#whole) + " has \"" + (part) + "\": " + (whole)).c_str(), __FILE__, __LINE__)

// What the emulation reported so far (CUEMU_REPORT).
std::string reported();

// cuInit, the primary context retained and current.
CUcontext open_device();

size_t control(unsigned id);
void set_control(unsigned id, size_t value);

// The PTX of kernels.cu, as far as the driver reads it.
extern const char* const KERNELS_PTX;
CUmodule load(const char* ptx);
CUmodule load_kernels();
CUfunction kernel(const char* name);  // of KERNELS_PTX, loaded once

// add_f32(float* x, float value, int n), one thread for each element, in blocks of 64.
CUresult launch_add(CUstream stream, CUdeviceptr x, float value, int n);

// In the order of the default stream, which cuMemcpyDtoH is in too.
void to_device(CUdeviceptr to, const void* from, size_t bytes);
CUdeviceptr device_floats(int n, float value);  // allocated and filled
float read_float(CUdeviceptr x, int index);     // synchronous
