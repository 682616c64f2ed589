#include <cstring>
#include <vector>

#include "harness.h"

using namespace cuemu;

TEST(memory_is_aligned_poisoned_counted_and_freed) {
    open_device();
    CUdeviceptr p, q;
    GOOD(cuMemAlloc_v2(&p, 400));
    GOOD(cuMemAlloc_v2(&q, 5000));
    EXPECT(0, p % 256);
    EXPECT(2, control(CONTROL_LIVE_ALLOCATIONS));
    EXPECT(5400, control(CONTROL_LIVE_BYTES));
    EXPECT(0xFF, *(unsigned char*)(p + 399));
    size_t free, total;
    GOOD(cuMemGetInfo_v2(&free, &total));
    EXPECT(5400, total - free);
    GOOD(cuMemFree_v2(p));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(p));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(q + 256));
    GOOD(cuMemFree_v2(q));
    GOOD(cuMemFree_v2(0));
    EXPECT(0, control(CONTROL_LIVE_ALLOCATIONS));
    int on_stack;
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2((CUdeviceptr)&on_stack));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&p, 0));
}

TEST_WITH(memory_has_a_limit, "CUEMU_MEMORY_MB=1") {
    open_device();
    CUdeviceptr p, q;
    GOOD(cuMemAlloc_v2(&p, 700000));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&q, 400000));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&q, (size_t)1 << 60));
    void* host;
    GOOD(cuMemAllocHost_v2(&host, 2 << 20));
    GOOD(cuMemFree_v2(p));
    GOOD(cuMemAlloc_v2(&q, 400000));
    GOOD(cuMemFree_v2(q));
    GOOD(cuMemFreeHost(host));
}

TEST(copies_stay_inside_their_allocation) {
    open_device();
    CUdeviceptr p, q;
    std::vector<char> host(1000, 7), back(1000);
    GOOD(cuMemAlloc_v2(&p, 400));
    GOOD(cuMemAlloc_v2(&q, 400));
    GOOD(cuMemcpyHtoDAsync_v2(p, host.data(), 400, nullptr));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(p, host.data(), 401, nullptr));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(p + 1, host.data(), 400, nullptr));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2((CUdeviceptr)host.data(), host.data(), 4, nullptr));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(back.data(), p + 400, 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2((void*)q, p, 4));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemsetD8_v2(p, 0, 401));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemsetD32Async(p + 2, 0, 1, nullptr));
    GOOD(cuMemcpyDtoDAsync_v2(q, p, 400, nullptr));
    GOOD(cuMemsetD32Async(q, 0x00020102, 1, nullptr));
    GOOD(cuMemcpyDtoH_v2(back.data(), q, 400));
    EXPECT(2, back[2]);
    EXPECT(7, back[4]);
    to_device(p, host.data(), 0);
    GOOD(cuMemFree_v2(p));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(back.data(), p, 4));
    GOOD(cuMemFree_v2(q));
}

TEST(columns_are_copied_by_rows) {
    open_device();
    CUdeviceptr wide, narrow;
    GOOD(cuMemAlloc_v2(&wide, 4 * 12));
    GOOD(cuMemAlloc_v2(&narrow, 3 * 4));
    std::vector<unsigned char> host(48), back(12);
    for (int i = 0; i < 48; i++) host[(size_t)i] = (unsigned char)i;
    to_device(wide, host.data(), 48);
    CUDA_MEMCPY2D c{};
    c.srcMemoryType = c.dstMemoryType = CU_MEMORYTYPE_DEVICE;
    c.srcDevice = wide;
    c.srcPitch = 12;
    c.srcXInBytes = 4;
    c.srcY = 1;
    c.dstDevice = narrow;
    c.dstPitch = 4;
    c.WidthInBytes = 4;
    c.Height = 3;
    GOOD(cuMemcpy2DAsync_v2(&c, nullptr));
    GOOD(cuMemcpyDtoH_v2(back.data(), narrow, 12));
    EXPECT(16, back[0]);
    EXPECT(43, back[11]);
    c.srcY = 2;
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpy2DAsync_v2(&c, nullptr));
    c.srcY = 0;
    c.WidthInBytes = 12;
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpy2DAsync_v2(&c, nullptr));
    c.dstPitch = 12;
    c.Height = 1;
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpy2DAsync_v2(&c, nullptr));  // bytes 4 to 16 of rows of 12
    GOOD(cuMemFree_v2(wide));
    GOOD(cuMemFree_v2(narrow));
}

TEST(bytes_of_copies_and_fills_are_counted) {
    open_device();
    CUdeviceptr p, q;
    std::vector<unsigned char> host(120);
    GOOD(cuMemAlloc_v2(&p, 120));
    GOOD(cuMemAlloc_v2(&q, 120));
    set_control(CONTROL_COPIED_BYTES, 0);
    to_device(p, host.data(), 120);
    EXPECT(120, control(CONTROL_COPIED_BYTES));
    GOOD(cuMemcpyDtoDAsync_v2(q, p, 100, nullptr));  // loaded and stored
    EXPECT(320, control(CONTROL_COPIED_BYTES));
    GOOD(cuMemcpyDtoH_v2(host.data(), q, 60));
    EXPECT(380, control(CONTROL_COPIED_BYTES));
    EXPECT(0, control(CONTROL_FILLED_BYTES));
    GOOD(cuMemsetD32Async(p, 1, 25, nullptr));
    GOOD(cuMemsetD8_v2(p, 1, 60));
    EXPECT(160, control(CONTROL_FILLED_BYTES));
    EXPECT(380, control(CONTROL_COPIED_BYTES));
    set_control(CONTROL_LAUNCHES, 0);
    EXPECT(0, control(CONTROL_COPIED_BYTES));
    EXPECT(0, control(CONTROL_FILLED_BYTES));
    GOOD(cuMemFree_v2(p));
    GOOD(cuMemFree_v2(q));
}

// The 144 bytes between byte 400 and the next multiple of 256 are on the allocation's pages: no fault, but the canary tells.
TEST(writes_beside_an_allocation_are_found_when_it_is_freed) {
    open_device();
    CUdeviceptr p;
    GOOD(cuMemAlloc_v2(&p, 400));
    *(char*)(p + 401) = 0;
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemFree_v2(p));
    EXPECT_IN("offset 401 of the device allocation 1 (400 bytes", reported());
    EXPECT(1, control(CONTROL_FAULTS));
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
}

TEST(pinned_memory_is_mapped_for_the_device) {
    open_device();
    void* host;
    GOOD(cuMemAllocHost_v2(&host, 1024));
    for (int i = 0; i < 256; i++) ((float*)host)[i] = 1;
    GOOD(launch_add(nullptr, (CUdeviceptr)host, 2, 256));
    GOOD(cuCtxSynchronize());
    EXPECT(3, ((float*)host)[255]);
    EXPECT(1, control(CONTROL_LIVE_HOST_ALLOCATIONS));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2((CUdeviceptr)host));
    GOOD(cuMemFreeHost(host));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(host));
}

TEST(leaks_are_named_when_the_context_ends) {
    open_device();
    CUdeviceptr p;
    GOOD(cuMemAlloc_v2(&p, 12345));
    GOOD(cuDevicePrimaryCtxRelease_v2(0));
    EXPECT_IN("leak: 1 allocations, 12345 bytes", reported());
    EXPECT(0, control(CONTROL_LIVE_BYTES));
}

// More blocks than are kept after freeing, and more address space in total than would fit without using it again.
TEST(freed_address_space_is_used_again) {
    open_device();
    for (int i = 0; i < 30000; i++) {
        CUdeviceptr p;
        GOOD(cuMemAlloc_v2(&p, 64));
        GOOD(cuMemFree_v2(p));
    }
    EXPECT(0, control(CONTROL_LIVE_ALLOCATIONS));
}
