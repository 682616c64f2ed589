#include <cstring>

#include "harness.h"

TEST_WITH(no_device_is_reported_by_init, "CUEMU_DEVICES=0") { EXPECT(CUDA_ERROR_NO_DEVICE, cuInit(0)); }

TEST(calls_before_init_are_refused) {
    int count;
    EXPECT(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGetCount(&count));
    CUdeviceptr p;
    EXPECT(CUDA_ERROR_NOT_INITIALIZED, cuMemAlloc_v2(&p, 4));
    int version;
    GOOD(cuDriverGetVersion(&version));
    EXPECT(12080, version);
}

TEST_WITH(device_says_that_it_is_an_emulation, "CUEMU_COMPUTE_CAPABILITY=90 CUEMU_MEMORY_MB=64 CUEMU_DRIVER_VERSION=12040") {
    GOOD(cuInit(0));
    char name[100];
    int major, minor, value;
    size_t bytes;
    GOOD(cuDeviceGetName(name, sizeof name, 0));
    EXPECT_IN("emulated", name);
    GOOD(cuDeviceGetName(name, 6, 0));
    EXPECT(5, strlen(name));
    GOOD(cuDeviceGetAttribute(&major, 75, 0));
    GOOD(cuDeviceGetAttribute(&minor, 76, 0));
    EXPECT(90, major * 10 + minor);
    GOOD(cuDeviceTotalMem_v2(&bytes, 0));
    EXPECT(64 << 20, bytes);
    GOOD(cuDeviceGetAttribute(&value, 97, 0));
    EXPECT(232448, value);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuDeviceGetAttribute(&value, 100000, 0));
    EXPECT(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&value, 1));
    GOOD(cuDriverGetVersion(&value));
    EXPECT(12040, value);
}

TEST(every_code_has_a_name) {
    const char* text = nullptr;
    GOOD(cuGetErrorName(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, &text));
    EXPECT_IN("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", text);
    GOOD(cuGetErrorString(CUDA_ERROR_OUT_OF_MEMORY, &text));
    EXPECT_IN("out of memory", text);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuGetErrorName(12345, &text));
}

TEST(primary_context_counts_its_holders) {
    CUcontext a, b, current;
    unsigned flags;
    int active;
    GOOD(cuInit(0));
    CUdeviceptr p;
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&p, 4));
    GOOD(cuDevicePrimaryCtxRetain(&a, 0));
    GOOD(cuDevicePrimaryCtxRetain(&b, 0));
    EXPECT((long long)a, (long long)b);
    GOOD(cuCtxSetCurrent(a));
    GOOD(cuMemAlloc_v2(&p, 4));
    GOOD(cuMemFree_v2(p));
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
    GOOD(cuDevicePrimaryCtxGetState(0, &flags, &active));
    EXPECT(1, active);
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
    GOOD(cuDevicePrimaryCtxGetState(0, &flags, &active));
    EXPECT(0, active);
    EXPECT(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemAlloc_v2(&p, 4));
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
    GOOD(cuCtxSetCurrent(nullptr));
    GOOD(cuCtxGetCurrent(&current));
    EXPECT(0, (long long)current);
}

TEST(created_contexts_stack_and_own_their_memory) {
    CUcontext primary = open_device(), other, current;
    CUdeviceptr p;
    GOOD(cuCtxCreate_v2(&other, 0, 0));
    GOOD(cuMemAlloc_v2(&p, 1000));
    GOOD(cuCtxGetCurrent(&current));
    EXPECT((long long)other, (long long)current);
    GOOD(cuCtxDestroy_v2(other));
    GOOD(cuCtxGetCurrent(&current));
    EXPECT((long long)primary, (long long)current);
    EXPECT_IN("1000 bytes", reported());
    EXPECT(0, control(cuemu::CONTROL_LIVE_ALLOCATIONS));
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuCtxPushCurrent_v2(other));
}

TEST(limits_are_kept_and_unknown_ones_refused) {
    open_device();
    size_t value;
    GOOD(cuCtxGetLimit(&value, 0));
    EXPECT(1024, value);
    GOOD(cuCtxSetLimit(0, 4096));
    GOOD(cuCtxGetLimit(&value, 0));
    EXPECT(4096, value);
    EXPECT(CUDA_ERROR_UNSUPPORTED_LIMIT, cuCtxGetLimit(&value, 99));
    EXPECT(CUDA_ERROR_UNSUPPORTED_LIMIT, cuCtxSetLimit((int)cuemu::CONTROL_LIVE_BYTES, 0));
    EXPECT(1, control(cuemu::CONTROL_VERSION));
}

extern "C" int cuTexRefCreate(void**);

TEST(names_that_are_not_emulated_answer_801) {
    void* reference;
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuTexRefCreate(&reference));
    EXPECT_IN("cuTexRefCreate", reported());
}
