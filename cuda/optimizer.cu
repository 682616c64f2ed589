// Parameter updates over flat buffers, io.mambapkd.ops.OptimizerOps. A thread has 4 consecutive parameters: one 16-byte access to each buffer
// where all of them are aligned, which whole buffers are and slices need not be. What changes from step to step is read from the
// device, so that a captured launch stays right.
#include "reduce.cuh"

constexpr int OPTIMIZER_BLOCK = 256;
constexpr int OPTIMIZER_VALUES = 4;
constexpr int SCHEDULE = 3;
constexpr int GROUPS = 4;

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
  float factor;
  float step_size;
  float correction2;

  // keep: what is left of the parameter after its decay.
  __device__ void update(float& p, float gradient, float& m, float& v, float keep) const {
    // Rounded by itself, as if the gradient had been scaled in memory.
    const float g = __fmul_rn(factor, gradient);
    m = beta1 * m + rest1 * g;
    v = beta2 * v + rest2 * (g * g);
    const float denominator = sqrtf(v / correction2) + epsilon;
    p = p * keep - step_size * (m / denominator);
  }
};

// The groups that parameters are in, by their ends, with the weight decay of each.
struct Groups {
  int end0, end1, end2;
  float decay0, decay1, decay2, decay3;
  const float* rates;

  __device__ float decay(long long i) const { return i < end0 ? decay0 : i < end1 ? decay1 : i < end2 ? decay2 : decay3; }
  __device__ float rate(long long i) const { return rates[i < end0 ? 0 : i < end1 ? 1 : i < end2 ? 2 : 3]; }
};

struct Sgd {
  float momentum;
  float factor;
  bool planned;

  __device__ void update(float& p, float gradient, float& b, float decay, float rate) const {
    // The product is rounded by itself, as if the gradient had been scaled in memory.
    const float g = __fmul_rn(factor, gradient) + decay * p;
    b = momentum * b + g;
    p -= (planned ? rate : NAN) * (g + momentum * b);
  }
};

__device__ inline void add_square(double& sum, double value) { sum += value * value; }

}  // namespace

// adamw_f32
//   g = factor gradient ;  p -= lr wd p for the first `decayed` parameters ;  m = beta1 m + (1 - beta1) g ;  v = beta2 v + (1 - beta2) g^2 ;
//   p -= lr / c1 m / (sqrt(v / c2) + epsilon)
//   source  Loshchilov and Hutter (arXiv 1711.05101) algorithm 2
//   shapes  parameters, m, v, gradients (n)   schedule (steps, 3): lr, c1, c2   number (1) i32: of the update, from 1; its row of the schedule is the one before
//           factor (1) or absent, for 1   halted (1) i32 or absent
//   launch  ceil(n / 1024) blocks of 256
//   writes  in place parameters, m, v; nothing where halted is not negative; parameters become NaN where the schedule has no such row
//   determinism  bitwise: no sums
//   bytes   28 n + 16 + 4 [factor] + 4 [halted]
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    adamw_f32(float* __restrict__ parameters, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ gradients,
              const float* __restrict__ schedule, const int* __restrict__ number, const float* __restrict__ factor,
              const int* __restrict__ halted, int n, int decayed, int steps, float beta1, float rest1, float beta2, float rest2, float epsilon,
              float weight_decay) {
  if (halted != nullptr && halted[0] >= 0) return;
  const long long at = first_value();
  const int row = number[0] - 1;
  const bool planned = row >= 0 && row < steps;
  const float* rates = schedule + static_cast<size_t>(planned ? row : 0) * SCHEDULE;
  const float learning_rate = planned ? rates[0] : NAN;
  const float kept = 1.0f - learning_rate * weight_decay;
  const float scale = factor == nullptr ? 1.0f : factor[0];
  const AdamW adamw = {beta1, rest1, beta2, rest2, epsilon, scale, learning_rate / rates[1], rates[2]};
  const bool aligned = is_aligned(parameters) && is_aligned(m) && is_aligned(v) && is_aligned(gradients);
  if (aligned && at + OPTIMIZER_VALUES <= n) {
    float4 p4 = *reinterpret_cast<float4*>(parameters + at);
    float4 m4 = *reinterpret_cast<float4*>(m + at);
    float4 v4 = *reinterpret_cast<float4*>(v + at);
    const float4 g4 = *reinterpret_cast<const float4*>(gradients + at);
    adamw.update(p4.x, g4.x, m4.x, v4.x, at < decayed ? kept : 1.0f);
    adamw.update(p4.y, g4.y, m4.y, v4.y, at + 1 < decayed ? kept : 1.0f);
    adamw.update(p4.z, g4.z, m4.z, v4.z, at + 2 < decayed ? kept : 1.0f);
    adamw.update(p4.w, g4.w, m4.w, v4.w, at + 3 < decayed ? kept : 1.0f);
    *reinterpret_cast<float4*>(parameters + at) = p4;
    *reinterpret_cast<float4*>(m + at) = m4;
    *reinterpret_cast<float4*>(v + at) = v4;
    return;
  }
  for (long long i = at; i < n && i < at + OPTIMIZER_VALUES; i++) {
    adamw.update(parameters[i], gradients[i], m[i], v[i], i < decayed ? kept : 1.0f);
  }
}

// sgd_f32
//   g = factor gradient + wd p ;  buffer = momentum buffer + g ;  p -= lr (g + momentum buffer), with lr and wd of the parameter's group
//   source  Nesterov momentum without dampening, as in PyTorch's SGD
//   shapes  parameters, buffer, gradients (n)   schedule (steps, 4): lr of each group   number (1) i32: of the update, from 1; its row of the schedule is the one before
//           factor (1) or absent, for 1   halted (1) i32 or absent   a group of parameters ends before end0, end1, end2, and the last before n
//   launch  ceil(n / 1024) blocks of 256
//   writes  in place parameters, buffer; nothing where halted is not negative; parameters become NaN where the schedule has no such row
//   determinism  bitwise: no sums
//   bytes   20 n + 20 + 4 [factor] + 4 [halted]
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    sgd_f32(float* __restrict__ parameters, float* __restrict__ buffer, const float* __restrict__ gradients,
            const float* __restrict__ schedule, const int* __restrict__ number, const float* __restrict__ factor,
            const int* __restrict__ halted, int n, int steps, float momentum, int end0, float decay0, int end1, float decay1, int end2,
            float decay2, float decay3) {
  if (halted != nullptr && halted[0] >= 0) return;
  const long long at = first_value();
  const int row = number[0] - 1;
  const bool planned = row >= 0 && row < steps;
  const Groups groups = {end0, end1, end2, decay0, decay1, decay2, decay3, schedule + static_cast<size_t>(planned ? row : 0) * GROUPS};
  const Sgd sgd = {momentum, factor == nullptr ? 1.0f : factor[0], planned};
  const bool aligned = is_aligned(parameters) && is_aligned(buffer) && is_aligned(gradients);
  if (aligned && at + OPTIMIZER_VALUES <= n) {
    float4 p4 = *reinterpret_cast<float4*>(parameters + at);
    float4 b4 = *reinterpret_cast<float4*>(buffer + at);
    const float4 g4 = *reinterpret_cast<const float4*>(gradients + at);
    sgd.update(p4.x, g4.x, b4.x, groups.decay(at), groups.rate(at));
    sgd.update(p4.y, g4.y, b4.y, groups.decay(at + 1), groups.rate(at + 1));
    sgd.update(p4.z, g4.z, b4.z, groups.decay(at + 2), groups.rate(at + 2));
    sgd.update(p4.w, g4.w, b4.w, groups.decay(at + 3), groups.rate(at + 3));
    *reinterpret_cast<float4*>(parameters + at) = p4;
    *reinterpret_cast<float4*>(buffer + at) = b4;
    return;
  }
  for (long long i = at; i < n && i < at + OPTIMIZER_VALUES; i++) {
    sgd.update(parameters[i], gradients[i], buffer[i], groups.decay(i), groups.rate(i));
  }
}

// lookahead_f32
//   average += w (p - average) ;  p = average
//   source  Zhang et al. (arXiv 1907.08610) algorithm 1
//   shapes  parameters, average (n)   schedule (steps): w of each step   number (1) i32: of the step, from 1   halted (1) i32 or absent
//   launch  ceil(n / 1024) blocks of 256
//   writes  in place parameters, average; nothing where halted is not negative or w is negative; both become NaN where the schedule has no such row
//   determinism  bitwise: no sums
//   bytes   16 n + 8 + 4 [halted]
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    lookahead_f32(float* __restrict__ parameters, float* __restrict__ average, const float* __restrict__ schedule,
                  const int* __restrict__ number, const int* __restrict__ halted, int n, int steps) {
  if (halted != nullptr && halted[0] >= 0) return;
  const int row = number[0] - 1;
  const bool planned = row >= 0 && row < steps;
  const float share = planned ? schedule[row] : NAN;
  if (share < 0.0f) return;
  const long long at = first_value();
  if (is_aligned(parameters) && is_aligned(average) && at + OPTIMIZER_VALUES <= n) {
    const float4 p4 = *reinterpret_cast<const float4*>(parameters + at);
    float4 a4 = *reinterpret_cast<float4*>(average + at);
    a4.x += share * (p4.x - a4.x);
    a4.y += share * (p4.y - a4.y);
    a4.z += share * (p4.z - a4.z);
    a4.w += share * (p4.w - a4.w);
    *reinterpret_cast<float4*>(average + at) = a4;
    *reinterpret_cast<float4*>(parameters + at) = a4;
    return;
  }
  for (long long i = at; i < n && i < at + OPTIMIZER_VALUES; i++) {
    average[i] += share * (parameters[i] - average[i]);
    parameters[i] = average[i];
  }
}

// gradient_squares_f32: sums of squares of slices, in double precision, so that a norm between 1e-150 and 1e150 neither overflows nor vanishes.
//   shapes  partials (blocks) f64   gradients (n)
//   launch  one block of 256 for each slice of values_per_block, a multiple of 4; a thread has 4 consecutive values of every 1024, in one access where they are aligned
//   writes  = partials
//   determinism  bitwise: every thread adds its values in order, then the threads are added in a fixed order
//   bytes   4 n + 8 blocks
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    gradient_squares_f32(double* __restrict__ partials, const float* __restrict__ gradients, int n, int values_per_block) {
  const long long from = static_cast<long long>(blockIdx.x) * values_per_block;
  const long long to = min(static_cast<long long>(n), from + values_per_block);
  double sum = 0.0;
  long long at = from + threadIdx.x * OPTIMIZER_VALUES;
  if (is_aligned(gradients)) {
#pragma unroll 4
    for (; at + OPTIMIZER_VALUES <= to; at += OPTIMIZER_BLOCK * OPTIMIZER_VALUES) {
      const float4 g4 = *reinterpret_cast<const float4*>(gradients + at);
      add_square(sum, g4.x);
      add_square(sum, g4.y);
      add_square(sum, g4.z);
      add_square(sum, g4.w);
    }
  }
  for (; at < to; at += OPTIMIZER_BLOCK * OPTIMIZER_VALUES) {
    for (long long i = at; i < to && i < at + OPTIMIZER_VALUES; i++) {
      add_square(sum, gradients[i]);
    }
  }
  sum = block_sum_double<OPTIMIZER_BLOCK>(sum);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = sum;
  }
}

// gradient_norm_f32: norm = the root of the sum of all partials ;  factor = min(1, maximum / (norm + 1e-6)), 1 where that is not a number; and, where there
// is a journal, the books of a training step, so that the host need not read anything between the gradient and the update:
//   journal[step % slots] = (statistics, norm) ;  halted = step where it is negative and the loss or the norm is not finite ;  step += 1
//   source  Pascanu et al. (arXiv 1211.5063) section 3.2
//   shapes  norm, factor (1)   partials (count) f64
//           journal (slots, statistic_count + 1) or absent, then step, halted (1) i32 and statistics (statistic_count), the loss first, too
//   launch  one block of 256
//   writes  = norm, factor, a row of journal; in place step, halted
//   determinism  bitwise: every thread adds every 256th partial sum in order, then the threads are added in a fixed order
//   bytes   8 count + 8 + (8 statistic_count + 12) [journal]
extern "C" __global__ void __launch_bounds__(OPTIMIZER_BLOCK)
    gradient_norm_f32(float* __restrict__ norm, float* __restrict__ factor, float* __restrict__ journal, int* __restrict__ step,
                      int* __restrict__ halted, const double* __restrict__ partials, const float* __restrict__ statistics, int count, int slots,
                      int statistic_count, float maximum) {
  // By all threads before the barriers of the sum, as one of them counts it behind.
  const int now = journal == nullptr ? 0 : step[0];
  double sum = 0.0;
#pragma unroll 4
  for (int i = threadIdx.x; i < count; i += OPTIMIZER_BLOCK) {
    sum += partials[i];
  }
  sum = block_sum_double<OPTIMIZER_BLOCK>(sum);
  const double length = sqrt(sum);
  const float norm_now = static_cast<float>(length);
  if (threadIdx.x == 0) {
    const float clip = static_cast<float>(maximum / (length + 1e-6));
    norm[0] = norm_now;
    factor[0] = clip < 1.0f ? clip : 1.0f;
  }
  if (journal != nullptr) {
    float* row = journal + static_cast<size_t>(now % slots) * (statistic_count + 1);
    for (int i = threadIdx.x; i < statistic_count; i += OPTIMIZER_BLOCK) {
      row[i] = statistics[i];
    }
    if (threadIdx.x == 0) {
      row[statistic_count] = norm_now;
      // What is not finite minus itself is not a number.
      const float loss = statistics[0];
      const bool finite = loss - loss == 0.0f && norm_now - norm_now == 0.0f;
      if (!finite && halted[0] < 0) {
        halted[0] = now;
      }
      step[0] = now + 1;
    }
  }
}
