#include <cstring>

#include "harness.h"

using namespace cuemu;

static CUresult launch(const char* name, unsigned grid, unsigned block, unsigned shared, void** parameters) {
    return cuLaunchKernel(kernel(name), grid, 1, 1, block, 1, 1, shared, nullptr, parameters, nullptr);
}

TEST(kernels_run_and_arguments_are_copied_at_the_launch) {
    open_device();
    CUdeviceptr x = device_floats(1000, 1);
    GOOD(launch_add(nullptr, x, 0.5f, 999));
    EXPECT(15, (long long)(10 * read_float(x, 998)));
    EXPECT(10, (long long)(10 * read_float(x, 999)));
    EXPECT(1, control(CONTROL_LAUNCHES));
    set_control(CONTROL_LAUNCHES, 0);
    EXPECT(0, control(CONTROL_LAUNCHES));
    GOOD(cuMemFree_v2(x));
}

TEST(sizes_beyond_the_limits_and_missing_parameters_are_refused) {
    open_device();
    CUdeviceptr x = device_floats(64, 1);
    float value = 1;
    int n = 64;
    void* p[] = {&x, &value, &n};
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch("add_f32", 1, 65, 0, p));
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch("add_f32", 0, 64, 0, p));
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch("add_f32", 1, 0, 0, p));
    void* holes[] = {&x, nullptr, &n};
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch("add_f32", 1, 64, 0, holes));
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch("add_f32", 1, 64, 0, nullptr));
    CUfunction f = kernel("add_f32");
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuLaunchKernel(f, 1, 1, 1, 64, 1, 1, 0, nullptr, nullptr, p));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 65536, 1, 64, 1, 1, 0, nullptr, p, nullptr));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 1, 1, 1, 1, 65, 0, nullptr, p, nullptr));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 1, 1, 8, 8, 2, 0, nullptr, p, nullptr));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, nullptr, p, nullptr));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuLaunchKernel((CUfunction)&n, 1, 1, 1, 1, 1, 1, 0, nullptr, p, nullptr));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, (CUstream)&n, p, nullptr));
    EXPECT(0, control(CONTROL_LAUNCHES));
    GOOD(cuMemFree_v2(x));
}

TEST(shared_memory_above_48_kb_needs_the_attribute) {
    open_device();
    CUdeviceptr x = device_floats(128, 2), out = device_floats(1, 0);
    int n = 128;
    void* p[] = {&out, &x, &n};
    GOOD(launch("sum_f32", 1, 128, 512, p));
    EXPECT(256, read_float(out, 0));
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch("sum_f32", 1, 128, 49152, p));  // 512 of the 48 KB are static
    CUfunction f = kernel("sum_f32");
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuFuncSetAttribute(f, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 166912));
    GOOD(cuFuncSetAttribute(f, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 100000));
    GOOD(launch("sum_f32", 1, 128, 100000, p));
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch("sum_f32", 1, 128, 100001, p));
    GOOD(cuMemFree_v2(x));
    GOOD(cuMemFree_v2(out));
}

static CUresult store(CUdeviceptr x, long long index) {
    float value = 1;
    void* p[] = {&x, &index, &value};
    return launch("store_f32", 1, 1, 0, p);
}

TEST(stray_access_makes_a_sticky_error_that_names_the_allocation) {
    open_device();
    CUdeviceptr x = device_floats(64, 0);
    CUfunction f = kernel("store_f32");
    GOOD(store(x, 64));  // asynchronous: the launch itself succeeds
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
    CUdeviceptr y;
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemAlloc_v2(&y, 4));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr));
    EXPECT_IN("store_f32", reported());
    EXPECT_IN("256", reported());
    // Teardown works and says it too.
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemFree_v2(x));
    EXPECT(0, control(CONTROL_LIVE_ALLOCATIONS));
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
    // A new primary context is healthy.
    open_device();
    GOOD(cuMemAlloc_v2(&y, 4));
    GOOD(cuMemFree_v2(y));
}

TEST(use_after_free_is_an_illegal_address) {
    open_device();
    CUdeviceptr x = device_floats(64, 0);
    GOOD(cuMemFree_v2(x));
    GOOD(store(x, 0));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
    EXPECT_IN("free", reported());
}

TEST(null_pointer_is_an_illegal_address) {
    open_device();
    GOOD(store(0, 0));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
}

TEST_WITH(checked_build_counts_bytes, "CUEMU_CHECKED=1") {
    open_device();
    CUdeviceptr x = device_floats(64, 1);
    GOOD(launch_add(nullptr, x, 1, 64));
    GOOD(cuCtxSynchronize());
    EXPECT(256, control(CONTROL_UNIQUE_LOADED_BYTES));
    EXPECT(256, control(CONTROL_UNIQUE_STORED_BYTES));
    CUdeviceptr y;
    GOOD(cuMemAlloc_v2(&y, 256));
    GOOD(launch_add(nullptr, y, 1, 64));
    EXPECT(CUDA_ERROR_LAUNCH_FAILED, cuCtxSynchronize());
}
