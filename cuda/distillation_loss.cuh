// The distillation loss of one row with its gradient, held by neighbouring lanes; distillation_loss.cu has the kernels.
//
//   e = ensembleWeight ensemble + studentWeight student ;  target_k = (1 - eps) [k = label] + eps / K
//   loss_i = w_i (alpha CE(target, softmax(e)) + (1 - alpha) T^2 KL(softmax(teacher / T) || softmax(e / T))), averaged over the valid rows
//   dStudent = studentWeight w_i / valid (alpha (softmax(e) - target) + (1 - alpha) T (softmax(e / T) - softmax(teacher / T)))
//   source  Hinton et al. 2015 (arXiv 1503.02531) section 2; the ensemble form is eq. 5 of "Mamba base PKD" (arXiv 2503.01727)
//
// Numerics. Logits are taken relative to the row's largest, so nothing overflows and a common offset costs nothing. A KL divergence is a sum of
// terms that nearly cancel where teacher and student agree; since both distributions sum to 1 it is also the sum of
// p (e^-d - 1 + d) with d = log p - log q, whose terms are all positive: see divergence_term. With a student alone the combined logits are
// exact, else they carry the rounding of one fused multiply-add. exp_approx errs by |x| 2^-24 of e^x beyond one instruction's 2^-22: a class far below
// the largest, whose probability loses digits, has so small a one that they do not count.
#pragma once

#include "rows.cuh"

// A row's terms of the statistics, in the order of DistillationLossOps.
struct LossStatistics {
  float loss;
  float hard;
  float divergence;
  float correct;
  float d_weight;
};

constexpr int STATISTICS = sizeof(LossStatistics) / sizeof(float);

// Number s of them. A row whose label is not known is not counted among the correct ones.
__device__ inline float statistic(const LossStatistics& statistics, int s, bool known) {
  float value = s == 0 ? statistics.loss : statistics.hard;
  value = s == 2 ? statistics.divergence : value;
  value = s == 3 ? (known ? statistics.correct : 0.0f) : value;
  return s == 4 ? statistics.d_weight : value;
}

// 1 / x to about half a unit in the last place, for normal x: one step of Newton's method.
__device__ inline float refined_reciprocal(float x) {
  const float r = reciprocal_approx(x);
  return fmaf(r, fmaf(-x, r, 1.0f), r);
}

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

// The logits of one row over LANES neighbouring lanes, in registers: lane l holds classes l, l + LANES, ... of e (combined), s (student) and
// t (teacher). What lies beyond the classes is never used.
template <int LANES, int VALUES>
struct LaneRow {
  int classes;
  float e[VALUES];
  float s[VALUES];
  float t[VALUES];

  template <class Visit>
  __device__ void each(Visit visit) const {
#pragma unroll
    for (int i = 0; i < VALUES; i++) {
      const int k = threadIdx.x % LANES + i * LANES;
      if (k < classes) {
        visit(k, e[i], s[i], t[i]);
      }
    }
  }

  __device__ static float sum(float value) { return row_sum<LANES>(value); }
  __device__ static float largest(float value) {
#pragma unroll
    for (int distance = LANES / 2; distance > 0; distance /= 2) {
      value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
    }
    return value;
  }
};

// What a row's label and weight make of it. A label outside the classes, which nothing can be thrown for here, makes the row's gradient and the loss
// NaN; a row that does not count has the label 0 and the weight 0.
struct RowWeight {
  int label;
  bool known;
  float weight;

  __device__ RowWeight(const int* labels, const float* sample_weights, int row, int valid, int classes) {
    label = row < valid ? labels[row] : 0;
    known = label >= 0 && label < classes;
    weight = row < valid ? (sample_weights == nullptr ? 1.0f : sample_weights[row]) : 0.0f;
    weight = known ? weight : NAN;
  }
};

struct LossTerms {
  float alpha;
  float temperature;
  float inverse_temperature;  // 1 / temperature
  float smoothing;
  float smoothing_each;       // smoothing / classes
  float student_weight;
  bool with_teacher;
};

// The loss of one row with its gradient. Calls gradient(k, dStudent_k) for the classes of each lane, and gives the row's terms of the statistics in
// every lane of the row. weight is w_i, scale is w_i / valid. All lanes of the warp must call it, those of rows that do not count, too. A head that
// has just made the logits calls it with a LaneRow of them.
template <class Row, class Gradient>
__device__ inline LossStatistics loss_of_row(
    const Row& row, const LossTerms& terms, int label, float weight, float scale, Gradient gradient) {
  float e_max = -INFINITY;
  float t_max = -INFINITY;
  row.each([&](int, float e, float, float t) {
    e_max = fmaxf(e_max, e);
    t_max = fmaxf(t_max, t);
  });
  e_max = Row::largest(e_max);
  t_max = Row::largest(t_max);

  float rest = 0.0f;      // sum of e^x over the classes but the label
  float x_label = 0.0f;   // x = e - e_max
  float s_top = -INFINITY;  // student logit of the largest combined one
  float x_sum = 0.0f;
  float soft_sum = 0.0f;
  float t_sum = 0.0f;
  row.each([&](int k, float e, float s, float t) {
    const float x = e - e_max;
    const bool is_label = k == label;
    rest += is_label ? 0.0f : exp_approx(x);
    x_label += is_label ? x : 0.0f;
    s_top = x == 0.0f ? fmaxf(s_top, s) : s_top;
    x_sum += x;
    soft_sum += exp_approx(x * terms.inverse_temperature);
    t_sum += exp_approx((t - t_max) * terms.inverse_temperature);
  });
  rest = Row::sum(rest);
  x_label = Row::sum(x_label);
  s_top = Row::largest(s_top);
  x_sum = Row::sum(x_sum);
  soft_sum = Row::sum(soft_sum);
  t_sum = Row::sum(t_sum);

  // The sum less its largest term, which is 1: log(1 + others) keeps a loss far below 1 accurate. It is the label's term, or one of the rest.
  const float e_label = exp_approx(x_label);
  const float others = x_label == 0.0f ? rest : (rest - 1.0f) + e_label;
  const float hard = log1pf(others) - (1.0f - terms.smoothing) * x_label - terms.smoothing_each * x_sum;
  const float inverse_hard = refined_reciprocal(rest + e_label);
  const float inverse_soft = refined_reciprocal(soft_sum);
  const float inverse_t = refined_reciprocal(t_sum);
  const float log_ratio = logf(t_sum * inverse_soft);
  const float soft_scale = (1.0f - terms.alpha) * terms.temperature;

  float divergence = 0.0f;
  float beaten = 0.0f;
  float d_weight = 0.0f;
  row.each([&](int k, float e, float s, float t) {
    const float x = e - e_max;
    const bool is_label = k == label;
    // For the label p - 1 = -rest / sum, not 1 - 1 with the rounding of both.
    float g = is_label ? terms.smoothing - rest * inverse_hard : exp_approx(x) * inverse_hard;
    g = terms.alpha * (g - terms.smoothing_each);
    if (terms.with_teacher) {
      const float xt = t - t_max;
      const float q = exp_approx(x * terms.inverse_temperature) * inverse_soft;
      const float p = exp_approx(xt * terms.inverse_temperature) * inverse_t;
      divergence += divergence_term(p, q, (xt - x) * terms.inverse_temperature - log_ratio);
      g += soft_scale * (q - p);
    }
    g *= scale;
    gradient(k, terms.student_weight * g);
    // The gradient sums to 0 over a row, so that one logit may be taken from all: an offset then costs no accuracy, and neither does the rounding of
    // the largest probability, which is that of 1 where the others are far smaller.
    d_weight += g * (s - s_top);
    beaten = x > x_label || (x == x_label && k < label) ? 1.0f : beaten;
  });
  divergence = Row::sum(divergence);
  d_weight = Row::sum(d_weight);
  beaten = Row::largest(beaten);

  const float soft = terms.alpha == 1.0f ? 0.0f : soft_scale * terms.temperature * divergence;
  return {weight * (terms.alpha * hard + soft), hard, divergence, 1.0f - beaten, d_weight};
}
