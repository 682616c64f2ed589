#include "harness.h"

using namespace cuemu;

TEST_WITH(planned_failures_hit_the_nth_call, "CUEMU_FAIL=cuMemAlloc:2:2,cuStreamCreate:1:999") {
    open_device();
    CUdeviceptr p, q;
    CUstream s;
    GOOD(cuMemAlloc_v2(&p, 4));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&q, 4));
    GOOD(cuMemAlloc_v2(&q, 4));
    EXPECT(CUDA_ERROR_UNKNOWN, cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    GOOD(cuMemFree_v2(p));
    GOOD(cuMemFree_v2(q));
}

TEST_WITH(planned_failures_can_be_sticky, "CUEMU_FAIL=cuLaunchKernel:2:700:sticky") {
    open_device();
    CUdeviceptr x = device_floats(64, 0);
    GOOD(launch_add(nullptr, x, 1, 64));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, launch_add(nullptr, x, 1, 64));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemFree_v2(x));
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
    CUcontext context;
    GOOD(cuDevicePrimaryCtxRetain(&context, 0));
    GOOD(cuCtxSetCurrent(context));
    GOOD(cuCtxSynchronize());
}

TEST_WITH(init_can_fail, "CUEMU_FAIL=cuInit:1:802") { EXPECT(802, cuInit(0)); }

TEST(controls_can_plan_a_failure) {
    open_device();
    CUdeviceptr p;
    set_control(CONTROL_FAIL_CODE, CUDA_ERROR_OUT_OF_MEMORY);
    set_control(CONTROL_FAIL_COUNTDOWN, 2);
    GOOD(cuMemAlloc_v2(&p, 4));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemFree_v2(p));
    GOOD(cuMemFree_v2(p));
    EXPECT(0, control(CONTROL_LIVE_ALLOCATIONS));
}

TEST(calls_are_counted) {
    open_device();
    set_control(CONTROL_API_CALLS, 0);
    GOOD(cuCtxSynchronize());
    GOOD(cuCtxSynchronize());
    EXPECT(3, control(CONTROL_API_CALLS));  // the question counts too
}

TEST(allocations_and_waits_are_counted) {
    open_device();
    CUdeviceptr p;
    void* pinned;
    CUevent event;
    GOOD(cuEventCreate(&event, 0));
    set_control(CONTROL_WAITS, 0);
    GOOD(cuMemAlloc_v2(&p, 64));
    GOOD(cuMemAllocHost_v2(&pinned, 64));
    GOOD(cuMemsetD8Async(p, 0, 64, nullptr));
    GOOD(cuMemcpyDtoHAsync_v2(pinned, p, 64, nullptr));
    GOOD(cuEventRecord(event, nullptr));
    EXPECT(0, control(CONTROL_WAITS));
    GOOD(cuEventSynchronize(event));
    GOOD(cuStreamSynchronize(nullptr));
    GOOD(cuMemcpyDtoH_v2(pinned, p, 64));
    GOOD(cuMemFreeHost(pinned));
    GOOD(cuMemFree_v2(p));
    EXPECT(2, control(CONTROL_ALLOCATION_CALLS));
    EXPECT(4, control(CONTROL_WAITS));
    EXPECT(1, control(CONTROL_EVENT_WAITS));
    set_control(CONTROL_ALLOCATION_CALLS, 0);
    EXPECT(0, control(CONTROL_WAITS));
}

TEST(controls_can_let_all_later_calls_fail) {
    open_device();
    CUdeviceptr p;
    set_control(CONTROL_FAIL_CODE, CUDA_ERROR_OUT_OF_MEMORY | 0x40000);
    set_control(CONTROL_FAIL_COUNTDOWN, 2);
    GOOD(cuMemAlloc_v2(&p, 4));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuCtxSynchronize());
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemFree_v2(p));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuInit(0));
    EXPECT(0, control(CONTROL_FAIL_COUNTDOWN));
    set_control(CONTROL_FAIL_COUNTDOWN, 0);
    GOOD(cuMemFree_v2(p));
}

TEST(controls_can_let_later_calls_of_one_name_fail) {
    open_device();
    CUdeviceptr p;
    set_control(CONTROL_FAIL_CODE, CUDA_ERROR_OUT_OF_MEMORY | 0x20000);
    set_control(CONTROL_FAIL_COUNTDOWN, 1);
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&p, 4));
    GOOD(cuCtxSynchronize());
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&p, 4));
    set_control(CONTROL_FAIL_COUNTDOWN, 0);
    GOOD(cuMemAlloc_v2(&p, 4));
    GOOD(cuMemFree_v2(p));
}

TEST(calls_can_be_listed) {
    open_device();
    set_control(CONTROL_LISTING, 3);
    GOOD(cuCtxSynchronize());
    GOOD(cuInit(0));
    std::string listed;
    for (size_t part = control(CONTROL_LISTED); part; part = control(CONTROL_LISTED)) {
        for (; part; part >>= 8) listed += (char)part;
    }
    EXPECT(1, listed == "cuCtxSynchronize\ncuInit\n");
}
