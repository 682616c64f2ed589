// What a device can do at most: bytes that go through its memory, exponentials, shuffles, broadcast loads from shared memory, cycles of its clock, and
// launches of a kernel that does nothing. Other times are measured against these.
#include "device.cuh"

constexpr int CEILINGS_BLOCK = 256;
constexpr int VECTORS_A_THREAD = 4;  // loaded before the first is stored
constexpr int CHAINS = 8;            // of operations in a thread, none of which waits for another
constexpr int WARP = 32;
constexpr int RING = 32;  // vectors in shared memory

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

// ceilings_shuffle_f32   each lane takes the values of the next lane, 8 chains of them `rounds` times
// shapes  sums (256 blocks), cycles (blocks)    f32
// launch  any grid, block 256; as many blocks as are resident at once, so that the cycles of a block are those of the whole kernel
// writes  sums = 64 ((lane + rounds) mod 32) + 28, what the chains of that lane began with; cycles as in ceilings_exp2_f32
// determinism  of sums bitwise
// bytes   1028 blocks
extern "C" __global__ void __launch_bounds__(CEILINGS_BLOCK)
    ceilings_shuffle_f32(float* __restrict__ sums, float* __restrict__ cycles, int rounds) {
  const long long start = cycle_counter();
  const int lane = threadIdx.x % WARP;
  const int next = (lane + 1) % WARP;
  float x[CHAINS];
#pragma unroll
  for (int i = 0; i < CHAINS; i++) {
    x[i] = static_cast<float>(lane * CHAINS + i);
  }
  for (int round = 0; round < rounds; round++) {
#pragma unroll
    for (int i = 0; i < CHAINS; i++) {
      x[i] = __shfl_sync(0xffffffffu, x[i], next);
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

// ceilings_broadcast_f32   loads of 16 bytes of shared memory, all lanes from one address: 8 chains that go `rounds` steps round a ring, where each vector
//                          names the next
// shapes  sums (256 blocks), cycles (blocks)    f32
// launch  any grid, block 256; as many blocks as are resident at once, so that the cycles of a block are those of the whole kernel
// writes  sums = the sum over chains c of 192 + 3 e + (e + 1) mod 32 with e = (c + rounds) mod 32, the vector where the chain ends; cycles as in ceilings_exp2_f32
// determinism  of sums bitwise
// bytes   1028 blocks
extern "C" __global__ void __launch_bounds__(CEILINGS_BLOCK)
    ceilings_broadcast_f32(float* __restrict__ sums, float* __restrict__ cycles, int rounds) {
  __shared__ int4 ring[RING];
  if (threadIdx.x < RING) {
    const int e = threadIdx.x;
    ring[e] = make_int4((e + 1) % RING, 32 + e, 64 + e, 96 + e);
  }
  __syncthreads();
  const long long start = cycle_counter();
  int4 at[CHAINS];
#pragma unroll
  for (int i = 0; i < CHAINS; i++) {
    at[i] = ring[i];
  }
#pragma unroll 1
  for (int round = 0; round < rounds; round++) {
#pragma unroll
    for (int i = 0; i < CHAINS; i++) {
      at[i] = ring[at[i].x];
    }
  }
  int sum = 0;
#pragma unroll
  for (int i = 0; i < CHAINS; i++) {
    sum += at[i].x + at[i].y + at[i].z + at[i].w;
  }
  sums[static_cast<size_t>(blockIdx.x) * CEILINGS_BLOCK + threadIdx.x] = static_cast<float>(sum);
  if (threadIdx.x == 0) {
    cycles[blockIdx.x] = static_cast<float>(cycle_counter() - start);
  }
}

// ceilings_empty   nothing: what a launch takes
// launch  any grid, block 32
// writes  nothing
// bytes   0
extern "C" __global__ void __launch_bounds__(WARP) ceilings_empty() {}
