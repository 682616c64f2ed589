// Maximum over windows, with kernels of their own for those of 2x2: io.mambapkd.ops.PoolOps. Kernels of our own, not cuDNN's: the contract gives a
// tie's gradient to the first maximum in row-major order, and cuDNN does not say which of equal values it takes. Means over an image are sums along
// columns: pointwise.cu. Images are of type Element, E bytes each: a maximum is one of its arguments, so that nothing is rounded.
#include "bfloat16.cuh"
#include "rows.cuh"

constexpr int POOL_BLOCK = 256;

// The larger of two; NaN if either is.
__device__ inline float larger(float a, float b) { return b > a || b != b ? b : a; }

// Image b and row of windows i of a row of a matrix that has `windows` rows for each image.
struct WindowRow {
  unsigned b;
  unsigned i;

  __device__ WindowRow(long long row, unsigned windows) : b(static_cast<unsigned>(row) / windows), i(static_cast<unsigned>(row) - b * windows) {}
};

// Number of the window in its row that an element of the matrix belongs to.
__device__ inline unsigned window_column(long long column, int C) { return static_cast<unsigned>(column) / static_cast<unsigned>(C); }

template <typename Element>
__device__ inline void max_pool_forward(
    Element* __restrict__ y,
    const Element* __restrict__ x,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int H,
    int W,
    int C) {
  const unsigned windows = static_cast<unsigned>(H) / 2;
  const size_t line = static_cast<size_t>(W) * C;
  for_each_element<POOL_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const WindowRow at(row, windows);
        const unsigned j = window_column(column, C);
        const Element* corner = x + (static_cast<size_t>(at.b) * H + 2 * at.i) * line + static_cast<size_t>(j) * C + column;
        const float top = larger(load(corner), load(corner + C));
        store(y + row * columns + column, larger(top, larger(load(corner + line), load(corner + line + C))));
      });
}

// max_pool_forward_f32, _bf16   y[b, i, j, c] = max over p, q in {0, 1} of x[b, 2 i + p, 2 j + q, c]
// shapes  y (B, Ho, Wo, C)  x (B, H, W, C)  with Ho = H / 2, Wo = W / 2, rounded down    Element
// launch  one block of 256 a tile of the matrix (rows = B Ho, columns = Wo C)
// writes  y =
// determinism  one thread an element
// bytes   5 E B Ho Wo C
#define MAX_POOL_FORWARD(DTYPE, ELEMENT)                                                                                      \
  extern "C" __global__ void __launch_bounds__(POOL_BLOCK) max_pool_forward_##DTYPE(                                          \
      ELEMENT* __restrict__ y, const ELEMENT* __restrict__ x, int rows, long long columns, int block_rows, int block_columns, \
      int column_tiles, int H, int W, int C) {                                                                                \
    max_pool_forward(y, x, rows, columns, block_rows, block_columns, column_tiles, H, W, C);                                  \
  }

MAX_POOL_FORWARD(f32, float)
MAX_POOL_FORWARD(bf16, bfloat16)

template <typename Element>
__device__ inline void max_pool_backward(
    Element* __restrict__ dx,
    const Element* __restrict__ x,
    const Element* __restrict__ dy,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int H,
    int W,
    int C) {
  const unsigned windows = (static_cast<unsigned>(H) + 1) / 2;
  const size_t line = static_cast<size_t>(W) * C;
  for_each_element<POOL_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const WindowRow of(row, windows);
        const int i = 2 * static_cast<int>(of.i);
        const unsigned window = window_column(column, C);
        const int j = 2 * static_cast<int>(window);
        const bool has_right = j + 1 < W;
        const bool has_bottom = i + 1 < H;
        const size_t at = (static_cast<size_t>(of.b) * H + i) * line + static_cast<size_t>(window) * C + column;
        float gradient = 0.0f;
        size_t first = at;
        if (has_right && has_bottom) {
          const float left = load(x + at);
          const float right = load(x + at + C);
          const float bottom_left = load(x + at + line);
          const float bottom_right = load(x + at + line + C);
          const size_t top = right > left ? C : 0;
          const size_t bottom = line + (bottom_right > bottom_left ? C : 0);
          first += larger(bottom_left, bottom_right) > larger(left, right) ? bottom : top;
          const size_t output = (static_cast<size_t>(of.b) * (H / 2) + i / 2) * (W / 2) * C + column;
          gradient = load(dy + output);
        }
        store(dx + at, first == at ? gradient : 0.0f);
        if (has_right) {
          store(dx + at + C, first == at + C ? gradient : 0.0f);
        }
        if (has_bottom) {
          store(dx + at + line, first == at + line ? gradient : 0.0f);
        }
        if (has_right && has_bottom) {
          store(dx + at + line + C, first == at + line + C ? gradient : 0.0f);
        }
      });
}

// max_pool_backward_f32, _bf16   dx[b, 2 i + p, 2 j + q, c] = dy[b, i, j, c] if that is the first maximum of its window in row-major order, else 0; the odd
// last row or column, which no window has, is 0
// shapes  dx, x (B, H, W, C)  dy (B, Ho, Wo, C)  with Ho = H / 2, Wo = W / 2, rounded down    Element
// launch  one block of 256 a tile of the matrix (rows = B ceil(H / 2), columns = ceil(W / 2) C): a thread for a window, or what is left of one
// writes  dx =
// determinism  one thread an element
// bytes   5 E B Ho Wo C + E B H W C
#define MAX_POOL_BACKWARD(DTYPE, ELEMENT)                                                                                   \
  extern "C" __global__ void __launch_bounds__(POOL_BLOCK) max_pool_backward_##DTYPE(                                       \
      ELEMENT* __restrict__ dx, const ELEMENT* __restrict__ x, const ELEMENT* __restrict__ dy, int rows, long long columns, \
      int block_rows, int block_columns, int column_tiles, int H, int W, int C) {                                           \
    max_pool_backward(dx, x, dy, rows, columns, block_rows, block_columns, column_tiles, H, W, C);                          \
  }

MAX_POOL_BACKWARD(f32, float)
MAX_POOL_BACKWARD(bf16, bfloat16)

template <typename Element>
__device__ inline void max_pool_window_forward(
    Element* __restrict__ y,
    const Element* __restrict__ x,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int H,
    int W,
    int C,
    int height,
    int width) {
  const unsigned windows = static_cast<unsigned>(H) / static_cast<unsigned>(height);
  const size_t line = static_cast<size_t>(W) * C;
  for_each_element<POOL_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const WindowRow at(row, windows);
        const unsigned j = window_column(column, C);
        const Element* corner = x + (static_cast<size_t>(at.b) * H + static_cast<size_t>(at.i) * height) * line
            + static_cast<size_t>(j) * (width - 1) * C + column;
        float best = load(corner);
#pragma unroll 1
        for (int p = 0; p < height; p++) {
#pragma unroll 1
          for (int q = 0; q < width; q++) {
            best = larger(best, load(corner + p * line + static_cast<size_t>(q) * C));
          }
        }
        store(y + row * columns + column, best);
      });
}

// max_pool_window_forward_f32, _bf16   y[b, i, j, c] = max over p in 0..height-1, q in 0..width-1 of x[b, height i + p, width j + q, c]
// shapes  y (B, Ho, Wo, C)  x (B, H, W, C)  with Ho = H / height, Wo = W / width, rounded down    Element
// launch  one block of 256 a tile of the matrix (rows = B Ho, columns = Wo C)
// writes  y =
// determinism  one thread an element
// bytes   E B Ho Wo C height width + E B Ho Wo C
#define MAX_POOL_WINDOW_FORWARD(DTYPE, ELEMENT)                                                                               \
  extern "C" __global__ void __launch_bounds__(POOL_BLOCK) max_pool_window_forward_##DTYPE(                                   \
      ELEMENT* __restrict__ y, const ELEMENT* __restrict__ x, int rows, long long columns, int block_rows, int block_columns, \
      int column_tiles, int H, int W, int C, int height, int width) {                                                         \
    max_pool_window_forward(y, x, rows, columns, block_rows, block_columns, column_tiles, H, W, C, height, width);            \
  }

MAX_POOL_WINDOW_FORWARD(f32, float)
MAX_POOL_WINDOW_FORWARD(bf16, bfloat16)

template <typename Element>
__device__ inline void max_pool_window_backward(
    Element* __restrict__ dx,
    const Element* __restrict__ x,
    const Element* __restrict__ dy,
    int rows,
    long long columns,
    int block_rows,
    int block_columns,
    int column_tiles,
    int H,
    int W,
    int C,
    int height,
    int width) {
  const unsigned windows = static_cast<unsigned>(ceil_div(H, height));
  const size_t line = static_cast<size_t>(W) * C;
  for_each_element<POOL_BLOCK>(
      rows, columns, block_rows, block_columns, column_tiles, [=](long long row, long long column) {
        const WindowRow of(row, windows);
        const int i = height * static_cast<int>(of.i);
        const unsigned window = window_column(column, C);
        const int j = width * static_cast<int>(window);
        const int last_row = min(height, H - i);
        const int last_column = min(width, W - j);
        const bool whole = last_row >= height && last_column >= width;
        const size_t at = (static_cast<size_t>(of.b) * H + i) * line + static_cast<size_t>(window) * (width - 1) * C + column;
        const int elements = last_row * last_column;
        int first = 0;
        float best = load(x + at);
#pragma unroll 1
        for (int e = 1; e < elements; e++) {
          const int p = e / last_column;
          const float value = load(x + at + p * line + static_cast<size_t>(e - p * last_column) * C);
          if (value > best) {
            best = value;
            first = e;
          }
        }
        float gradient = 0.0f;
        if (whole) {
          gradient = load(dy + (static_cast<size_t>(of.b) * (H / height) + i / height) * (W / width) * C + column);
        }
#pragma unroll 1
        for (int e = 0; e < elements; e++) {
          const int p = e / last_column;
          store(dx + at + p * line + static_cast<size_t>(e - p * last_column) * C, first == e ? gradient : 0.0f);
        }
      });
}

// max_pool_window_backward_f32, _bf16   dx[b, height i + p, width j + q, c] = dy[b, i, j, c] if that is the first maximum of its window in row-major order, else
// 0; rows and columns that no window has are 0
// shapes  dx, x (B, H, W, C)  dy (B, Ho, Wo, C)  with Ho = H / height, Wo = W / width, rounded down    Element
// launch  one block of 256 a tile of the matrix (rows = B ceil(H / height), columns = ceil(W / width) C): a thread for a window, or what is left of one
// writes  dx =
// determinism  one thread an element
// bytes   E B Ho Wo C + 2 E B H W C
#define MAX_POOL_WINDOW_BACKWARD(DTYPE, ELEMENT)                                                                            \
  extern "C" __global__ void __launch_bounds__(POOL_BLOCK) max_pool_window_backward_##DTYPE(                                \
      ELEMENT* __restrict__ dx, const ELEMENT* __restrict__ x, const ELEMENT* __restrict__ dy, int rows, long long columns, \
      int block_rows, int block_columns, int column_tiles, int H, int W, int C, int height, int width) {                    \
    max_pool_window_backward(dx, x, dy, rows, columns, block_rows, block_columns, column_tiles, H, W, C, height, width);    \
  }

MAX_POOL_WINDOW_BACKWARD(f32, float)
MAX_POOL_WINDOW_BACKWARD(bf16, bfloat16)
