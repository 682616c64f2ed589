// Selective scan, forward; and the decay A = -exp(A_log) with its gradient.
//
//   dt_t   = softplus(delta_t + bias)  (or delta_t + bias)
//   h_t,n  = exp(dt_t A_n) h_(t-1),n + dt_t B_t,n u_t
//   s_t    = sum over n of C_t,n h_t,n + Dskip u_t
//   y_t    = s_t silu(z_t)
//
// source  Gu and Dao 2023 (arXiv 2312.00752), eq. 2; B by Euler (dt B) as in the published reference, not ZOH
// shapes  u, z, y (B, L, D) of type Element, E bytes each  delta (B, L, D)  A (D, N)  Bm, C (B, L, G N)  Dskip, bias (D), f32; ld_x is the row
//         stride of x in elements
// Steps are visited upwards (direction = 1) or downwards (direction = -1). Dskip, z, bias and last_state may be null.
//
// Channels are lanes, so that every access to (B, L, D) is a full line, and a thread walks the steps of its channel with the states in
// registers. One pass over the steps holds up to 16 states; the "many" kernels take more states 16 at a time.
#include "bfloat16.cuh"
#include "selective_scan.cuh"

constexpr int STEPS_AHEAD = 4;  // steps whose u, delta and z are loaded before the first of them is used

template <int N, Passes PASSES, typename Element>
__device__ inline void scan_forward(
    Element* __restrict__ y, float* __restrict__ last_state, const Element* __restrict__ u, const float* __restrict__ delta,
    const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ c, const float* __restrict__ skip,
    const Element* __restrict__ z, const float* __restrict__ bias, int batch, int length, int channels, int states, int groups, int chunks,
    int warps_per_sample, int direction, int delta_activation, int ld_y, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z) {
  __shared__ __align__(16) float tiles[SCAN_WARPS * SCAN_TILE * 2 * N];
  const ScanThread<1> at(channels, groups, chunks, warps_per_sample);
  const int sample = blockIdx.x * (SCAN_WARPS / warps_per_sample) + at.slot;
  const bool active = at.inside && sample < batch;
  const int d = at.channel;
  float* tile = tiles + at.slot * SCAN_TILE * 2 * N;
  const size_t first_row = static_cast<size_t>(sample) * length + (direction > 0 ? 0 : length - 1);
  const Element* u_d = u + first_row * ld_u + d;
  const float* delta_d = delta + first_row * ld_delta + d;
  const Element* z_d = z == nullptr ? nullptr : z + first_row * ld_z + d;
  Element* y_d = y + first_row * ld_y + d;
  const float skip_d = active && skip != nullptr ? skip[d] : 0.0f;
  const float bias_d = active && bias != nullptr ? bias[d] : 0.0f;

  for (int first_state = 0; first_state < states; first_state += N) {
    float scaled_a[N];
    float h[N];
#pragma unroll
    for (int n = 0; n < N; n++) {
      const bool exists = active && first_state + n < states;
      scaled_a[n] = exists ? a[static_cast<size_t>(d) * states + first_state + n] * LOG2_E : 0.0f;
      h[n] = 0.0f;
    }
    const bool last_pass = PASSES == Passes::ONE || first_state + N >= states;
    for (int first_step = 0; first_step < length; first_step += SCAN_TILE) {
      const int steps = min(SCAN_TILE, length - first_step);
      const size_t tile_row = first_row + static_cast<ptrdiff_t>(first_step) * direction;
      __syncthreads();
      if (sample < batch) {
        stage_states<N>(tile, b, c, at, tile_row, direction, steps, steps, first_state, states, ld_b, ld_c);
      }
      __syncthreads();
      if (active) {
        for (int k = 0; k < steps; k += STEPS_AHEAD) {
          float u_t[STEPS_AHEAD];
          float delta_t[STEPS_AHEAD];
          float z_t[STEPS_AHEAD];
#pragma unroll
          for (int i = 0; i < STEPS_AHEAD; i++) {
            if (k + i < steps) {
              const ptrdiff_t row = static_cast<ptrdiff_t>(first_step + k + i) * direction;
              u_t[i] = load(u_d + row * ld_u);
              delta_t[i] = delta_d[row * ld_delta];
              z_t[i] = z_d != nullptr ? load(z_d + row * ld_z) : 0.0f;
            }
          }
#pragma unroll
          for (int i = 0; i < STEPS_AHEAD; i++) {
            if (k + i < steps) {
              const float* tile_t = tile + (k + i) * 2 * N;
              const float raw = delta_t[i] + bias_d;
              const float dt = delta_activation != 0 ? softplus(raw) : raw;
              const float dt_u = dt * u_t[i];
              float s = first_state == 0 ? skip_d * u_t[i] : 0.0f;
#pragma unroll
              for (int n = 0; n < N; n += StateVector<N>::WIDTH) {
                const StateVector<N> b_t(tile_t + n);
                const StateVector<N> c_t(tile_t + N + n);
#pragma unroll
                for (int j = 0; j < StateVector<N>::WIDTH; j++) {
                  h[n + j] = exp2_approx(dt * scaled_a[n + j]) * h[n + j] + dt_u * b_t.value[j];
                  s += c_t.value[j] * h[n + j];
                }
              }
              Element* out = y_d + static_cast<ptrdiff_t>(first_step + k + i) * direction * ld_y;
              if (PASSES == Passes::MANY && first_state > 0) {
                s += load(out);
              }
              store(out, last_pass && z_d != nullptr ? s * silu(z_t[i]) : s);
            }
          }
        }
      }
    }
    if (active && last_state != nullptr) {
#pragma unroll
      for (int n = 0; n < N; n++) {
        if (first_state + n < states) {
          last_state[(static_cast<size_t>(sample) * channels + d) * states + first_state + n] = h[n];
        }
      }
    }
  }
}

// selective_scan_fwd_n{1,2,4,8,16}_{f32,bf16}, selective_scan_fwd_many_{f32,bf16}
// launch       grid (ceil(B / (4 / warps_per_sample)), G chunks), block 128; chunks = ceil(D / G / (32 warps_per_sample));
//              warps_per_sample = 1, 2, 4 for up to 32, 64, more channels in a group; N <= states of the name
// writes       y =, last_state = (if not null); "many" rounds y to Element once for every 16 states
// determinism  one thread per channel adds in a fixed order: the same bits on every run and device of one architecture
// bytes        (E (2 + [z] + [many]) + 4) B L D + 4 (2 B L G N + D N + [skip] D + [bias] D + [last] B D N): "many" reads y again; from beyond
//              the caches B and C come once per chunk of 128 channels, and in "many" u, delta, z and y ceil(N / 16) times
#define SCAN_FORWARD(NAME, N, PASSES, DTYPE, ELEMENT)                                                                                  \
  extern "C" __global__ void __launch_bounds__(SCAN_BLOCK, 5) selective_scan_fwd_##NAME##_##DTYPE(                                     \
      ELEMENT* y, float* last_state, const ELEMENT* u, const float* delta, const float* a, const float* b, const float* c,             \
      const float* skip, const ELEMENT* z, const float* bias, int batch, int length, int channels, int states, int groups, int chunks, \
      int warps_per_sample, int direction, int delta_activation, int ld_y, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z) {     \
    scan_forward<N, PASSES>(                                                                                                           \
        y, last_state, u, delta, a, b, c, skip, z, bias, batch, length, channels, states, groups, chunks, warps_per_sample, direction, \
        delta_activation, ld_y, ld_u, ld_delta, ld_b, ld_c, ld_z);                                                                     \
  }
#define SCAN_FORWARD_ENTRIES(DTYPE, ELEMENT)         \
  SCAN_FORWARD(n1, 1, Passes::ONE, DTYPE, ELEMENT)   \
  SCAN_FORWARD(n2, 2, Passes::ONE, DTYPE, ELEMENT)   \
  SCAN_FORWARD(n4, 4, Passes::ONE, DTYPE, ELEMENT)   \
  SCAN_FORWARD(n8, 8, Passes::ONE, DTYPE, ELEMENT)   \
  SCAN_FORWARD(n16, 16, Passes::ONE, DTYPE, ELEMENT) \
  SCAN_FORWARD(many, 16, Passes::MANY, DTYPE, ELEMENT)

SCAN_FORWARD_ENTRIES(f32, float)
SCAN_FORWARD_ENTRIES(bf16, bfloat16)

// decay_fwd_f32     a = -exp(a_log)
// shapes  a, a_log (count)    launch  grid ceil(count / 256), block 256    writes  a =    bytes  8 count
extern "C" __global__ void __launch_bounds__(256) decay_fwd_f32(float* __restrict__ a, const float* __restrict__ a_log, int count) {
  const int i = blockIdx.x * 256 + threadIdx.x;
  if (i >= count) return;
  a[i] = -expf(a_log[i]);
}

// decay_bwd_f32     da_log += da a
// shapes  da_log, a, da (count)    launch  grid ceil(count / 256), block 256    writes  da_log +=    bytes  16 count
extern "C" __global__ void __launch_bounds__(256)
    decay_bwd_f32(float* __restrict__ da_log, const float* __restrict__ a, const float* __restrict__ da, int count) {
  const int i = blockIdx.x * 256 + threadIdx.x;
  if (i >= count) return;
  da_log[i] += da[i] * a[i];
}
