// The end of a student in a training step: norm, flat head, distillation loss and their gradients in one pass over memory, io.mambapkd.ops.HeadOps. x is
// read once and dx written once; logits go through shared memory from the threads that have columns to those that have classes, their gradients back.
// Gradients of weights stay in registers over all samples of a block. head_loss.cuh tells which thread has what, distillation_loss.cuh the loss.
//
// A block takes more shared memory than older devices give:
// from compute_80 on
#include "head_loss.cuh"

template <int CLASSES>
struct HeadShared {
  // Odd, so that a warp's parts of one class lie in different banks.
  static constexpr int PART_PITCH = CLASSES | 1;
  static constexpr int QUADS = ceil_div(CLASSES, 4);
  // Odd in units of four: eight samples' quads lie in different banks.
  static constexpr int QUAD_PITCH = QUADS | 1;
};

// CLASSES: room for classes; those from `classes` on have weights of 0.
template <int CLASSES>
__device__ inline void head_loss(
    float* __restrict__ student, float* __restrict__ dx, float* __restrict__ partials, float* __restrict__ partial_statistics,
    const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ weight, const float* __restrict__ bias,
    const float* __restrict__ ensemble, const float* __restrict__ teacher, const int* __restrict__ labels,
    const float* __restrict__ sample_weights, int rows, int tokens, int width, int classes, int valid, int lane_bits, int tile_rows,
    float epsilon, float width_share, float valid_share, float ensemble_weight, const LossTerms& terms) {
  using Shared = HeadShared<CLASSES>;
  constexpr int PADDED_CLASSES = 4 * Shared::QUADS;
  __shared__ float parts[HEAD_WARPS * HEAD_PARTS][HEAD_SLOTS][Shared::PART_PITCH];
  __shared__ float4 d_logits[HEAD_LOSS_ROWS][Shared::QUAD_PITCH];
  __shared__ float d_scales[HEAD_ELEMENTS];
  __shared__ float warp_sums[HEAD_WARPS][2][HEAD_LOSS_LANES];
  // Of class k: the four weights of thread t at k HEAD_BLOCK + t.
  DYN_SHARED(float4, shared);
  const HeadPlace place(tokens, width, lane_bits, tile_rows == HEAD_SLOTS ? 8 : 7);
  const int elements = tokens * width;
  const int groups = tile_rows / HEAD_SLOTS;
  const int tiles = ceil_div(rows, tile_rows);
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  // For the loss: a sample of the tile, and a class.
  const int loss_row = threadIdx.x / HEAD_LOSS_LANES;
  const int k = threadIdx.x % HEAD_LOSS_LANES;

  const auto load_tile = [&](float4(&to)[HEAD_SLOTS], int tile) {
    const int left = rows - tile * tile_rows;
    const float* from = x + (static_cast<size_t>(tile) * (tile_rows * elements) + place.first);
#pragma unroll
    for (int s = 0; s < HEAD_SLOTS; s++) {
      to[s] = place.sample(s) < left && place.owns ? load4(from + place.sample(s) * elements) : zeros4();
    }
  };

  float4 next[HEAD_SLOTS];
  load_tile(next, blockIdx.x);
  float4* weights = shared + threadIdx.x;
#pragma unroll 2
  for (int c = 0; c < CLASSES; c++) {
    weights[c * HEAD_BLOCK] =
        c < classes && place.owns ? products4(weight + (c * elements + place.first), scale + place.column) : zeros4();
  }
  float4 d_weight[CLASSES];
#pragma unroll
  for (int c = 0; c < CLASSES; c++) {
    d_weight[c] = zeros4();
  }
  float d_bias = 0.0f;
  float own_statistic = 0.0f;

#pragma unroll 1
  for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const int row = tile * tile_rows + loss_row;
    const bool inside = row < rows && k < classes;
    const size_t at = static_cast<size_t>(row) * classes + k;
    const float of_ensemble = inside && ensemble != nullptr ? ensemble[at] : 0.0f;
    const float of_teacher = inside && teacher != nullptr ? teacher[at] : 0.0f;
    const RowWeight of_row(labels, sample_weights, row, valid, classes);

    float4 normal[HEAD_SLOTS];  // x / rms(x)
    float inverse[HEAD_SLOTS];
#pragma unroll
    for (int s = 0; s < HEAD_SLOTS; s++) {
      normal[s] = next[s];
      inverse[s] = chained_dot4(normal[s], normal[s]);
    }
    load_tile(next, tile + gridDim.x);
    add_token(inverse, lane_bits);
#pragma unroll
    for (int s = 0; s < HEAD_SLOTS; s++) {
      inverse[s] = inverse_root_approx(inverse[s] * width_share + epsilon);
      normal[s] = scaled4(normal[s], inverse[s]);
    }
#pragma unroll 2
    for (int c = 0; c < CLASSES; c++) {
      const float4 w = weights[c * HEAD_BLOCK];
      float sums[HEAD_SLOTS];
#pragma unroll
      for (int s = 0; s < HEAD_SLOTS; s++) {
        sums[s] = chained_dot4(w, normal[s]);
      }
      parts[warp * HEAD_PARTS + lane % 4][place.swap][c] = sum_of_sample(sums);
    }
    __syncthreads();

    if (loss_row < tile_rows) {
      float logit = 0.0f;
      if (inside) {
        logit = bias[k];
        const int group_parts = HEAD_WARPS * HEAD_PARTS / groups;
        const int first_part = loss_row / HEAD_SLOTS * group_parts;
        for (int from = first_part; from < first_part + group_parts; from += 16) {
#pragma unroll
          for (int p = 0; p < 16; p++) {
            logit += parts[from + p][loss_row % HEAD_SLOTS][k];
          }
        }
        student[at] = logit;
      }
      LaneRow<HEAD_LOSS_LANES, 1> values;
      values.classes = classes;
      values.e[0] = fmaf(ensemble_weight, of_ensemble, terms.student_weight * logit);
      values.s[0] = logit;
      values.t[0] = of_teacher;
      float d_logit = 0.0f;
      const LossStatistics statistics = loss_of_row(
          values, terms, of_row.label, of_row.weight, of_row.weight * valid_share,
          [&](int, float gradient) { d_logit = gradient; });
      const bool counts = row < valid;
      d_logit = counts ? d_logit : 0.0f;
      if (k < PADDED_CLASSES) {
        reinterpret_cast<float*>(d_logits[loss_row])[k] = d_logit;
      }
      d_bias += d_logit;
      own_statistic += counts ? statistic(statistics, k, of_row.known) : 0.0f;
    }
    __syncthreads();

    const int left = rows - tile * tile_rows;
    float* to = dx + (static_cast<size_t>(tile) * (tile_rows * elements) + place.first);
#pragma unroll
    for (int from = 0; from < HEAD_SLOTS; from += HEAD_HALF) {
      float4 gradient[HEAD_HALF];  // of the normal
      float pull[HEAD_HALF];
#pragma unroll
      for (int s = 0; s < HEAD_HALF; s++) {
        gradient[s] = zeros4();
      }
#pragma unroll
      for (int q = 0; q < Shared::QUADS; q++) {
        float4 quads[HEAD_HALF];
#pragma unroll
        for (int s = 0; s < HEAD_HALF; s++) {
          quads[s] = d_logits[place.sample(from + s)][q];
        }
#pragma unroll
        for (int i = 0; i < 4 && q * 4 + i < CLASSES; i++) {
          const int c = q * 4 + i;
          const float4 w = weights[c * HEAD_BLOCK];
#pragma unroll
          for (int s = 0; s < HEAD_HALF; s++) {
            const float d = i == 0 ? quads[s].x : i == 1 ? quads[s].y : i == 2 ? quads[s].z : quads[s].w;
            d_weight[c] = plus_scaled4(d_weight[c], normal[from + s], d);
            gradient[s] = plus_scaled4(gradient[s], w, d);
          }
        }
      }
#pragma unroll
      for (int s = 0; s < HEAD_HALF; s++) {
        pull[s] = chained_dot4(gradient[s], normal[from + s]);
      }
      add_token(pull, lane_bits);
#pragma unroll
      for (int s = 0; s < HEAD_HALF; s++) {
        if (place.sample(from + s) < left && place.owns) {
          store4(
              to + place.sample(from + s) * elements,
              scaled4(plus_scaled4(gradient[s], normal[from + s], -pull[s] * width_share), inverse[from + s]));
        }
      }
    }
  }

#pragma unroll
  for (int c = 0; c < CLASSES; c++) {
    weights[c * HEAD_BLOCK] = d_weight[c];
  }
  d_bias += __shfl_xor_sync(0xffffffffu, d_bias, HEAD_LOSS_LANES);
  own_statistic += __shfl_xor_sync(0xffffffffu, own_statistic, HEAD_LOSS_LANES);
  if (lane < HEAD_LOSS_LANES) {
    warp_sums[warp][0][lane] = d_bias;
    warp_sums[warp][1][lane] = own_statistic;
  }
  __syncthreads();

  // What a weight's gradient lacks the scale for, times the weight, is its term of the scale's.
  float* const sums = partials + static_cast<size_t>(blockIdx.x) * (classes * elements + classes + width);
  for (int i = threadIdx.x; i < elements; i += HEAD_BLOCK) {
    const int token = i / width;
    const int column = i - token * width;
    const float* from = reinterpret_cast<const float*>(shared + (token << lane_bits)) + column;
    const float of_column = scale[column];
    float d_scale = 0.0f;
#pragma unroll 2
    for (int c = 0; c < classes; c++) {
      const float* of_class = from + c * (4 * HEAD_BLOCK);
      const float sum = of_class[0] + (groups > 1 ? of_class[2 * HEAD_BLOCK] : 0.0f);
      sums[c * elements + i] = sum * of_column;
      d_scale = fmaf(sum, weight[c * elements + i], d_scale);
    }
    d_scales[i] = d_scale;
  }
  if (threadIdx.x < classes) {
    float sum = 0.0f;
    for (int w = 0; w < HEAD_WARPS; w++) {
      sum += warp_sums[w][0][threadIdx.x];
    }
    sums[classes * elements + threadIdx.x] = sum;
  }
  if (threadIdx.x < STATISTICS) {
    float sum = 0.0f;
    for (int w = 0; w < HEAD_WARPS; w++) {
      sum += warp_sums[w][1][threadIdx.x];
    }
    partial_statistics[threadIdx.x * gridDim.x + blockIdx.x] = sum;
  }
  __syncthreads();
  if (threadIdx.x < width) {
    float sum = 0.0f;
#pragma unroll 4
    for (int i = threadIdx.x; i < elements; i += width) {
      sum += d_scales[i];
    }
    sums[classes * elements + classes + threadIdx.x] = sum;
  }
}

// head_loss_k10_f32, _k16_f32: of at most that many classes K. With n[b, l] = x[b, l] / sqrt(mean over m of x[b, l, m]^2 + epsilon):
//   student[b, k] = bias[k] + sum over l, m of weight[k, l, m] scale[m] n[b, l, m] ;  d[b, k] = gradient of the loss with respect to it, see distillation_loss.cuh
//   g[b, l, m] = scale[m] sum over k of d[b, k] weight[k, l, m] ;  dx = (g - n mean over m of g n) / sqrt(mean over m of x^2 + epsilon)
//   partials: of block c, the sums over its samples of d[b, k] scale[m] n[b, l, m] (gradient of weight), d[b, k] (of bias), and over l, too,
//   n[b, l, m] sum over k of d[b, k] weight[k, l, m] (of scale)
//   source  rms_norm_short.cu and distillation_loss.cu; Hinton et al. 2015 (arXiv 1503.02531) section 2
//   shapes  x, dx (B, L, M)   scale (M)   weight (K, L M)   bias (K)   student, ensemble, teacher (B, K)   labels (B) i32   sample_weights (B)
//           partials (blocks, K L M + K + M)   partial_statistics (5, blocks); ensemble, teacher and sample_weights may be absent
//           M a multiple of 4; 2^lane_bits >= M / 4, 16 at most; tile_rows 8, or 16 where L 2^lane_bits <= 128; L 2^lane_bits <= 256; x and dx at multiples of 16 bytes
//   launch  min(132, ceil(B / tile_rows)) blocks of 256, 16 bytes of shared memory for a thread and class of the entry's 10 or 16
//   writes  = student, dx, partials, partial_statistics; distillation_loss_statistics_f32 and reduce_columns_add_f32 add the blocks
//   determinism  bitwise: a sample's sums in trees, sums over samples by blocks whose number depends on the sizes alone
//   bytes   8 B L M + 4 (K L M + K + M) + 4 B K (1 + [ensemble] + [teacher]) + 4 valid (1 + [weights]) + 4 blocks (K L M + K + M + 5)
#define HEAD_LOSS(CLASSES)                                                                                                                         \
  extern "C" __global__ void __launch_bounds__(HEAD_BLOCK) head_loss_k##CLASSES##_f32(                                                             \
      float* __restrict__ student, float* __restrict__ dx, float* __restrict__ partials, float* __restrict__ partial_statistics,                   \
      const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ weight, const float* __restrict__ bias,              \
      const float* __restrict__ ensemble, const float* __restrict__ teacher, const int* __restrict__ labels,                                       \
      const float* __restrict__ sample_weights, int rows, int tokens, int width, int classes, int valid, int lane_bits, int tile_rows,            \
      float epsilon, float width_share, float valid_share, float alpha, float temperature, float inverse_temperature, float smoothing,             \
      float smoothing_each, float ensemble_weight, float student_weight) {                                                                         \
    const LossTerms terms = {alpha, temperature, inverse_temperature, smoothing, smoothing_each, student_weight, teacher != nullptr};              \
    head_loss<CLASSES>(                                                                                                                            \
        student, dx, partials, partial_statistics, x, scale, weight, bias, ensemble, teacher, labels, sample_weights, rows, tokens, width,         \
        classes, valid, lane_bits, tile_rows, epsilon, width_share, valid_share, ensemble_weight, terms);                                         \
  }

HEAD_LOSS(10)
HEAD_LOSS(16)
