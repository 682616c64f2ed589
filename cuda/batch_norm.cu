// Batch normalisation over all but the last axis, with a ReLU, a GELU, a SiLU or nothing behind it: io.mambapkd.ops.BatchNormOps. Ioffe and Szegedy (arXiv 1502.03167),
// algorithm 1; batch_norm_gradient.cu has its gradient. Kernels of our own, not cuDNN's: those fuse a ReLU only for half precision, keep
// 1 / sqrt(variance + epsilon) and not the biased variance that the contract tells, and overwrite what is to be added to. Images and their gradients are
// of type Element, E bytes each; statistics and parameters, and all arithmetic, are float.
#include "batch_norm.cuh"

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

// Statistics of a batch for one column.
struct Statistics {
  float mean;
  // Sum of the squares of deviations from it.
  float squares;
};

// Chan, Golub and LeVeque (1979), for all chunks of a column at once: their means are added as deviations from the first, so that no digits are lost. In every thread of
// the column, of which a block has `lanes`; all threads must call it.
__device__ inline Statistics merged(
    const float* __restrict__ moments, int rows, int columns, int chunk_rows, int column, int lanes) {
  const int chunks = ceil_div(rows, chunk_rows);
  const int strand = threadIdx.x / lanes;
  const int strands = BATCH_NORM_BLOCK / lanes;
  const bool inside = column < columns;
  const float* from = moments + column;
  const float center = inside ? from[0] : 0.0f;
  const float full = static_cast<float>(chunk_rows);
  const float last = static_cast<float>(rows - static_cast<long long>(chunks - 1) * chunk_rows);
  float deviations = 0.0f;
  if (inside) {
#pragma unroll 4
    for (int k = strand; k < chunks; k += strands) {
      deviations += (k == chunks - 1 ? last : full) * (from[static_cast<size_t>(k) * 2 * columns] - center);
    }
  }
  const float mean = center + column_sum(deviations, lanes) / static_cast<float>(rows);
  float squares = 0.0f;
  if (inside) {
#pragma unroll 4
    for (int k = strand; k < chunks; k += strands) {
      const float* of = from + static_cast<size_t>(k) * 2 * columns;
      const float deviation = of[0] - mean;
      squares += of[columns] + (k == chunks - 1 ? last : full) * (deviation * deviation);
    }
  }
  return {mean, column_sum(squares, lanes)};
}

// Writes those of a column, and lets the running ones follow.
__device__ inline void keep(
    Statistics batch, float* __restrict__ mean, float* __restrict__ variance, float* __restrict__ running_mean,
    float* __restrict__ running_variance, int rows, int column, float momentum) {
  mean[column] = batch.mean;
  variance[column] = batch.squares / static_cast<float>(rows);
  running_mean[column] += momentum * (batch.mean - running_mean[column]);
  const float unbiased = batch.squares / static_cast<float>(max(1, rows - 1));
  running_variance[column] += momentum * (unbiased - running_variance[column]);
}

// batch_norm_statistics_f32   with n_k rows in chunk k: mean = 1 / rows sum over k of n_k mean_k ;
//   variance = 1 / rows sum over k of (squares_k + n_k (mean_k - mean)^2) ;  running += momentum (batch - running), for the variance the unbiased one
// shapes  mean, variance, running_mean, running_variance (columns)  moments (chunks = ceil(rows / chunk_rows), 2, columns)    f32
// launch  grid ceil(columns / 32), block 256: 8 strands of chunks for each column
// writes  mean =, variance =, running_mean, running_variance in place
// determinism  chunks are added in 8 interleaved strands, each in index order, the strands in one tree
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
  const int column = blockIdx.x * BATCH_NORM_LANES + threadIdx.x % BATCH_NORM_LANES;
  const Statistics batch = merged(moments, rows, columns, chunk_rows, column, BATCH_NORM_LANES);
  if (threadIdx.x < BATCH_NORM_LANES && column < columns) {
    keep(batch, mean, variance, running_mean, running_variance, rows, column, momentum);
  }
}

// `mean` and `variance` are those to normalise with; but where there are `moments` of chunks of moment_rows rows, their statistics are, and go there.
template <After AFTER, typename Element>
__device__ inline void batch_norm_forward(
    Element* __restrict__ y,
    float* __restrict__ mean,
    float* __restrict__ variance,
    float* __restrict__ running_mean,
    float* __restrict__ running_variance,
    const float* __restrict__ moments,
    const Element* __restrict__ x,
    const float* __restrict__ weight,
    const float* __restrict__ bias,
    int rows,
    int columns,
    int chunk_rows,
    int lanes,
    int moment_rows,
    float epsilon,
    float momentum) {
  const Part part(rows, columns, chunk_rows, lanes);
  Statistics batch = {};
  if (moments != nullptr) {
    batch = merged(moments, rows, columns, moment_rows, part.column, lanes);
  }
  if (part.column >= columns) return;
  float center = batch.mean;
  float squared = batch.squares / static_cast<float>(rows);
  if (moments == nullptr) {
    center = mean[part.column];
    squared = variance[part.column];
  } else if (part.chunk == 0 && part.strand == 0) {
    keep(batch, mean, variance, running_mean, running_variance, rows, part.column, momentum);
  }
  const float scale = weight[part.column] * inverse_deviation(squared, epsilon);
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
// Where there are moments, of ceil(rows / moment_rows) chunks, every block finds mean and variance of its columns in them, and the blocks of the first tile do what
// batch_norm_statistics_f32 does: a launch less, where there are few chunks.
// shapes  y, x (rows, columns) Element  mean, variance, weight, bias (columns), moments (chunks, 2, columns), or null, running_mean, running_variance (columns) f32
// launch  as batch_norm_moments_f32
// writes  y =; with moments mean =, variance =, running_mean, running_variance in place
// determinism  chunks are added in 256 / lanes interleaved strands, each in index order, the strands in one tree
// bytes   2 E rows columns + 16 columns + (8 chunks columns + 16 columns) [moments]
#define BATCH_NORM_FORWARD(NAME, AFTER, DTYPE, ELEMENT)                                                                                     \
  extern "C" __global__ void __launch_bounds__(BATCH_NORM_BLOCK) batch_norm_forward_##NAME##_##DTYPE(                                       \
      ELEMENT* __restrict__ y, float* __restrict__ mean, float* __restrict__ variance, float* __restrict__ running_mean,                    \
      float* __restrict__ running_variance, const float* __restrict__ moments, const ELEMENT* __restrict__ x,                               \
      const float* __restrict__ weight, const float* __restrict__ bias, int rows, int columns, int chunk_rows, int lanes, int moment_rows,  \
      float epsilon, float momentum) {                                                                                                      \
    batch_norm_forward<After::AFTER>(                                                                                                       \
        y, mean, variance, running_mean, running_variance, moments, x, weight, bias, rows, columns, chunk_rows, lanes, moment_rows,         \
        epsilon, momentum);                                                                                                                 \
  }

BATCH_NORM_FORWARD(identity, IDENTITY, f32, float)
BATCH_NORM_FORWARD(identity, IDENTITY, bf16, bfloat16)
BATCH_NORM_FORWARD(relu, RELU, f32, float)
BATCH_NORM_FORWARD(relu, RELU, bf16, bfloat16)
BATCH_NORM_FORWARD(gelu, GELU, f32, float)
BATCH_NORM_FORWARD(gelu, GELU, bf16, bfloat16)
BATCH_NORM_FORWARD(silu, SILU, f32, float)
BATCH_NORM_FORWARD(silu, SILU, bf16, bfloat16)
