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

// `corrections` is null where the statistics are constants.
template <After AFTER, typename Element>
__device__ inline void batch_norm_backward(
    Element* dx,
    const float* __restrict__ corrections,
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
    float epsilon) {
  const Part part(rows, columns, chunk_rows, lanes);
  if (part.column >= columns) return;
  const float center = mean[part.column];
  const float inverse = inverse_deviation(variance[part.column], epsilon);
  const float scale = weight[part.column] * inverse;
  const float offset = bias[part.column];
  const float constant = corrections != nullptr ? corrections[part.column] : 0.0f;
  const float slope = corrections != nullptr ? corrections[columns + part.column] * inverse : 0.0f;
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

// batch_norm_gradient_merge_f32   dbias += sum over k of sums[k, 0] ;  dweight += sum over k of sums[k, 1] ;  corrections = both sums / rows
// shapes  dweight, dbias (columns), each absent where it is not learned  corrections (2, columns)  sums (chunks, 2, columns)    f32
// launch  grid ceil(columns / 32), block 256: 8 strands of chunks for each column
// writes  dweight +=, dbias +=, corrections =
// determinism  as reduce_columns_add_f32
// bytes   8 chunks columns + 8 columns + 8 columns [dweight] + 8 columns [dbias]
extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK)
    batch_norm_gradient_merge_f32(
        float* __restrict__ dweight,
        float* __restrict__ dbias,
        float* __restrict__ corrections,
        const float* __restrict__ sums,
        int rows,
        int columns,
        int chunks) {
  const int column = blockIdx.x * BATCH_NORM_LANES + threadIdx.x % BATCH_NORM_LANES;
  const bool inside = column < columns;
  float plain = 0.0f;
  float weighted = 0.0f;
  if (inside) {
    for (int k = threadIdx.x / BATCH_NORM_LANES; k < chunks; k += BATCH_NORM_BLOCK / BATCH_NORM_LANES) {
      const float* of = sums + static_cast<size_t>(k) * 2 * columns + column;
      plain += of[0];
      weighted += of[columns];
    }
  }
  plain = strand_sum<BATCH_NORM_BLOCK>(plain, BATCH_NORM_LANES);
  weighted = strand_sum<BATCH_NORM_BLOCK>(weighted, BATCH_NORM_LANES);
  if (threadIdx.x < BATCH_NORM_LANES && inside) {
    if (dbias != nullptr) {
      dbias[column] += plain;
    }
    if (dweight != nullptr) {
      dweight[column] += weighted;
    }
    corrections[column] = plain / static_cast<float>(rows);
    corrections[columns + column] = weighted / static_cast<float>(rows);
  }
}

// batch_norm_backward_AFTER_f32, _bf16   with g and n as above: dx = weight / sqrt(variance + epsilon) (g - corrections[0] - n corrections[1])
// shapes  dx, x, dy (rows, columns) Element  corrections (2, columns), absent where the statistics are constants  mean, variance, weight, bias (columns) f32
// launch  as batch_norm_moments_f32
// writes  dx =; dx may be dy
// determinism  one thread an element
// bytes   relu, gelu, silu: 3 E rows columns + 16 columns + 8 columns [corrections]
//         identity, which does not need the bias: 3 E rows columns + 12 columns + 8 columns [corrections]
#define BATCH_NORM_BACKWARD(NAME, AFTER, DTYPE, ELEMENT)                                                    \
  extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK) batch_norm_backward_##NAME##_##DTYPE(      \
      ELEMENT* dx, const float* __restrict__ corrections, const ELEMENT* __restrict__ x, const ELEMENT* dy, \
      const float* __restrict__ mean, const float* __restrict__ variance, const float* __restrict__ weight, \
      const float* __restrict__ bias, int rows, int columns, int chunk_rows, int lanes, float epsilon) {    \
    batch_norm_backward<After::AFTER>(                                                                      \
        dx, corrections, x, dy, mean, variance, weight, bias, rows, columns, chunk_rows, lanes, epsilon);   \
  }

BATCH_NORM_BACKWARD(identity, IDENTITY, f32, float)
BATCH_NORM_BACKWARD(identity, IDENTITY, bf16, bfloat16)
BATCH_NORM_BACKWARD(relu, RELU, f32, float)
BATCH_NORM_BACKWARD(relu, RELU, bf16, bfloat16)
BATCH_NORM_BACKWARD(gelu, GELU, f32, float)
BATCH_NORM_BACKWARD(gelu, GELU, bf16, bfloat16)
BATCH_NORM_BACKWARD(silu, SILU, f32, float)
BATCH_NORM_BACKWARD(silu, SILU, bf16, bfloat16)
