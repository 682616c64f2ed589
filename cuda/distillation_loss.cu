// The distillation loss of a batch with its gradient, io.mambapkd.ops.DistillationLossOps; distillation_loss.cuh has the loss of one row. Rows of up to
// 64 classes are 16 lanes' each, in registers, so that a warp has two rows; longer rows are a warp's, read again from the cache in each of three
// passes. The statistics are summed by block, then by a second kernel in the order of the blocks: one launch would need atomics or a single block.
#include "distillation_loss.cuh"

constexpr int LOSS_BLOCK = 256;
constexpr int LOSS_WARPS = LOSS_BLOCK / 32;
// Lanes of a row of up to 64 classes.
constexpr int LOSS_LANES = 16;

namespace {

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

// Sums of the statistics of a block's rows that count, which all LANES lanes of a row hold: those of a warp first, then the warps in order. The
// partial sums are (STATISTICS, blocks).
template <int LANES>
__device__ inline void add_block(float* partials, bool counts, bool known, const LossStatistics& statistics) {
  __shared__ float warps[STATISTICS][LOSS_WARPS];
  const int lane = threadIdx.x % 32;
  // Lane s of each row has statistic s.
  float mine = counts ? statistic(statistics, threadIdx.x % LANES, known) : 0.0f;
#pragma unroll
  for (int distance = LANES; distance < 32; distance *= 2) {
    mine += __shfl_xor_sync(0xffffffffu, mine, distance);
  }
  if (lane < STATISTICS) {
    warps[lane][threadIdx.x / 32] = mine;
  }
  __syncthreads();
  if (threadIdx.x < STATISTICS) {
    float sum = 0.0f;
#pragma unroll
    for (int w = 0; w < LOSS_WARPS; w++) {
      sum += warps[threadIdx.x][w];
    }
    partials[static_cast<size_t>(threadIdx.x) * gridDim.x + blockIdx.x] = sum;
  }
}

// 16 lanes for each row. Rows that do not count, or are not there, are computed with the others, as lanes of one warp add together; their results
// are left out.
template <int VALUES>
__device__ inline void lane_rows(float* d_student, float* combined, float* partials, const Logits& logits, const int* labels,
                                 const float* sample_weights, int rows, int classes, int valid, float share,
                                 const LossTerms& terms) {
  const int row = blockIdx.x * (LOSS_BLOCK / LOSS_LANES) + threadIdx.x / LOSS_LANES;
  // The launcher takes rows of whose elements places fit in 31 bits.
  const unsigned from = static_cast<unsigned>(row) * classes;
  LaneRow<LOSS_LANES, VALUES> values;
  values.classes = classes;
#pragma unroll
  for (int i = 0; i < VALUES; i++) {
    const int k = threadIdx.x % LOSS_LANES + i * LOSS_LANES;
    const bool inside = row < rows && k < classes;
    values.e[i] = inside ? logits.combined(from + k) : 0.0f;
    values.s[i] = inside ? logits.student[from + k] : 0.0f;
    values.t[i] = inside ? logits.of_teacher(from + k) : 0.0f;
    if (combined != nullptr && inside) {
      combined[from + k] = values.e[i];
    }
  }
  const RowWeight of_row(labels, sample_weights, row, valid, classes);
  const LossStatistics statistics = loss_of_row(
      values, terms, of_row.label, of_row.weight, of_row.weight * share,
      [&](int k, float gradient) {
        if (row < rows) {
          d_student[from + k] = row < valid ? gradient : 0.0f;
        }
      });
  add_block<LOSS_LANES>(partials, row < valid, of_row.known, statistics);
}

}  // namespace

// distillation_loss_k16_f32, _k32, _k64: rows of at most that many classes.
//   shapes  dStudent, combined, student, ensemble, teacher (rows, classes)   partials (5, blocks)   labels (rows) i32   sample_weights (rows)
//           combined, ensemble, teacher and sample_weights may be absent
//   launch  ceil(rows / 16) blocks of 256: 16 lanes for a row, 1, 2 or 4 classes for a lane
//   writes  = dStudent, combined, partials
//   determinism  bitwise: rows are independent, sums along a row in one tree, across rows in the order of rows and warps
//   bytes   4 rows classes (2 + [ensemble] + [teacher] + [combined]) + 4 valid (1 + [weights]) + 20 blocks
#define DISTILLATION_LOSS_LANE_ROWS(CLASSES)                                                                                                \
  extern "C" __global__ void __launch_bounds__(LOSS_BLOCK) distillation_loss_k##CLASSES##_f32(                                              \
      float* __restrict__ d_student, float* __restrict__ combined, float* __restrict__ partials, const float* __restrict__ student,         \
      const float* __restrict__ ensemble, const float* __restrict__ teacher, const int* __restrict__ labels,                                \
      const float* __restrict__ sample_weights, int rows, int classes, int valid, float share, float alpha, float temperature,              \
      float inverse_temperature, float smoothing, float smoothing_each, float ensemble_weight, float student_weight) {                      \
    const Logits logits = {student, ensemble, teacher, student_weight, ensemble_weight};                                                    \
    const LossTerms terms = {alpha, temperature, inverse_temperature, smoothing, smoothing_each, student_weight, teacher != nullptr};       \
    lane_rows<CLASSES / LOSS_LANES>(d_student, combined, partials, logits, labels, sample_weights, rows, classes, valid, share, terms);     \
  }

DISTILLATION_LOSS_LANE_ROWS(16)
DISTILLATION_LOSS_LANE_ROWS(32)
DISTILLATION_LOSS_LANE_ROWS(64)

// distillation_loss_warp_f32: rows of any number of classes, one warp each.
//   shapes, writes, determinism  as above
//   bytes   4 rows classes (2 + [ensemble] + [combined]) + 4 valid classes [teacher] + 4 valid (1 + [weights]) + 20 blocks
//   launch  ceil(rows / 8) blocks of 256
extern "C" __global__ void __launch_bounds__(LOSS_BLOCK) distillation_loss_warp_f32(
    float* __restrict__ d_student, float* __restrict__ combined, float* __restrict__ partials, const float* __restrict__ student,
    const float* __restrict__ ensemble, const float* __restrict__ teacher, const int* __restrict__ labels,
    const float* __restrict__ sample_weights, int rows, int classes, int valid, float share, float alpha, float temperature,
    float inverse_temperature, float smoothing, float smoothing_each, float ensemble_weight, float student_weight) {
  const int row = blockIdx.x * LOSS_WARPS + threadIdx.x / 32;
  const size_t from = static_cast<size_t>(row) * classes;
  const Logits logits = {student, ensemble, teacher, student_weight, ensemble_weight};
  // A row that does not count has no classes for the loss; its sums are not used.
  const WarpRow values = {logits, from, row < valid ? classes : 0};
  if (row < rows) {
    for (int k = threadIdx.x % 32; k < classes; k += 32) {
      if (combined != nullptr) {
        combined[from + k] = logits.combined(from + k);
      }
      if (row >= valid) {
        d_student[from + k] = 0.0f;
      }
    }
  }
  const LossTerms terms = {alpha, temperature, inverse_temperature, smoothing, smoothing_each, student_weight, teacher != nullptr};
  const RowWeight of_row(labels, sample_weights, row, valid, classes);
  const LossStatistics statistics = loss_of_row(
      values, terms, of_row.label, of_row.weight, of_row.weight * share,
      [&](int k, float gradient) { d_student[from + k] = gradient; });
  add_block<32>(partials, row < valid, of_row.known, statistics);
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
