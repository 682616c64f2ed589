// Selective scan, forward, two neighbouring channels a thread; selective_scan.cu has the mathematics, and the kernels for what this one does not take.
//
// shapes  u, z, y (B, L, D) of type Element, E bytes each  delta (B, L, D)  A (D, N)  Bm, C (B, L, G N)  Dskip, bias (D)  last_state (B, D, N)
//         saved (B, S, D, N), S = floor((L - 1) / 52): the states after 52, 104, ... visited steps, not after the last, f32
//         width = D / G, even; step_x is the distance in elements from the row of x of one step to that of the step visited next: its row
//         stride times direction. Strides are even; rows, weights and outputs are aligned to two elements. No offset of an element passes 2^31 - 1
// Steps are visited upwards (direction = 1) or downwards (direction = -1). Dskip, z, bias, last_state and saved may be null.
//
// Two channels share each row of B and C that comes from shared memory, and each load brings two elements. The inputs of the next two steps are in
// flight while a step is taken; whole groups of steps carry no guards. B and C are staged SCAN_SEGMENT steps at a time.
#include "selective_scan_pair.cuh"

// selective_scan_pair_fwd_n{4,8,16}_{f32,bf16}
// launch       grid (ceil(B / slots), chunks, G), block 128: slots samples side by side, `threads` threads each; chunks threads >= width / 2,
//              slots threads <= 128; shared memory 4 slots (2 N' min(52, L) + 4) bytes, N' of the name; N <= N'; aligned = 1 promises that all rows
//              of B and C of a group are aligned to 16 bytes and N is a multiple of 4
// writes       y =, last_state = (if not null), saved = (if not null)
// determinism  one thread per channel adds in a fixed order, whatever slots, threads and aligned are: the same bits on every run and device of one
//              architecture
// bytes        (E (2 + [z]) + 4) B L D + 4 (2 B L G N + D N + [skip] D + [bias] D + [last] B D N + [saved] B D N S): from beyond the caches B and C
//              come once per chunk of up to 256 channels
#define SCAN_PAIR_FORWARD(NAME, N, DTYPE, ELEMENT)                                                                                          \
  extern "C" __global__ void __launch_bounds__(PAIR_BLOCK, 4) selective_scan_pair_fwd_##NAME##_##DTYPE(                                     \
      ELEMENT* y, float* last_state, float* saved, const ELEMENT* u, const float* delta, const float* a, const float* b, const float* c,    \
      const float* skip, const ELEMENT* z, const float* bias, int batch, int length, int channels, int states, int width, int slots,        \
      int threads, int direction, int delta_activation, int aligned, int step_y, int step_u, int step_delta, int step_b, int step_c,        \
      int step_z) {                                                                                                                         \
    DYN_SHARED(float, tiles);                                                                                                               \
    if (z != nullptr && delta_activation != 0) {                                                                                            \
      scan_pair<N, true>(                                                                                                                   \
          y, last_state, saved, u, delta, a, b, c, skip, z, bias, tiles, batch, length, channels, states, width, slots, threads, direction, \
          delta_activation, aligned, step_y, step_u, step_delta, step_b, step_c, step_z);                                                   \
    } else {                                                                                                                                \
      scan_pair<N, false>(                                                                                                                  \
          y, last_state, saved, u, delta, a, b, c, skip, z, bias, tiles, batch, length, channels, states, width, slots, threads, direction, \
          delta_activation, aligned, step_y, step_u, step_delta, step_b, step_c, step_z);                                                   \
    }                                                                                                                                       \
  }
#define SCAN_PAIR_ENTRIES(DTYPE, ELEMENT)  \
  SCAN_PAIR_FORWARD(n4, 4, DTYPE, ELEMENT) \
  SCAN_PAIR_FORWARD(n8, 8, DTYPE, ELEMENT) \
  SCAN_PAIR_FORWARD(n16, 16, DTYPE, ELEMENT)

SCAN_PAIR_ENTRIES(f32, float)
SCAN_PAIR_ENTRIES(bf16, bfloat16)
