// Kernels with one planted bug each, and some without, to see that the emulation sees them. Never shipped.
#include "common.cuh"

constexpr int BLOCK = 256;

// ---- without a bug ----

// out[i] = a in[i] + out[i], and block sums of the result: barriers, shuffles, shared memory.
extern "C" __global__ void __launch_bounds__(BLOCK) clean_sums(float* __restrict__ sums, float* __restrict__ out, const float* __restrict__ in, int n, float a) {
  const int i = blockIdx.x * BLOCK + threadIdx.x;
  float value = 0.0f;
  if (i < n) {
    value = a * in[i] + out[i];
    out[i] = value;
  }
  const float sum = block_sum<BLOCK>(value);
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = sum;
  }
}

// Counts with atomics in shared and global memory from all blocks.
extern "C" __global__ void __launch_bounds__(BLOCK) clean_atomics(int* __restrict__ count, float* __restrict__ total, const float* __restrict__ in, int n) {
  __shared__ int found;
  if (threadIdx.x == 0) {
    found = 0;
  }
  __syncthreads();
  const int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i < n && in[i] > 0.0f) {
    atomicAdd(&found, 1);
    atomicAdd(total, in[i]);
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    atomicAdd(count, found);
  }
}

// Transposes a 32x32 tile in dynamic shared memory within one warp, with __syncwarp and float4.
extern "C" __global__ void __launch_bounds__(32) clean_warp(float4* __restrict__ out, const float4* __restrict__ in) {
  DYN_SHARED(float, tile);
  float4* rows = reinterpret_cast<float4*>(tile);
  for (int i = threadIdx.x; i < 256; i += 32) {
    rows[i] = in[i];
  }
  __syncwarp();
  float column[32];
  for (int j = 0; j < 32; j++) {
    column[j] = tile[j * 32 + threadIdx.x];
  }
  __syncwarp();
  for (int j = 0; j < 32; j++) {
    tile[threadIdx.x * 32 + j] = column[j];
  }
  __syncwarp();
  for (int i = threadIdx.x; i < 256; i += 32) {
    out[i] = rows[i];
  }
}

// All warp functions with full masks, submasks and widths; out has 32 x 7.
extern "C" __global__ void __launch_bounds__(32) clean_shuffles(int* __restrict__ out) {
  const int lane = threadIdx.x;
  const unsigned all = 0xffffffffu;
  int* row = out + lane * 7;
  row[0] = __shfl_sync(all, lane * 10, 5);
  row[1] = __shfl_up_sync(all, lane, 3u);
  row[2] = __shfl_down_sync(all, lane, 3u, 8);
  row[3] = __shfl_xor_sync(all, lane, 17);
  row[4] = static_cast<int>(__ballot_sync(all, lane % 3 == 0));
  row[5] = __all_sync(all, lane < 32) * 2 + __any_sync(all, lane == 31);
  // The halves of the warp each do something of their own.
  if (lane < 16) {
    row[6] = __shfl_xor_sync(0x0000ffffu, lane, 1);
  } else {
    row[6] = __shfl_xor_sync(0xffff0000u, lane, 2) + __popc(__ballot_sync(0xffff0000u, 1));
  }
}

// ---- with a bug ----

// No barrier between the use of `red` for the maximum and its reuse for the sum: a warp that is ahead overwrites what others still read.
extern "C" __global__ void __launch_bounds__(BLOCK) missing_barrier(float* __restrict__ out, const float* __restrict__ in) {
  __shared__ float red[BLOCK / 32];
  const float value = in[blockIdx.x * BLOCK + threadIdx.x];
  const int warp = threadIdx.x / 32;
  float top = warp_max(value);
  if (threadIdx.x % 32 == 0) {
    red[warp] = top;
  }
  __syncthreads();
  for (int w = 0; w < BLOCK / 32; w++) {
    top = fmaxf(top, red[w]);
  }
  float sum = warp_sum(top - value);
  if (threadIdx.x % 32 == 0) {
    red[warp] = sum;
  }
  __syncthreads();
  sum = 0.0f;
  for (int w = 0; w < BLOCK / 32; w++) {
    sum += red[w];
  }
  out[blockIdx.x * BLOCK + threadIdx.x] = sum + top;
}

// Lanes of a warp exchange through shared memory without __syncwarp.
extern "C" __global__ void __launch_bounds__(32) missing_warp_barrier(float* __restrict__ out, const float* __restrict__ in) {
  __shared__ float tile[32];
  tile[threadIdx.x] = in[threadIdx.x];
  out[threadIdx.x] = tile[31 - threadIdx.x];
}

// The same with a shuffle in between, which makes the lanes wait but orders no memory.
extern "C" __global__ void __launch_bounds__(32) shuffle_for_a_barrier(float* __restrict__ out, const float* __restrict__ in) {
  __shared__ float tile[32];
  tile[threadIdx.x] = in[threadIdx.x];
  const float neighbour = __shfl_xor_sync(0xffffffffu, in[threadIdx.x], 1);
  out[threadIdx.x] = tile[31 - threadIdx.x] + neighbour;
}

// Every block adds to the same number, not atomically.
extern "C" __global__ void __launch_bounds__(32) racing_blocks(float* __restrict__ total, const float* __restrict__ in) {
  if (threadIdx.x == 0) {
    *total += in[blockIdx.x];
  }
}

// out[i] = in[i] for i <= n: one too many.
extern "C" __global__ void __launch_bounds__(BLOCK) past_the_end(float* __restrict__ out, const float* __restrict__ in, int n) {
  const int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i <= n) {
    out[i] = in[i % n];
  }
}

// Asks for BLOCK floats of dynamic shared memory and writes one more.
extern "C" __global__ void __launch_bounds__(BLOCK) past_shared(float* __restrict__ out) {
  DYN_SHARED(float, row);
  row[threadIdx.x + 1] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = row[threadIdx.x + 1];
}

// A static shared array of 8 is indexed with the thread.
extern "C" __global__ void __launch_bounds__(16) past_static_shared(float* __restrict__ out, int n) {
  __shared__ float eight[8];
  if (threadIdx.x < n) {
    eight[threadIdx.x] = 1.0f;
  }
  __syncthreads();
  out[threadIdx.x] = eight[threadIdx.x % 8];
}

// Only even elements of shared memory are written, all are read.
extern "C" __global__ void __launch_bounds__(BLOCK) unwritten_shared(float* __restrict__ out) {
  __shared__ float row[BLOCK];
  if (threadIdx.x % 2 == 0) {
    row[threadIdx.x] = 1.0f;
  }
  __syncthreads();
  out[threadIdx.x] = fmaxf(0.0f, row[BLOCK - 1 - threadIdx.x]);
}

// Copies; the cases give it memory that nothing wrote, freed memory, host memory, null, or a pointer that is not a multiple of 4.
extern "C" __global__ void __launch_bounds__(BLOCK) copy(float* __restrict__ out, const float* __restrict__ in, int n) {
  const int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i < n) {
    out[i] = in[i];
  }
}

extern "C" __global__ void __launch_bounds__(BLOCK) copy_float4(float4* __restrict__ out, const float4* __restrict__ in, int n) {
  const int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i < n) {
    out[i] = in[i];
  }
}

// Half of the block waits at one barrier, half at another.
extern "C" __global__ void __launch_bounds__(64) divergent_barrier(float* __restrict__ out) {
  if (threadIdx.x < 32) {
    out[threadIdx.x] = 1.0f;
    __syncthreads();
  } else {
    __syncthreads();
    out[threadIdx.x] = 2.0f;
  }
}

// A guard above a barrier: the last block's surplus threads return.
extern "C" __global__ void __launch_bounds__(BLOCK) guard_above_barrier(float* __restrict__ out, int n) {
  const int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i >= n) return;
  const float sum = block_sum<BLOCK>(1.0f);
  out[i] = sum;
}

// One lane of a warp waits for the others in a warp collective, the others at the block's barrier.
extern "C" __global__ void __launch_bounds__(64) deadlock(float* __restrict__ out) {
  if (threadIdx.x == 0) {
    __syncwarp();
  }
  __syncthreads();
  out[threadIdx.x] = 1.0f;
}

// Integer division by a zero that the host passes.
extern "C" __global__ void __launch_bounds__(32) divides(int* __restrict__ out, int divisor) { out[threadIdx.x] = 100 / divisor; }

// More local memory than a thread has here.
extern "C" __global__ void __launch_bounds__(32) much_local_memory(int* __restrict__ out, int n) {
  int local[25000];
  for (int i = 0; i < n; i++) {
    local[(i * 7919) % 25000] = i;
  }
  out[threadIdx.x] = local[(n / 2 * 7919) % 25000];
}
