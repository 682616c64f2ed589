// Gradient of batch normalisation (batch_norm.cu has the maths and the types): sums over chunks of rows, their merge, and the gradient of the input.
#include "batch_norm.cuh"

// The gradient before the activation.
template <After AFTER>
__device__ inline float through(float dy, float deviation, float scale, float offset) {
  if constexpr (AFTER == After::GELU) {
    return dy * Gelu::slope(normalised(deviation, scale, offset));
  }
  if constexpr (AFTER == After::SILU) {
    return dy * Silu::slope(normalised(deviation, scale, offset));
  }
  return AFTER == After::RELU && normalised(deviation, scale, offset) <= 0.0f ? 0.0f : dy;
}

template <After AFTER, typename Element>
__device__ inline void batch_norm_gradient_sums(
    float* __restrict__ sums,
    const Element* __restrict__ x,
    const Element* __restrict__ dy,
    const float* __restrict__ mean,
    const float* __restrict__ variance,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int rows,
    int columns,
    int chunk_rows,
    int lanes,
    float epsilon) {
  const Part part(rows, columns, chunk_rows, lanes);
  const bool inside = part.column < columns;
  float plain = 0.0f;
  float weighted = 0.0f;
  if (inside) {
    const float center = mean[part.column];
    const float inverse = inverse_deviation(variance[part.column], epsilon);
    const float scale = weight[part.column] * inverse;
    const float offset = bias[part.column];
    const long long first = part.first * columns + part.column;
#pragma unroll UNROLLED<AFTER>
    for (int r = part.strand; r < part.count; r += part.strands) {
      const long long at = first + static_cast<long long>(r) * columns;
      const float deviation = load(x + at) - center;
      const float gradient = through<AFTER>(load(dy + at), deviation, scale, offset);
      plain += gradient;
      weighted += gradient * (deviation * inverse);
    }
  }
  plain = strand_sum<BATCH_NORM_BLOCK>(plain, lanes);
  weighted = strand_sum<BATCH_NORM_BLOCK>(weighted, lanes);
  if (threadIdx.x < lanes && inside) {
    float* to = sums + static_cast<size_t>(part.chunk) * 2 * columns + part.column;
    to[0] = plain;
    to[columns] = weighted;
  }
}

// What the chunks of a column add up to.
struct Sums {
  float plain;
  float weighted;
};

// In every thread of the column, of which a block has `lanes`; all threads must call it.
__device__ inline Sums merged(const float* __restrict__ sums, int columns, int chunks, int column, int lanes) {
  float plain = 0.0f;
  float weighted = 0.0f;
  if (column < columns) {
#pragma unroll 4
    for (int k = threadIdx.x / lanes; k < chunks; k += BATCH_NORM_BLOCK / lanes) {
      const float* of = sums + static_cast<size_t>(k) * 2 * columns + column;
      plain += of[0];
      weighted += of[columns];
    }
  }
  plain = column_sum(plain, lanes);
  weighted = column_sum(weighted, lanes);
  return {plain, weighted};
}

__device__ inline void add_gradients(Sums sums, float* __restrict__ dweight, float* __restrict__ dbias, int column) {
  if (dbias != nullptr) {
    dbias[column] += sums.plain;
  }
  if (dweight != nullptr) {
    dweight[column] += sums.weighted;
  }
}

// `sums` is null where the statistics are constants.
template <After AFTER, typename Element>
__device__ inline void batch_norm_backward(
    Element* dx,
    float* __restrict__ dweight,
    float* __restrict__ dbias,
    const float* __restrict__ sums,
    const Element* __restrict__ x,
    const Element* dy,
    const float* __restrict__ mean,
    const float* __restrict__ variance,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int rows,
    int columns,
    int chunk_rows,
    int lanes,
    int chunks,
    float epsilon) {
  const Part part(rows, columns, chunk_rows, lanes);
  Sums all = {};
  if (sums != nullptr) {
    all = merged(sums, columns, chunks, part.column, lanes);
  }
  if (part.column >= columns) return;
  if (part.chunk == 0 && part.strand == 0) {
    add_gradients(all, dweight, dbias, part.column);
  }
  const float center = mean[part.column];
  const float inverse = inverse_deviation(variance[part.column], epsilon);
  const float scale = weight[part.column] * inverse;
  const float offset = bias[part.column];
  const float constant = all.plain / static_cast<float>(rows);
  const float slope = all.weighted / static_cast<float>(rows) * inverse;
  const long long first = part.first * columns + part.column;
#pragma unroll UNROLLED<AFTER>
  for (int r = part.strand; r < part.count; r += part.strands) {
    const long long at = first + static_cast<long long>(r) * columns;
    const float deviation = load(x + at) - center;
    const float gradient = through<AFTER>(load(dy + at), deviation, scale, offset);
    store(dx + at, scale * ((gradient - constant) - deviation * slope));
  }
}

// batch_norm_gradient_sums_AFTER_f32, _bf16   with g = dy f'(..) and n = (x - mean) / sqrt(variance + epsilon), of the rows of chunk k:
//   sums[k, 0, c] = sum of g[r, c] ;  sums[k, 1, c] = sum of g[r, c] n[r, c]
// What the activation's slope depends on is computed again: reading it costs more.
// shapes  sums (ceil(rows / chunk_rows), 2, columns) f32  x, dy (rows, columns) Element  mean, variance, weight, bias (columns) f32
// launch  as batch_norm_moments_f32
// writes  sums =
// determinism  as batch_norm_moments_f32
// bytes   relu, gelu, silu: 2 E rows columns + 8 ceil(rows / chunk_rows) columns + 16 columns
//         identity, which needs neither weight nor bias: 2 E rows columns + 8 ceil(rows / chunk_rows) columns + 8 columns
#define BATCH_NORM_GRADIENT_SUMS(NAME, AFTER, DTYPE, ELEMENT)                                                                      \
  extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK) batch_norm_gradient_sums_##NAME##_##DTYPE(                        \
      float* __restrict__ sums, const ELEMENT* __restrict__ x, const ELEMENT* __restrict__ dy, const float* __restrict__ mean,     \
      const float* __restrict__ variance, const float* __restrict__ weight, const float* __restrict__ bias, int rows, int columns, \
      int chunk_rows, int lanes, float epsilon) {                                                                                  \
    batch_norm_gradient_sums<After::AFTER>(sums, x, dy, mean, variance, weight, bias, rows, columns, chunk_rows, lanes, epsilon);  \
  }

BATCH_NORM_GRADIENT_SUMS(identity, IDENTITY, f32, float)
BATCH_NORM_GRADIENT_SUMS(identity, IDENTITY, bf16, bfloat16)
BATCH_NORM_GRADIENT_SUMS(relu, RELU, f32, float)
BATCH_NORM_GRADIENT_SUMS(relu, RELU, bf16, bfloat16)
BATCH_NORM_GRADIENT_SUMS(gelu, GELU, f32, float)
BATCH_NORM_GRADIENT_SUMS(gelu, GELU, bf16, bfloat16)
BATCH_NORM_GRADIENT_SUMS(silu, SILU, f32, float)
BATCH_NORM_GRADIENT_SUMS(silu, SILU, bf16, bfloat16)

// batch_norm_gradient_merge_f32   totals = sum over k of sums[k] ;  dbias += totals[0] ;  dweight += totals[1]
// shapes  dweight, dbias (columns), each absent where it is not learned  totals (2, columns)  sums (chunks, 2, columns)    f32
// launch  grid ceil(columns / 32), block 256: 8 strands of chunks for each column
// writes  dweight +=, dbias +=, totals =
// determinism  as batch_norm_statistics_f32
// bytes   8 chunks columns + 8 columns + 8 columns [dweight] + 8 columns [dbias]
extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK)
    batch_norm_gradient_merge_f32(
        float* __restrict__ dweight,
        float* __restrict__ dbias,
        float* __restrict__ totals,
        const float* __restrict__ sums,
        int columns,
        int chunks) {
  const int column = blockIdx.x * BATCH_NORM_LANES + threadIdx.x % BATCH_NORM_LANES;
  const Sums all = merged(sums, columns, chunks, column, BATCH_NORM_LANES);
  if (threadIdx.x < BATCH_NORM_LANES && column < columns) {
    add_gradients(all, dweight, dbias, column);
    totals[column] = all.plain;
    totals[columns + column] = all.weighted;
  }
}

// batch_norm_backward_AFTER_f32, _bf16   with g and n as above: dx = weight / sqrt(variance + epsilon) (g - (totals[0] + n totals[1]) / rows),
//   totals = sum over k of sums[k] ;  dbias += totals[0] ;  dweight += totals[1]
// The sums are those of few chunks, which every block adds for its columns, or the totals as one chunk.
// shapes  dx, x, dy (rows, columns) Element  dweight, dbias (columns), each null where it is not learned or has its gradient, sums (chunks, 2, columns), null where the
//         statistics are constants, which needs dweight and dbias to be null, mean, variance, weight, bias (columns) f32
// launch  as batch_norm_moments_f32
// writes  dx =, dweight +=, dbias +=; dx may be dy
// determinism  as batch_norm_forward_AFTER_f32
// bytes   relu, gelu, silu: 3 E rows columns + 16 columns + 8 chunks columns [sums] + 8 columns [dweight] + 8 columns [dbias]
//         identity, which does not need the bias: 3 E rows columns + 12 columns + 8 chunks columns [sums] + 8 columns [dweight] + 8 columns [dbias]
#define BATCH_NORM_BACKWARD(NAME, AFTER, DTYPE, ELEMENT)                                                                           \
  extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK) batch_norm_backward_##NAME##_##DTYPE(                             \
      ELEMENT* dx, float* __restrict__ dweight, float* __restrict__ dbias, const float* __restrict__ sums,                         \
      const ELEMENT* __restrict__ x, const ELEMENT* dy, const float* __restrict__ mean, const float* __restrict__ variance,        \
      const float* __restrict__ weight, const float* __restrict__ bias, int rows, int columns, int chunk_rows, int lanes,          \
      int chunks, float epsilon) {                                                                                                 \
    batch_norm_backward<After::AFTER>(                                                                                             \
        dx, dweight, dbias, sums, x, dy, mean, variance, weight, bias, rows, columns, chunk_rows, lanes, chunks, epsilon);         \
  }

BATCH_NORM_BACKWARD(identity, IDENTITY, f32, float)
BATCH_NORM_BACKWARD(identity, IDENTITY, bf16, bfloat16)
BATCH_NORM_BACKWARD(relu, RELU, f32, float)
BATCH_NORM_BACKWARD(relu, RELU, bf16, bfloat16)
BATCH_NORM_BACKWARD(gelu, GELU, f32, float)
BATCH_NORM_BACKWARD(gelu, GELU, bf16, bfloat16)
BATCH_NORM_BACKWARD(silu, SILU, f32, float)
BATCH_NORM_BACKWARD(silu, SILU, bf16, bfloat16)
