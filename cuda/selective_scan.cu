// Selective scan, forward; and the decay A = -exp(A_log) with its gradient.
//
//   dt_t   = softplus(delta_t + bias)  (or delta_t + bias)
//   h_t,n  = exp(dt_t A_n) h_(t-1),n + dt_t B_t,n u_t
//   s_t    = sum over n of C_t,n h_t,n + Dskip u_t
//   y_t    = s_t silu(z_t)
//
// source  Gu and Dao 2023 (arXiv 2312.00752), eq. 2; B by Euler (dt B) as in the published reference, not ZOH
// shapes  u, z, y (B, L, D) of type Element, E bytes each  delta (B, L, D)  A (D, N)  Bm, C (B, L, G N)  Dskip, bias (D), f32; ld_x is the row
//         stride of x in elements  saved (B, S, D, N), S = floor((L - 1) / 52): the states after 52, 104, ... visited steps, not after the last
// Steps are visited upwards (direction = 1) or downwards (direction = -1). Dskip, z, bias, last_state and saved may be null.
//
// Channels are lanes, so that every access to (B, L, D) is a full line, and a thread walks the steps of its channel with the states in
// registers. One pass over the steps holds up to 16 states; the "many" kernels take more states 16 at a time.
#include "selective_scan_forward.cuh"

// selective_scan_fwd_n{4,8,16}_{f32,bf16}, selective_scan_fwd_many_{f32,bf16}
// launch       grid (ceil(B / (4 / warps_per_sample)), G chunks), block 128; chunks = ceil(D / G / (32 warps_per_sample));
//              warps_per_sample = 1, 2, 4 for up to 32, 64, more channels in a group; N <= states of the name
// writes       y =, last_state = (if not null), saved = (if not null); "many" rounds y to Element once for every 16 states
// determinism  one thread per channel adds in a fixed order: the same bits on every run and device of one architecture
// bytes        (E (2 + [z] + [many]) + 4) B L D + 4 (2 B L G N + D N + [skip] D + [bias] D + [last] B D N + [saved] B D N S): "many" reads y
//              again; from beyond the caches B and C come once per chunk of 128 channels, and in "many" u, delta, z and y ceil(N / 16) times
#define SCAN_FORWARD(NAME, N, PASSES, DTYPE, ELEMENT)                                                                                    \
  extern "C" __global__ void __launch_bounds__(SCAN_BLOCK, PASSES == Passes::ONE ? 5 : 4) selective_scan_fwd_##NAME##_##DTYPE(           \
      ELEMENT* y, float* last_state, float* saved, const ELEMENT* u, const float* delta, const float* a, const float* b, const float* c, \
      const float* skip, const ELEMENT* z, const float* bias, int batch, int length, int channels, int states, int groups, int chunks,   \
      int warps_per_sample, int direction, int delta_activation, int ld_y, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z) {       \
    scan_forward<N, PASSES>(                                                                                                             \
        y, last_state, saved, u, delta, a, b, c, skip, z, bias, batch, length, channels, states, groups, chunks, warps_per_sample,       \
        direction, delta_activation, ld_y, ld_u, ld_delta, ld_b, ld_c, ld_z);                                                            \
  }
#define SCAN_FORWARD_ENTRIES(DTYPE, ELEMENT)         \
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
