// The distillation loss of a batch with its gradient, io.mambapkd.ops.DistillationLossOps. Rows of up to 32 classes are one thread's, in
// registers; longer rows are a warp's, read again from the cache in each of three passes. The statistics are summed by block, then by a
// second kernel in the order of the blocks.
//
//   e = ensembleWeight ensemble + studentWeight student ;  target_k = (1 - eps) [k = label] + eps / K
//   loss_i = w_i (alpha CE(target, softmax(e)) + (1 - alpha) T^2 KL(softmax(teacher / T) || softmax(e / T))), averaged over the valid rows
//   dStudent = studentWeight w_i / valid (alpha (softmax(e) - target) + (1 - alpha) T (softmax(e / T) - softmax(teacher / T)))
//   source  Hinton et al. 2015 (arXiv 1503.02531) section 2; the ensemble form is eq. 5 of "Mamba base PKD" (arXiv 2503.01727)
//
// Numerics. Logits are taken relative to the row's largest, so nothing overflows and a common offset costs nothing. A KL divergence is a sum of
// terms that nearly cancel where teacher and student agree; since both distributions sum to 1 it is also the sum of
// p (e^-d - 1 + d) with d = log p - log q, whose terms are all positive: see divergence_term. With a student alone the combined logits are
// exact, else they carry the rounding of one fused multiply-add. One long file: both row layouts share their terms.
#include "common.cuh"

constexpr int LOSS_BLOCK = 64;
constexpr int LOSS_WARP_BLOCK = 256;
constexpr int STATISTICS = 5;

namespace {

// One term of a KL divergence: p (e^-d - 1 + d) for d = log(p / q), without cancellation; never negative but for rounding.
__device__ inline float divergence_term(float p, float q, float d) {
  if (fabsf(d) > 0.5f) {
    return (q - p) + p * d;
  }
  // e^-d - 1 + d = d^2 / 2! - d^3 / 3! + ...; the first term left out is 0.5^9 / 9! of 0.5^2 / 2!: 4e-8.
  float series = 1.0f / 40320.0f;
  series = series * -d + 1.0f / 5040.0f;
  series = series * -d + 1.0f / 720.0f;
  series = series * -d + 1.0f / 120.0f;
  series = series * -d + 1.0f / 24.0f;
  series = series * -d + 1.0f / 6.0f;
  series = series * -d + 0.5f;
  return p * (d * d * series);
}

struct Logits {
  const float* student;
  const float* ensemble;
  const float* teacher;
  float student_weight;
  float ensemble_weight;

  __device__ float combined(size_t at) const {
    const float e = student_weight * student[at];
    return ensemble == nullptr ? e : fmaf(ensemble_weight, ensemble[at], e);
  }

  __device__ float of_teacher(size_t at) const { return teacher == nullptr ? 0.0f : teacher[at]; }
};

// A row in the registers of one thread.
template <int CLASSES>
struct ThreadRow {
  int classes;
  float e[CLASSES];
  float s[CLASSES];
  float t[CLASSES];

  __device__ ThreadRow(const Logits& logits, size_t from, int classes) : classes(classes) {
#pragma unroll
    for (int k = 0; k < CLASSES; k++) {
      if (k < classes) {
        e[k] = logits.combined(from + k);
        s[k] = logits.student[from + k];
        t[k] = logits.of_teacher(from + k);
      }
    }
  }

  template <class Visit>
  __device__ void each(Visit visit) const {
#pragma unroll
    for (int k = 0; k < CLASSES; k++) {
      if (k < classes) {
        visit(k, e[k], s[k], t[k]);
      }
    }
  }

  __device__ static float sum(float value) { return value; }
  __device__ static float largest(float value) { return value; }
};

// A row that the lanes of a warp read in turns of 32 classes.
struct WarpRow {
  Logits logits;
  size_t from;
  int classes;

  template <class Visit>
  __device__ void each(Visit visit) const {
    for (int k = threadIdx.x % 32; k < classes; k += 32) {
      visit(k, logits.combined(from + k), logits.student[from + k], logits.of_teacher(from + k));
    }
  }

  __device__ static float sum(float value) { return warp_sum(value); }
  __device__ static float largest(float value) { return warp_max(value); }
};

struct Terms {
  float alpha;
  float temperature;
  float smoothing;
  float student_weight;
  bool with_teacher;
};

// The gradient of one valid row, and its terms of the statistics. weight is w_i, scale is w_i / valid.
template <class Row>
__device__ inline void valid_row(const Row& row, const Terms& terms, int label, float weight, float scale, float* gradient,
                                 float (&statistics)[STATISTICS]) {
  float e_max = -INFINITY;
  float t_max = -INFINITY;
  row.each([&](int, float e, float, float t) {
    e_max = fmaxf(e_max, e);
    t_max = fmaxf(t_max, t);
  });
  e_max = Row::largest(e_max);
  t_max = Row::largest(t_max);

  const float inverse_temperature = 1.0f / terms.temperature;
  float rest = 0.0f;      // sum of e^x over the classes but the label
  float x_label = 0.0f;   // x = e - e_max
  float s_label = 0.0f;
  float x_sum = 0.0f;
  float soft_sum = 0.0f;
  float t_sum = 0.0f;
  row.each([&](int k, float e, float s, float t) {
    const float x = e - e_max;
    const bool is_label = k == label;
    rest += is_label ? 0.0f : expf(x);
    x_label += is_label ? x : 0.0f;
    s_label += is_label ? s : 0.0f;
    x_sum += x;
    soft_sum += expf(x * inverse_temperature);
    t_sum += expf((t - t_max) * inverse_temperature);
  });
  rest = Row::sum(rest);
  x_label = Row::sum(x_label);
  s_label = Row::sum(s_label);
  x_sum = Row::sum(x_sum);
  soft_sum = Row::sum(soft_sum);
  t_sum = Row::sum(t_sum);

  const float hard_sum = rest + expf(x_label);
  // log p of the label: where it leads, log(1 + rest) keeps a loss far below 1 accurate.
  const float log_sum = x_label == 0.0f ? log1pf(rest) : logf(hard_sum);
  const float smoothing_each = terms.smoothing / static_cast<float>(row.classes);
  const float hard = log_sum - (1.0f - terms.smoothing) * x_label - smoothing_each * x_sum;
  const float inverse_hard = 1.0f / hard_sum;
  const float inverse_soft = 1.0f / soft_sum;
  const float inverse_t = 1.0f / t_sum;
  const float log_ratio = logf(t_sum) - logf(soft_sum);
  const float soft_scale = (1.0f - terms.alpha) * terms.temperature;

  float divergence = 0.0f;
  float beaten = 0.0f;
  float d_weight = 0.0f;
  row.each([&](int k, float e, float s, float t) {
    const float x = e - e_max;
    const bool is_label = k == label;
    // For the label p - 1 = -rest / sum, not 1 - 1 with the rounding of both.
    float g = is_label ? terms.smoothing - rest * inverse_hard : expf(x) * inverse_hard;
    g = terms.alpha * (g - smoothing_each);
    if (terms.with_teacher) {
      const float xt = t - t_max;
      const float q = expf(x * inverse_temperature) * inverse_soft;
      const float p = expf(xt * inverse_temperature) * inverse_t;
      divergence += divergence_term(p, q, (xt - x) * inverse_temperature - log_ratio);
      g += soft_scale * (q - p);
    }
    g *= scale;
    gradient[k] = terms.student_weight * g;
    // The gradient sums to 0 over a row, so the label's logit may be taken from all: an offset then costs no accuracy.
    d_weight += g * (s - s_label);
    beaten = x > x_label || (x == x_label && k < label) ? 1.0f : beaten;
  });
  divergence = Row::sum(divergence);
  d_weight = Row::sum(d_weight);
  beaten = Row::largest(beaten);

  const float soft = terms.alpha == 1.0f ? 0.0f : soft_scale * terms.temperature * divergence;
  statistics[0] = weight * (terms.alpha * hard + soft);
  statistics[1] = hard;
  statistics[2] = divergence;
  statistics[3] = 1.0f - beaten;
  statistics[4] = d_weight;
}

// Everything of one row; statistics stay 0 where the row does not count. A label outside the classes, which nothing can be thrown for here,
// makes the row's gradient and the loss NaN.
template <class Row>
__device__ inline void any_row(const Row& row, const Terms& terms, int i, float* d_student, float* combined, const int* labels,
                               const float* sample_weights, int valid, float (&statistics)[STATISTICS]) {
  float* gradient = d_student + static_cast<size_t>(i) * row.classes;
  if (combined != nullptr) {
    float* target = combined + static_cast<size_t>(i) * row.classes;
    row.each([&](int k, float e, float, float) { target[k] = e; });
  }
  if (i >= valid) {
    row.each([&](int k, float, float, float) { gradient[k] = 0.0f; });
    return;
  }
  const int label = labels[i];
  const bool known = label >= 0 && label < row.classes;
  const float weight = known ? (sample_weights == nullptr ? 1.0f : sample_weights[i]) : NAN;
  valid_row(row, terms, label, weight, weight / static_cast<float>(valid), gradient, statistics);
  if (!known) {
    statistics[3] = 0.0f;
  }
}

// A thread for each row. The partial sums are (STATISTICS, blocks).
template <int CLASSES>
__device__ inline void thread_rows(float* d_student, float* combined, float* partials, const Logits& logits, const int* labels,
                                   const float* sample_weights, int rows, int classes, int valid, const Terms& terms) {
  const int row = blockIdx.x * LOSS_BLOCK + threadIdx.x;
  float statistics[STATISTICS] = {};
  if (row < rows) {
    const ThreadRow<CLASSES> values(logits, static_cast<size_t>(row) * classes, classes);
    any_row(values, terms, row, d_student, combined, labels, sample_weights, valid, statistics);
  }
  for (int s = 0; s < STATISTICS; s++) {
    const float sum = block_sum<LOSS_BLOCK>(statistics[s]);
    if (threadIdx.x == 0) {
      partials[static_cast<size_t>(s) * gridDim.x + blockIdx.x] = sum;
    }
  }
}

}  // namespace

// distillation_loss_k4_f32, _k8, _k16, _k32: rows of at most that many classes.
//   shapes  dStudent, combined, student, ensemble, teacher (rows, classes)   partials (5, blocks)   labels (rows) i32   sample_weights (rows)
//           combined, ensemble, teacher and sample_weights may be absent
//   launch  ceil(rows / 64) blocks of 64
//   writes  = dStudent, combined, partials
//   determinism  bitwise: rows are independent, sums in the order of threads and warps
//   bytes   4 rows classes (2 + [ensemble] + [teacher] + [combined]) + 4 valid (1 + [weights]) + 20 blocks
#define DISTILLATION_LOSS_THREAD_ROWS(CLASSES)                                                                                              \
  extern "C" __global__ void __launch_bounds__(LOSS_BLOCK) distillation_loss_k##CLASSES##_f32(                                              \
      float* __restrict__ d_student, float* __restrict__ combined, float* __restrict__ partials, const float* __restrict__ student,         \
      const float* __restrict__ ensemble, const float* __restrict__ teacher, const int* __restrict__ labels,                                \
      const float* __restrict__ sample_weights, int rows, int classes, int valid, float alpha, float temperature, float smoothing,          \
      float ensemble_weight, float student_weight) {                                                                                        \
    const Logits logits = {student, ensemble, teacher, student_weight, ensemble_weight};                                                    \
    const Terms terms = {alpha, temperature, smoothing, student_weight, teacher != nullptr};                                                \
    thread_rows<CLASSES>(d_student, combined, partials, logits, labels, sample_weights, rows, classes, valid, terms);                       \
  }

DISTILLATION_LOSS_THREAD_ROWS(4)
DISTILLATION_LOSS_THREAD_ROWS(8)
DISTILLATION_LOSS_THREAD_ROWS(16)
DISTILLATION_LOSS_THREAD_ROWS(32)

// distillation_loss_warp_f32: rows of any number of classes, one warp each.
//   shapes, writes, determinism  as above
//   bytes   4 rows classes (2 + [ensemble] + [combined]) + 4 valid classes [teacher] + 4 valid (1 + [weights]) + 20 blocks
//   launch  ceil(rows / 8) blocks of 256
extern "C" __global__ void __launch_bounds__(LOSS_WARP_BLOCK) distillation_loss_warp_f32(
    float* __restrict__ d_student, float* __restrict__ combined, float* __restrict__ partials, const float* __restrict__ student,
    const float* __restrict__ ensemble, const float* __restrict__ teacher, const int* __restrict__ labels,
    const float* __restrict__ sample_weights, int rows, int classes, int valid, float alpha, float temperature, float smoothing,
    float ensemble_weight, float student_weight) {
  const int row = blockIdx.x * (LOSS_WARP_BLOCK / 32) + threadIdx.x / 32;
  float statistics[STATISTICS] = {};
  if (row < rows) {
    const WarpRow values = {{student, ensemble, teacher, student_weight, ensemble_weight}, static_cast<size_t>(row) * classes, classes};
    const Terms terms = {alpha, temperature, smoothing, student_weight, teacher != nullptr};
    any_row(values, terms, row, d_student, combined, labels, sample_weights, valid, statistics);
  }
  for (int s = 0; s < STATISTICS; s++) {
    // All lanes of a warp hold their row's terms; one of them counts.
    const float sum = block_sum<LOSS_WARP_BLOCK>(threadIdx.x % 32 == 0 ? statistics[s] : 0.0f);
    if (threadIdx.x == 0) {
      partials[static_cast<size_t>(s) * gridDim.x + blockIdx.x] = sum;
    }
  }
}

// distillation_loss_statistics_f32: sums of the blocks' partial sums; the first three are means over the valid rows.
//   shapes  statistics (5)   partials (5, count)
//   launch  1 block of 160: a warp for each statistic
//   writes  = statistics
//   determinism  bitwise: every lane adds every 32nd partial sum in order, then the lanes are added in warp_sum's tree
//   bytes   20 count + 20
extern "C" __global__ void __launch_bounds__(32 * STATISTICS)
    distillation_loss_statistics_f32(float* __restrict__ statistics, const float* __restrict__ partials, int count, int valid) {
  const int s = threadIdx.x / 32;
  float sum = 0.0f;
  for (int i = threadIdx.x % 32; i < count; i += 32) {
    sum += partials[static_cast<size_t>(s) * count + i];
  }
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) {
    statistics[s] = s < 3 ? sum / static_cast<float>(valid) : sum;
  }
}
