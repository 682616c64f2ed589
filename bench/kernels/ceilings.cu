// What a device can do at most: bytes that go through its memory, exponentials, cycles of its clock. Other times are measured against these.
#include "device.cuh"

constexpr int CEILINGS_BLOCK = 256;
constexpr int VECTORS_A_THREAD = 4;  // loaded before the first is stored
constexpr int CHAINS = 8;            // of exponentials in a thread, none of which waits for another

// ceilings_copy_f32   target = source
// shapes  target, source (4 vectors), on 16-byte boundaries    f32
// launch  grid ceil(vectors / 1024), block 256
// writes  target =
// determinism  bitwise
// bytes   32 vectors
extern "C" __global__ void __launch_bounds__(CEILINGS_BLOCK)
    ceilings_copy_f32(float4* __restrict__ target, const float4* __restrict__ source, long long vectors) {
  const long long first = static_cast<long long>(blockIdx.x) * CEILINGS_BLOCK * VECTORS_A_THREAD + threadIdx.x;
  float4 values[VECTORS_A_THREAD];
#pragma unroll
  for (int i = 0; i < VECTORS_A_THREAD; i++) {
    const long long at = first + static_cast<long long>(i) * CEILINGS_BLOCK;
    if (at < vectors) {
      values[i] = source[at];
    }
  }
#pragma unroll
  for (int i = 0; i < VECTORS_A_THREAD; i++) {
    const long long at = first + static_cast<long long>(i) * CEILINGS_BLOCK;
    if (at < vectors) {
      target[at] = values[i];
    }
  }
}

// ceilings_exp2_f32   x <- 2^-x, 8 chains of them `rounds` times in every thread; they converge to 0.641186
// shapes  sums (256 blocks), cycles (blocks)    f32
// launch  any grid, block 256; as many blocks as are resident at once, so that the cycles of a block are those of the whole kernel
// writes  sums = the sum of the chains of each thread, cycles = cycles of the multiprocessor's clock from start to end of each block
// determinism  of sums bitwise
// bytes   1028 blocks
extern "C" __global__ void __launch_bounds__(CEILINGS_BLOCK)
    ceilings_exp2_f32(float* __restrict__ sums, float* __restrict__ cycles, int rounds) {
  const long long start = cycle_counter();
  float x[CHAINS];
#pragma unroll
  for (int i = 0; i < CHAINS; i++) {
    x[i] = 0.1f * static_cast<float>(i);
  }
  for (int round = 0; round < rounds; round++) {
#pragma unroll
    for (int i = 0; i < CHAINS; i++) {
      x[i] = exp2_approx(-x[i]);
    }
  }
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < CHAINS; i++) {
    sum += x[i];
  }
  sums[static_cast<size_t>(blockIdx.x) * CEILINGS_BLOCK + threadIdx.x] = sum;
  if (threadIdx.x == 0) {
    cycles[blockIdx.x] = static_cast<float>(cycle_counter() - start);
  }
}
