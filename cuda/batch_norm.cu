// Batch normalisation over all but the last axis, with a ReLU, a GELU, a SiLU or nothing behind it: io.mambapkd.ops.BatchNormOps. Ioffe and Szegedy (arXiv 1502.03167),
// algorithm 1; batch_norm_gradient.cu has its gradient. Kernels of our own, not cuDNN's: those fuse a ReLU only for half precision, keep
// 1 / sqrt(variance + epsilon) and not the biased variance that the contract tells, and overwrite what is to be added to. Images and their gradients are
// of type Element, E bytes each; statistics and parameters, and all arithmetic, are float.
#include "batch_norm.cuh"

// strand_sum in every thread of the column. All threads must call it; it can be called again at once, since the barriers in strand_sum lie between
// this read and the next write.
__device__ inline float column_sum(float value, int lanes) {
  __shared__ float sums[BATCH_NORM_LANES];
  const float sum = strand_sum<BATCH_NORM_BLOCK>(value, lanes);
  if (threadIdx.x < lanes) {
    sums[threadIdx.x] = sum;
  }
  __syncthreads();
  return sums[threadIdx.x % lanes];
}

template <typename Element>
__device__ inline void batch_norm_moments(
    float* __restrict__ moments, const Element* __restrict__ x, int rows, int columns, int chunk_rows, int lanes) {
  const Part part(rows, columns, chunk_rows, lanes);
  const bool inside = part.column < columns;
  const Element* from = x + part.first * columns + part.column;
  const float center = inside ? load(from) : 0.0f;
  float deviations = 0.0f;
  if (inside) {
#pragma unroll 4
    for (int r = part.strand; r < part.count; r += part.strands) {
      deviations += load(from + static_cast<size_t>(r) * columns) - center;
    }
  }
  const float shift = column_sum(deviations, lanes) / static_cast<float>(part.count);
  const float mean = center + shift;
  float squares = 0.0f;
  if (inside) {
#pragma unroll 4
    for (int r = part.strand; r < part.count; r += part.strands) {
      const float deviation = load(from + static_cast<size_t>(r) * columns) - mean;
      squares += deviation * deviation;
    }
  }
  squares = strand_sum<BATCH_NORM_BLOCK>(squares, lanes);
  if (threadIdx.x < lanes && inside) {
    float* to = moments + static_cast<size_t>(part.chunk) * 2 * columns + part.column;
    to[0] = mean;
    to[columns] = squares;
  }
}

// batch_norm_moments_f32, _bf16   of the rows r of chunk k: moments[k, 0, c] = mean of x[r, c] ;  moments[k, 1, c] = sum of (x[r, c] - mean)^2
// Two passes over the chunk, which is still in the cache at the second: the mean first, from deviations from the first row, so that values far from 0
// lose no digits.
// shapes  moments (ceil(rows / chunk_rows), 2, columns) f32  x (rows, columns) Element
// launch  grid (ceil(rows / chunk_rows) ceil(columns / lanes)), tiles of a chunk first; block 256
// writes  moments =
// determinism  rows of a chunk are added in interleaved strands, each in index order, the strands in one tree
// bytes   E rows columns + 8 ceil(rows / chunk_rows) columns
#define BATCH_NORM_MOMENTS(DTYPE, ELEMENT)                                                                            \
  extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK) batch_norm_moments_##DTYPE(                          \
      float* __restrict__ moments, const ELEMENT* __restrict__ x, int rows, int columns, int chunk_rows, int lanes) { \
    batch_norm_moments(moments, x, rows, columns, chunk_rows, lanes);                                                 \
  }

BATCH_NORM_MOMENTS(f32, float)
BATCH_NORM_MOMENTS(bf16, bfloat16)

// batch_norm_statistics_f32   with n_k rows in chunk k: mean = 1 / rows sum over k of n_k mean_k ;
//   variance = 1 / rows sum over k of (squares_k + n_k (mean_k - mean)^2) ;  running += momentum (batch - running), for the variance the unbiased one
// Chan, Golub and LeVeque (1979), for all chunks at once: their means are added as deviations from the first, so that no digits are lost.
// shapes  mean, variance, running_mean, running_variance (columns)  moments (chunks = ceil(rows / chunk_rows), 2, columns)    f32
// launch  grid ceil(columns / 32), block 256: 8 strands of chunks for each column
// writes  mean =, variance =, running_mean, running_variance in place
// determinism  as reduce_columns_add_f32
// bytes   8 chunks columns + 24 columns
extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK)
    batch_norm_statistics_f32(
        float* __restrict__ mean,
        float* __restrict__ variance,
        float* __restrict__ running_mean,
        float* __restrict__ running_variance,
        const float* __restrict__ moments,
        int rows,
        int columns,
        int chunk_rows,
        float momentum) {
  const int chunks = ceil_div(rows, chunk_rows);
  const int column = blockIdx.x * BATCH_NORM_LANES + threadIdx.x % BATCH_NORM_LANES;
  const int strand = threadIdx.x / BATCH_NORM_LANES;
  constexpr int STRANDS = BATCH_NORM_BLOCK / BATCH_NORM_LANES;
  const bool inside = column < columns;
  const float* from = moments + column;
  const float center = inside ? from[0] : 0.0f;
  const float full = static_cast<float>(chunk_rows);
  const float last = static_cast<float>(rows - static_cast<long long>(chunks - 1) * chunk_rows);
  float deviations = 0.0f;
  if (inside) {
    for (int k = strand; k < chunks; k += STRANDS) {
      deviations += (k == chunks - 1 ? last : full) * (from[static_cast<size_t>(k) * 2 * columns] - center);
    }
  }
  const float all = static_cast<float>(rows);
  const float batch_mean = center + column_sum(deviations, BATCH_NORM_LANES) / all;
  float squares = 0.0f;
  if (inside) {
    for (int k = strand; k < chunks; k += STRANDS) {
      const float* of = from + static_cast<size_t>(k) * 2 * columns;
      const float deviation = of[0] - batch_mean;
      squares += of[columns] + (k == chunks - 1 ? last : full) * (deviation * deviation);
    }
  }
  squares = strand_sum<BATCH_NORM_BLOCK>(squares, BATCH_NORM_LANES);
  if (threadIdx.x < BATCH_NORM_LANES && inside) {
    mean[column] = batch_mean;
    variance[column] = squares / all;
    running_mean[column] += momentum * (batch_mean - running_mean[column]);
    const float unbiased = squares / static_cast<float>(max(1, rows - 1));
    running_variance[column] += momentum * (unbiased - running_variance[column]);
  }
}

template <After AFTER, typename Element>
__device__ inline void batch_norm_forward(
    Element* __restrict__ y,
    const Element* __restrict__ x,
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
  const float scale = weight[part.column] * inverse_deviation(variance[part.column], epsilon);
  const float offset = bias[part.column];
  const long long first = part.first * columns + part.column;
#pragma unroll UNROLLED<AFTER>
  for (int r = part.strand; r < part.count; r += part.strands) {
    const long long at = first + static_cast<long long>(r) * columns;
    const float value = normalised(load(x + at) - center, scale, offset);
    if constexpr (AFTER == After::GELU) {
      store(y + at, Gelu::value(value));
    } else if constexpr (AFTER == After::SILU) {
      store(y + at, Silu::value(value));
    } else {
      // Written so that NaN stays NaN.
      store(y + at, AFTER == After::RELU && value < 0.0f ? 0.0f : value);
    }
  }
}

// batch_norm_forward_AFTER_f32, _bf16   y = f(weight (x - mean) / sqrt(variance + epsilon) + bias), f(v) = v, max(v, 0), v Phi(v) or v / (1 + e^-v)
// shapes  y, x (rows, columns) Element  mean, variance, weight, bias (columns) f32
// launch  as batch_norm_moments_f32
// writes  y =
// determinism  one thread an element
// bytes   2 E rows columns + 16 columns
#define BATCH_NORM_FORWARD(NAME, AFTER, DTYPE, ELEMENT)                                                                                    \
  extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK) batch_norm_forward_##NAME##_##DTYPE(                                      \
      ELEMENT* __restrict__ y, const ELEMENT* __restrict__ x, const float* __restrict__ mean, const float* __restrict__ variance,          \
      const float* __restrict__ weight, const float* __restrict__ bias, int rows, int columns, int chunk_rows, int lanes, float epsilon) { \
    batch_norm_forward<After::AFTER>(y, x, mean, variance, weight, bias, rows, columns, chunk_rows, lanes, epsilon);                       \
  }

BATCH_NORM_FORWARD(identity, IDENTITY, f32, float)
BATCH_NORM_FORWARD(identity, IDENTITY, bf16, bfloat16)
BATCH_NORM_FORWARD(relu, RELU, f32, float)
BATCH_NORM_FORWARD(relu, RELU, bf16, bfloat16)
BATCH_NORM_FORWARD(gelu, GELU, f32, float)
BATCH_NORM_FORWARD(gelu, GELU, bf16, bfloat16)
BATCH_NORM_FORWARD(silu, SILU, f32, float)
BATCH_NORM_FORWARD(silu, SILU, bf16, bfloat16)
