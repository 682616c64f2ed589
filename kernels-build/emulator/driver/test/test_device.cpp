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
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuDeviceGetAttribute(&value, 1, 0));
    EXPECT(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&value, 1));
    GOOD(cuDriverGetVersion(&value));
    EXPECT(12040, value);
}

TEST(primary_context_counts_its_holders) {
    CUcontext a, b;
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
    GOOD(cuCtxSynchronize());
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
    EXPECT(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemAlloc_v2(&p, 4));
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuCtxSetCurrent(a));
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
    GOOD(cuCtxSetCurrent(nullptr));
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&p, 4));
    GOOD(cuDevicePrimaryCtxRetain(&b, 0));
    EXPECT(1, a != b);
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
}

TEST(limits_that_are_no_controls_are_refused) {
    open_device();
    size_t value;
    EXPECT(CUDA_ERROR_UNSUPPORTED_LIMIT, cuCtxGetLimit(&value, 0));
    EXPECT(CUDA_ERROR_UNSUPPORTED_LIMIT, cuCtxSetLimit((int)cuemu::CONTROL_LIVE_BYTES, 0));
    EXPECT(1, control(cuemu::CONTROL_VERSION));
}

extern "C" int cuTexRefCreate(void**);

TEST(names_that_are_not_emulated_answer_801) {
    void* reference;
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuTexRefCreate(&reference));
    EXPECT_IN("cuTexRefCreate", reported());
}
