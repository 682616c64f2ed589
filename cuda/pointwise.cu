// Sums along and across rows, and the gate of a block without a scan: io.mambapkd.ops.PointwiseOps. Tiles are those of rows.cuh.
#include "bfloat16.cuh"
#include "rows.cuh"

constexpr int POINTWISE_BLOCK = 256;

template <typename Source, typename Target>
__device__ inline void convert(
    Target* target,
    const Source* source,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_target,
    int ld_source) {
  for_each_element<POINTWISE_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        store(target + row * ld_target + column, load(source + row * ld_source + column));
      });
}

// pointwise_convert_bf16   target = source, to the nearest, halves to even
// shapes  target (rows, columns) bf16  source (rows, columns) f32, rows ld_* elements apart
// launch  one block of 256 a tile
// writes  target =
// determinism  one thread an element
// bytes   6 rows columns
extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK)
    pointwise_convert_bf16(
        bfloat16* __restrict__ target,
        const float* __restrict__ source,
        int rows,
        long long columns,
        int block_rows,
        int block_columns,
        int column_tiles,
        int ld_target,
        int ld_source) {
  convert(target, source, rows, columns, block_rows, block_columns, column_tiles, ld_target, ld_source);
}

// pointwise_convert_f32   target = source
// shapes  target (rows, columns) f32  source (rows, columns) bf16, rows ld_* elements apart
// launch  one block of 256 a tile
// writes  target =
// determinism  one thread an element
// bytes   6 rows columns
extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK)
    pointwise_convert_f32(
        float* __restrict__ target,
        const bfloat16* __restrict__ source,
        int rows,
        long long columns,
        int block_rows,
        int block_columns,
        int column_tiles,
        int ld_target,
        int ld_source) {
  convert(target, source, rows, columns, block_rows, block_columns, column_tiles, ld_target, ld_source);
}

template <typename Element>
__device__ inline void gather(
    Element* __restrict__ target, const float* __restrict__ source, const int* __restrict__ indices, int n) {
  const int at = blockIdx.x * POINTWISE_BLOCK + threadIdx.x;
  if (at >= n) return;
  store(target + at, source[indices[at]]);
}

// pointwise_gather_f32, _bf16   target[i] = source[indices[i]], in bf16 to the nearest, halves to even
// shapes  target (n) Element  source f32  indices (n) i32, each of an element of source
// launch  grid ceil(n / 256), block 256
// writes  target =
// determinism  one thread an element
// bytes   8 n + E n where each index is another
#define POINTWISE_GATHER(DTYPE, ELEMENT)                                                                               \
  extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK) pointwise_gather_##DTYPE(                              \
      ELEMENT* __restrict__ target, const float* __restrict__ source, const int* __restrict__ indices, int n) {        \
    gather(target, source, indices, n);                                                                                \
  }

POINTWISE_GATHER(f32, float)
POINTWISE_GATHER(bf16, bfloat16)

template <typename Element>
__device__ inline void add(
    Element* sum,
    const Element* x,
    const Element* y,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_sum,
    int ld_x,
    int ld_y) {
  for_each_element<POINTWISE_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        store(sum + row * ld_sum + column, load(x + row * ld_x + column) + load(y + row * ld_y + column));
      });
}

// pointwise_add_f32, _bf16   sum = x + y
// shapes  sum, x, y (rows, columns), rows ld_* elements apart    Element
// launch  one block of 256 a tile
// writes  sum =; sum may be x or y
// determinism  one thread an element
// bytes   3 E rows columns
#define POINTWISE_ADD(DTYPE, ELEMENT)                                                                                                     \
  extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK) pointwise_add_##DTYPE(                                                    \
      ELEMENT* sum, const ELEMENT* x, const ELEMENT* y, int rows, long long columns, int block_rows, int block_columns, int column_tiles, \
      int ld_sum, int ld_x, int ld_y) {                                                                                                   \
    add(sum, x, y, rows, columns, block_rows, block_columns, column_tiles, ld_sum, ld_x, ld_y);                                           \
  }

POINTWISE_ADD(f32, float)
POINTWISE_ADD(bf16, bfloat16)

// pointwise_add_bias_f32   x[r, j] += bias[j]
// shapes  x (rows, columns), rows ld_x elements apart  bias (columns)    f32
// launch  one block of 256 a tile
// writes  x, in place
// determinism  one thread an element
// bytes   8 rows columns + 4 columns
extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK)
    pointwise_add_bias_f32(
        float* __restrict__ x,
        const float* __restrict__ bias,
        int rows,
        long long columns,
        int block_rows,
        int block_columns,
        int column_tiles,
        int ld_x) {
  for_each_element<POINTWISE_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        x[row * ld_x + column] += bias[column];
      });
}

template <typename Element>
__device__ inline void column_sums(
    float* __restrict__ sums,
    const Element* __restrict__ x,
    int rows,
    int columns,
    int chunk_rows,
    int lanes,
    int ld_x,
    float scale) {
  const unsigned column_tiles = ceil_div(columns, lanes);
  const unsigned chunk = blockIdx.x / column_tiles;
  const int column = (blockIdx.x - chunk * column_tiles) * lanes + threadIdx.x % lanes;
  const long long first = static_cast<long long>(chunk) * chunk_rows;
  const int count = static_cast<int>(min(static_cast<long long>(chunk_rows), rows - first));
  float sum = 0.0f;
  if (column < columns) {
#pragma unroll 4
    for (int r = threadIdx.x / lanes; r < count; r += POINTWISE_BLOCK / lanes) {
      sum += load(x + (first + r) * ld_x + column);
    }
  }
  sum = strand_sum<POINTWISE_BLOCK>(sum, lanes);
  if (threadIdx.x < lanes && column < columns) {
    sums[static_cast<size_t>(chunk) * columns + column] = sum * scale;
  }
}

// pointwise_column_sums_f32, _bf16   sums[c, j] = scale * sum over r of x[c chunk_rows + r, j]
// The mean over tokens with a sample for a chunk; the first half of a bias gradient with chunks of any length.
// shapes  sums (ceil(rows / chunk_rows), columns) f32  x (rows, columns) of E bytes each, rows ld_x elements apart
// launch  grid (ceil(rows / chunk_rows) ceil(columns / lanes)), tiles of a chunk first; block 256: 256 / lanes strands of rows for each column
// writes  sums =
// determinism  rows of a chunk are added in interleaved strands, each in index order, the strands in one tree
// bytes   E rows columns + 4 ceil(rows / chunk_rows) columns
#define POINTWISE_COLUMN_SUMS(DTYPE, ELEMENT)                                                                                             \
  extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK) pointwise_column_sums_##DTYPE(                                            \
      float* __restrict__ sums, const ELEMENT* __restrict__ x, int rows, int columns, int chunk_rows, int lanes, int ld_x, float scale) { \
    column_sums(sums, x, rows, columns, chunk_rows, lanes, ld_x, scale);                                                                  \
  }

POINTWISE_COLUMN_SUMS(f32, float)
POINTWISE_COLUMN_SUMS(bf16, bfloat16)

template <typename Element>
__device__ inline void mean_gradient(
    Element* __restrict__ dx,
    const float* __restrict__ dy,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int L) {
  const float share = 1.0f / static_cast<float>(L);
  for_each_element<POINTWISE_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const unsigned b = static_cast<unsigned>(row) / static_cast<unsigned>(L);
        store(dx + row * columns + column, dy[b * columns + column] * share);
      });
}

// pointwise_mean_gradient_f32, _bf16   dx[b, l, m] = dy[b, m] / L
// shapes  dx (rows = B L, columns = M) of E bytes each  dy (B, M) f32
// launch  one block of 256 a tile
// writes  dx =
// determinism  one thread an element
// bytes   E B L M + 4 B M
#define POINTWISE_MEAN_GRADIENT(DTYPE, ELEMENT)                                                                               \
  extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK) pointwise_mean_gradient_##DTYPE(                              \
      ELEMENT* __restrict__ dx, const float* __restrict__ dy, int rows, long long columns, int block_rows, int block_columns, \
      int column_tiles, int L) {                                                                                              \
    mean_gradient(dx, dy, rows, columns, block_rows, block_columns, column_tiles, L);                                         \
  }

POINTWISE_MEAN_GRADIENT(f32, float)
POINTWISE_MEAN_GRADIENT(bf16, bfloat16)

template <typename Element>
__device__ inline void gate(
    Element* __restrict__ y,
    const Element* __restrict__ u,
    const Element* __restrict__ z,
    const float* __restrict__ skip,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int ld_u,
    int ld_z) {
  for_each_element<POINTWISE_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const float value = skip[column] * load(u + row * ld_u + column) * silu(load(z + row * ld_z + column));
        store(y + row * columns + column, value);
      });
}

// pointwise_gate_f32, _bf16   y = skip[d] u silu(z)
// shapes  y (rows = B L, columns = D)  u, z (rows, columns), rows ld_* elements apart, all Element  skip (D) f32
// launch  one block of 256 a tile
// writes  y =
// determinism  one thread an element
// bytes   3 E B L D + 4 D
#define POINTWISE_GATE(DTYPE, ELEMENT)                                                                                                 \
  extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK) pointwise_gate_##DTYPE(                                                \
      ELEMENT* __restrict__ y, const ELEMENT* __restrict__ u, const ELEMENT* __restrict__ z, const float* __restrict__ skip, int rows, \
      long long columns, int block_rows, int block_columns, int column_tiles, int ld_u, int ld_z) {                                    \
    gate(y, u, z, skip, rows, columns, block_rows, block_columns, column_tiles, ld_u, ld_z);                                           \
  }

POINTWISE_GATE(f32, float)
POINTWISE_GATE(bf16, bfloat16)

template <typename Element>
__device__ inline void gate_gradient(
    Element* __restrict__ du,
    Element* __restrict__ dz,
    float* __restrict__ dskip,
    const Element* __restrict__ u,
    const Element* __restrict__ z,
    const Element* __restrict__ dy,
    const float* __restrict__ skip,
    int rows,
    int columns,
    int chunk_rows,
    int lanes,
    int ld_du,
    int ld_dz,
    int ld_u,
    int ld_z) {
  const unsigned column_tiles = ceil_div(columns, lanes);
  const unsigned chunk = blockIdx.x / column_tiles;
  const int column = (blockIdx.x - chunk * column_tiles) * lanes + threadIdx.x % lanes;
  const long long first = static_cast<long long>(chunk) * chunk_rows;
  const int count = static_cast<int>(min(static_cast<long long>(chunk_rows), rows - first));
  float sum = 0.0f;
  if (column < columns) {
    const float factor = skip[column];
    for (int r = threadIdx.x / lanes; r < count; r += POINTWISE_BLOCK / lanes) {
      const long long row = first + r;
      const float input = load(u + row * ld_u + column);
      const float gate = load(z + row * ld_z + column);
      const float upstream = load(dy + row * columns + column);
      const float through = upstream * silu(gate);
      sum += through * input;
      store(du + row * ld_du + column, through * factor);
      store(dz + row * ld_dz + column, upstream * silu_slope(gate) * factor * input);
    }
  }
  sum = strand_sum<POINTWISE_BLOCK>(sum, lanes);
  if (threadIdx.x < lanes && column < columns) {
    dskip[static_cast<size_t>(chunk) * columns + column] = sum;
  }
}

// pointwise_gate_gradient_f32, _bf16   du = dy skip silu(z) ;  dz = dy skip u silu'(z) ;  dskip[c, d] = sum over the rows of chunk c of dy u silu(z)
// shapes  du, dz, u, z (rows = B L, columns = D), rows ld_* elements apart  dy (rows, columns), all Element
//   dskip (ceil(rows / chunk_rows), D)  skip (D)    f32
// launch  as pointwise_column_sums_f32
// writes  du =, dz =, dskip =; reduce_columns_add_f32 adds the chunks to the gradient of skip
// determinism  as pointwise_column_sums_f32
// bytes   5 E B L D + 4 D + 4 ceil(B L / chunk_rows) D
#define POINTWISE_GATE_GRADIENT(DTYPE, ELEMENT)                                                                             \
  extern "C" __global__ void __launch_bounds__(POINTWISE_BLOCK) pointwise_gate_gradient_##DTYPE(                            \
      ELEMENT* __restrict__ du, ELEMENT* __restrict__ dz, float* __restrict__ dskip, const ELEMENT* __restrict__ u,         \
      const ELEMENT* __restrict__ z, const ELEMENT* __restrict__ dy, const float* __restrict__ skip, int rows, int columns, \
      int chunk_rows, int lanes, int ld_du, int ld_dz, int ld_u, int ld_z) {                                                \
    gate_gradient(du, dz, dskip, u, z, dy, skip, rows, columns, chunk_rows, lanes, ld_du, ld_dz, ld_u, ld_z);               \
  }

POINTWISE_GATE_GRADIENT(f32, float)
POINTWISE_GATE_GRADIENT(bf16, bfloat16)
