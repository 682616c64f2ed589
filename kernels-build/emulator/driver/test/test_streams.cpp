#include <thread>
#include <vector>

#include "harness.h"

using namespace cuemu;

TEST(streams_live_until_they_are_destroyed) {
    open_device();
    CUstream s;
    GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    EXPECT(1, control(CONTROL_LIVE_HANDLES));
    GOOD(cuStreamDestroy_v2(s));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(s));
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuStreamCreate(&s, 0));  // one that blocks
    EXPECT(0, control(CONTROL_LIVE_HANDLES));
}

TEST(events_measure_time) {
    open_device();
    CUdeviceptr x = device_floats(64, 1);
    CUevent start, end;
    float ms = -1;
    GOOD(cuEventCreate(&start, 0));
    GOOD(cuEventCreate(&end, 0));
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuEventCreate(&end, 2));  // without times
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&ms, start, end));
    GOOD(cuEventRecord(start, nullptr));
    GOOD(launch_add(nullptr, x, 1, 64));
    GOOD(cuEventRecord(end, nullptr));
    GOOD(cuEventSynchronize(end));
    GOOD(cuEventElapsedTime(&ms, start, end));
    EXPECT(1, ms > 0 && ms < 1000);
    GOOD(cuEventDestroy_v2(start));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventRecord(start, nullptr));
    GOOD(cuMemFree_v2(x));
}

TEST_WITH(lazy_work_runs_when_it_is_waited_for, "CUEMU_LAZY=1") {
    open_device();
    CUstream s;
    GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    CUdeviceptr x = device_floats(64, 1);
    GOOD(cuCtxSynchronize());
    void* host;
    GOOD(cuMemAllocHost_v2(&host, 256));
    *(float*)host = -1;
    GOOD(launch_add(s, x, 1, 64));
    GOOD(launch_add(s, x, 1, 64));
    GOOD(cuMemcpyDtoHAsync_v2(host, x, 256, s));
    EXPECT(3, control(CONTROL_PENDING));
    EXPECT(-1, *(float*)host);
    GOOD(cuStreamSynchronize(s));
    EXPECT(3, *(float*)host);
    EXPECT(0, control(CONTROL_PENDING));
    GOOD(cuMemFreeHost(host));
    GOOD(cuMemFree_v2(x));
}

TEST_WITH(lazy_mode_shows_a_missing_wait_for_the_default_stream, "CUEMU_LAZY=1") {
    open_device();
    CUstream s;
    CUdeviceptr x = device_floats(64, 1);  // its memset is pending on the default stream
    GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    GOOD(launch_add(s, x, 1, 64));
    GOOD(cuStreamSynchronize(s));  // adds to poison
    EXPECT(1, control(CONTROL_PENDING));
    EXPECT(1, read_float(x, 0));  // the memset, which came last
    GOOD(launch_add(s, x, 1, 64));
    GOOD(cuStreamDestroy_v2(s));
    EXPECT(1, control(CONTROL_PENDING));
    GOOD(cuCtxSynchronize());  // waits for streams that are gone too
    EXPECT(2, read_float(x, 0));
    GOOD(cuMemFree_v2(x));
}

TEST_WITH(events_end_waits_where_they_were_recorded, "CUEMU_LAZY=5") {
    open_device();
    CUstream s;
    CUevent e;
    float ms;
    GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    GOOD(cuEventCreate(&e, 0));
    GOOD(cuEventSynchronize(e));  // never recorded: no wait
    CUdeviceptr x = device_floats(64, 0);
    GOOD(cuCtxSynchronize());
    GOOD(launch_add(s, x, 1, 64));
    GOOD(cuEventRecord(e, s));
    GOOD(launch_add(s, x, 1, 64));
    EXPECT(CUDA_ERROR_NOT_READY, cuEventElapsedTime(&ms, e, e));
    GOOD(cuEventSynchronize(e));
    GOOD(cuEventElapsedTime(&ms, e, e));
    EXPECT(1, control(CONTROL_PENDING));
    EXPECT(1, read_float(x, 5));
    GOOD(cuStreamSynchronize(s));
    EXPECT(2, read_float(x, 5));
    GOOD(cuMemFree_v2(x));
}

// Two streams write the same memory without any order: some seed gives each outcome.
TEST(seeds_draw_the_order) {
    open_device();
    CUstream a, b;
    GOOD(cuStreamCreate(&a, CU_STREAM_NON_BLOCKING));
    GOOD(cuStreamCreate(&b, CU_STREAM_NON_BLOCKING));
    CUdeviceptr x = device_floats(1, 0);
    bool seen[3] = {false, false, false};
    for (unsigned seed = 1; seed < 20; seed++) {
        set_control(CONTROL_LAZY_SEED, seed);
        GOOD(cuMemsetD32Async(x, 0x3F800000, 1, a));
        GOOD(cuMemsetD32Async(x, 0x40000000, 1, b));
        GOOD(cuCtxSynchronize());
        seen[(int)read_float(x, 0)] = true;
    }
    EXPECT(1, seen[1] && seen[2]);
    GOOD(cuMemFree_v2(x));
}

TEST_WITH(pageable_sources_are_read_at_the_call, "CUEMU_LAZY=1") {
    open_device();
    CUstream s;
    GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    CUdeviceptr x;
    GOOD(cuMemAlloc_v2(&x, 4));
    void* pinned;
    GOOD(cuMemAllocHost_v2(&pinned, 4));
    float pageable = 1, got = 0;
    GOOD(cuMemcpyHtoDAsync_v2(x, &pageable, 4, s));
    pageable = 2;
    GOOD(cuMemcpyDtoHAsync_v2(&got, x, 4, s));
    EXPECT(1, got);
    *(float*)pinned = 3;
    GOOD(cuMemcpyHtoDAsync_v2(x, pinned, 4, s));
    *(float*)pinned = 4;  // too early: the copy has not run
    GOOD(cuMemcpyDtoHAsync_v2(&got, x, 4, s));
    EXPECT(4, got);
    GOOD(cuMemFreeHost(pinned));
    GOOD(cuMemFree_v2(x));
}

TEST_WITH(threads_share_the_driver, "CUEMU_LAZY=2") {
    CUcontext context = open_device();
    std::vector<std::thread> threads;
    kernel("add_f32");
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([=] {
            CUstream s;
            GOOD(cuCtxSetCurrent(context));
            GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
            for (int i = 0; i < 50; i++) {
                CUdeviceptr x;
                float one = 1, got = 0;
                GOOD(cuMemAlloc_v2(&x, 4));
                GOOD(cuMemcpyHtoDAsync_v2(x, &one, 4, s));
                GOOD(launch_add(s, x, (float)t, 1));
                GOOD(cuMemcpyDtoHAsync_v2(&got, x, 4, s));
                EXPECT(1 + t, got);
                GOOD(cuMemFree_v2(x));
            }
            GOOD(cuStreamDestroy_v2(s));
        });
    }
    for (std::thread& t : threads) t.join();
    EXPECT(0, control(CONTROL_LIVE_ALLOCATIONS));
}
