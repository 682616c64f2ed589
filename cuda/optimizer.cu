// Parameter updates over flat buffers, io.mambapkd.ops.OptimizerOps. A thread has 4 consecutive parameters: one 16-byte access to each buffer
// where all of them are aligned, which whole buffers are and slices need not be. What changes from step to step is read from the
// device, so that a captured launch stays right.
#include "common.cuh"

constexpr int OPTIMIZER_BLOCK = 256;
constexpr int OPTIMIZER_VALUES = 4;
constexpr int RECORD_BLOCK = 32;

namespace {

__device__ inline bool is_aligned(const void* address) { return reinterpret_cast<size_t>(address) % sizeof(float4) == 0; }

// First of this thread's values.
__device__ inline long long first_value() {
  return (static_cast<long long>(blockIdx.x) * OPTIMIZER_BLOCK + threadIdx.x) * OPTIMIZER_VALUES;
}

struct AdamW {
  float beta1;
  float rest1;
  float beta2;
  float rest2;
  float epsilon;
  float keep;
  float step_size;
  float correction2;

  __device__ void update(float& p, float g, float& m, float& v) const {
    m = beta1 * m + rest1 * g;
    v = beta2 * v + rest2 * (g * g);
    const float denominator = sqrtf(v / correction2) + epsilon;
    p = p * keep - step_size * (m / denominator);
  }
};

struct Sgd {
  float momentum;
  float decay;
  float learning_rate;

  __device__ void update(float& p, float g, float& b) const {
    g += decay * p;
    b = momentum * b + g;
    p -= learning_rate * (g + momentum * b);
  }
};

// Sum over the block in double precision, in a fixed tree, for thread 0. All threads must call it, once per kernel.
__device__ inline double block_sum_double(double value) {
  __shared__ double sums[OPTIMIZER_BLOCK];
  sums[threadIdx.x] = value;
  for (unsigned half = OPTIMIZER_BLOCK / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) {
      sums[threadIdx.x] += sums[threadIdx.x + half];
    }
  }
  return threadIdx.x == 0 ? sums[0] : 0.0;
}

}  // namespace

// adamw_f32
//   p -= lr wd p ;  m = beta1 m + (1 - beta1) g ;  v = beta2 v + (1 - beta2) g^2 ;  p -= lr / c1 m / (sqrt(v / c2) + epsilon)
//   source  Loshchilov and Hutter (arXiv 1711.05101) algorithm 2
//   shapes  parameters, m, v, gradients (n)   schedule (3): lr, c1, c2   halted (1) i32 or absent
//   launch  ceil(n / 1024) blocks of 256
//   writes  in place parameters, m, v; nothing where halted is not negative
//   determinism  bitwise: no sums
//   bytes   28 n + 12 + 4 [halted]
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    adamw_f32(float* __restrict__ parameters, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ gradients,
              const float* __restrict__ schedule, const int* __restrict__ halted, int n, float beta1, float rest1, float beta2, float rest2,
              float epsilon, float weight_decay) {
  if (halted != nullptr && halted[0] >= 0) return;
  const long long at = first_value();
  const float learning_rate = schedule[0];
  const AdamW adamw = {
      beta1, rest1, beta2, rest2, epsilon, 1.0f - learning_rate * weight_decay, learning_rate / schedule[1], schedule[2]};
  const bool aligned = is_aligned(parameters) && is_aligned(m) && is_aligned(v) && is_aligned(gradients);
  if (aligned && at + OPTIMIZER_VALUES <= n) {
    float4 p4 = *reinterpret_cast<float4*>(parameters + at);
    float4 m4 = *reinterpret_cast<float4*>(m + at);
    float4 v4 = *reinterpret_cast<float4*>(v + at);
    const float4 g4 = *reinterpret_cast<const float4*>(gradients + at);
    adamw.update(p4.x, g4.x, m4.x, v4.x);
    adamw.update(p4.y, g4.y, m4.y, v4.y);
    adamw.update(p4.z, g4.z, m4.z, v4.z);
    adamw.update(p4.w, g4.w, m4.w, v4.w);
    *reinterpret_cast<float4*>(parameters + at) = p4;
    *reinterpret_cast<float4*>(m + at) = m4;
    *reinterpret_cast<float4*>(v + at) = v4;
    return;
  }
  for (long long i = at; i < n && i < at + OPTIMIZER_VALUES; i++) {
    adamw.update(parameters[i], gradients[i], m[i], v[i]);
  }
}

// sgd_f32
//   g += wd p ;  buffer = momentum buffer + g ;  p -= lr (g + momentum buffer)
//   source  Nesterov momentum without dampening, as in PyTorch's SGD
//   shapes  parameters, buffer, gradients (n)   schedule (3): lr, two unused
//   launch  ceil(n / 1024) blocks of 256
//   writes  in place parameters, buffer
//   determinism  bitwise: no sums
//   bytes   20 n + 4
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    sgd_f32(float* __restrict__ parameters, float* __restrict__ buffer, const float* __restrict__ gradients,
            const float* __restrict__ schedule, int n, float momentum, float weight_decay) {
  const long long at = first_value();
  const Sgd sgd = {momentum, weight_decay, schedule[0]};
  const bool aligned = is_aligned(parameters) && is_aligned(buffer) && is_aligned(gradients);
  if (aligned && at + OPTIMIZER_VALUES <= n) {
    float4 p4 = *reinterpret_cast<float4*>(parameters + at);
    float4 b4 = *reinterpret_cast<float4*>(buffer + at);
    const float4 g4 = *reinterpret_cast<const float4*>(gradients + at);
    sgd.update(p4.x, g4.x, b4.x);
    sgd.update(p4.y, g4.y, b4.y);
    sgd.update(p4.z, g4.z, b4.z);
    sgd.update(p4.w, g4.w, b4.w);
    *reinterpret_cast<float4*>(parameters + at) = p4;
    *reinterpret_cast<float4*>(buffer + at) = b4;
    return;
  }
  for (long long i = at; i < n && i < at + OPTIMIZER_VALUES; i++) {
    sgd.update(parameters[i], gradients[i], buffer[i]);
  }
}

// clip_squares_f32: sums of squares of slices, in double precision, so that a norm between 1e-150 and 1e150 neither overflows nor vanishes.
//   shapes  partials (blocks) f64   gradients (n)
//   launch  one block of 256 for each slice of values_per_block
//   writes  = partials
//   determinism  bitwise: every thread adds every 256th value of its slice in order, then the threads are added in a tree
//   bytes   4 n + 8 blocks
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    clip_squares_f32(double* __restrict__ partials, const float* __restrict__ gradients, int n, int values_per_block) {
  const long long from = static_cast<long long>(blockIdx.x) * values_per_block;
  const long long to = min(static_cast<long long>(n), from + values_per_block);
  double sum = 0.0;
  for (long long i = from + threadIdx.x; i < to; i += OPTIMIZER_BLOCK) {
    const double g = gradients[i];
    sum += g * g;
  }
  sum = block_sum_double(sum);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = sum;
  }
}

// clip_scale_f32: gradients *= maximum / (norm + 1e-6) where that is below 1.
//   source  Pascanu et al. (arXiv 1211.5063) section 3.2
//   shapes  gradients (n)   norm (1)   partials (count) f64, count at most 1024
//   launch  one block of 256 for each slice of values_per_block; every block adds all partial sums again, always in the same order
//   writes  in place gradients; = norm, before clipping, by block 0
//   determinism  bitwise
//   bytes   8 n + 8 count + 4; 8 count + 4 where nothing is clipped
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    clip_scale_f32(float* __restrict__ gradients, float* __restrict__ norm, const double* __restrict__ partials, int count, int n,
                   int values_per_block, float maximum) {
  __shared__ float shared_factor;
  double sum = 0.0;
  for (int i = threadIdx.x; i < count; i += OPTIMIZER_BLOCK) {
    sum += partials[i];
  }
  sum = block_sum_double(sum);
  if (threadIdx.x == 0) {
    const double length = sqrt(sum);
    shared_factor = static_cast<float>(maximum / (length + 1e-6));
    if (blockIdx.x == 0) {
      norm[0] = static_cast<float>(length);
    }
  }
  __syncthreads();
  const float factor = shared_factor;
  // A norm that is not a number clips nothing, and is seen in norm.
  if (!(factor < 1.0f)) return;
  const long long from = static_cast<long long>(blockIdx.x) * values_per_block;
  const long long to = min(static_cast<long long>(n), from + values_per_block);
  for (long long i = from + threadIdx.x; i < to; i += OPTIMIZER_BLOCK) {
    gradients[i] *= factor;
  }
}

// step_record_f32: the books of a training step, so that the host need not read anything between the gradient and the update.
//   journal[step % slots] = (statistics, norm) ;  halted = step where it is negative and the loss or the norm is not finite ;  step += 1
//   shapes  journal (slots, statistic_count + 1)   step, halted (1) i32   statistics (statistic_count), the loss first   norm (1)
//   launch  one block of 32, of which one thread works
//   writes  = a row of journal, in place step, halted
//   determinism  bitwise
//   bytes   8 statistic_count + 20
extern "C" __global__ void __launch_bounds__(RECORD_BLOCK)
    step_record_f32(float* __restrict__ journal, int* __restrict__ step, int* __restrict__ halted, const float* __restrict__ statistics,
                    const float* __restrict__ norm, int slots, int statistic_count) {
  if (threadIdx.x > 0) return;
  const int now = step[0];
  float* row = journal + static_cast<size_t>(now % slots) * (statistic_count + 1);
  for (int i = 0; i < statistic_count; i++) {
    row[i] = statistics[i];
  }
  row[statistic_count] = norm[0];
  // What is not finite minus itself is not a number.
  const bool finite = row[0] - row[0] == 0.0f && norm[0] - norm[0] == 0.0f;
  if (!finite && halted[0] < 0) {
    halted[0] = now;
  }
  step[0] = now + 1;
}
