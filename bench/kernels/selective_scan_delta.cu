// Selective scan, forward, with the projection of delta in it: what dt_proj would write and the scan read again, B L D floats each time, is made
// where it is used.
//
//   delta_t,d = sum over r of W_d,r low_t,r    then as in cuda/selective_scan.cu
//
// source  Gu and Dao 2023 (arXiv 2312.00752), section 3.6: delta is of a low rank R
// shapes  low (B, L, R)  W (D, R)    f32; the others as in cuda/selective_scan.cu
// The lanes of a warp are channels, so all of them read the same values of low; the first RANKS columns of W stay in registers, the others
// come from the cache.
#include "selective_scan_forward.cuh"

template <int RANKS>
struct ProjectedDelta {
  const float* low;
  const float* weight;
  int rank;
  int ld_low;

  struct Channel {
    const float* low;
    const float* weight;
    int rank;
    int ld;
    float first[RANKS];

    __device__ float at(ptrdiff_t row) const {
      const float* values = low + row * ld;
      float sum = 0.0f;
#pragma unroll
      for (int r = 0; r < RANKS; r++) {
        if (r < rank) {
          sum += first[r] * values[r];
        }
      }
      for (int r = RANKS; r < rank; r++) {
        sum += weight[r] * values[r];
      }
      return sum;
    }
  };

  __device__ Channel of(size_t first_row, int channel, bool active) const {
    Channel result = {low + first_row * ld_low, weight + static_cast<size_t>(channel) * rank, rank, ld_low, {}};
#pragma unroll
    for (int r = 0; r < RANKS; r++) {
      result.first[r] = active && r < rank ? result.weight[r] : 0.0f;
    }
    return result;
  }
};

// selective_scan_delta_fwd_{n8,n16,many}_{r2,r8}_{f32,bf16}
// launch       as selective_scan_fwd; N <= states of the name, and r2 where R <= 2
// writes       y =, last_state = (if not null); "many" rounds y to Element once for every 16 states
// determinism  one thread per channel adds in a fixed order: the same bits on every run and device of one architecture
// bytes        E (2 + [z] + [many]) B L D + 4 (B L R + D R + 2 B L G N + D N + [skip] D + [bias] D + [last] B D N); from beyond the caches low,
//              B and C come once per chunk of 128 channels
#define SCAN_DELTA(NAME, N, PASSES, RANKS, DTYPE, ELEMENT)                                                                                    \
  extern "C" __global__ void __launch_bounds__(SCAN_BLOCK, 4) selective_scan_delta_fwd_##NAME##_r##RANKS##_##DTYPE(                           \
      ELEMENT* y, float* last_state, const ELEMENT* u, const float* low, const float* weight, const float* a, const float* b,                 \
      const float* c, const float* skip, const ELEMENT* z, const float* bias, int batch, int length, int channels, int states, int groups,    \
      int chunks, int warps_per_sample, int direction, int delta_activation, int rank, int ld_y, int ld_u, int ld_low, int ld_b, int ld_c,    \
      int ld_z) {                                                                                                                             \
    scan_forward<N, PASSES>(                                                                                                                  \
        y, last_state, nullptr, u, ProjectedDelta<RANKS>{low, weight, rank, ld_low}, a, b, c, skip, z, bias, batch, length, channels, states, \
        groups, chunks, warps_per_sample, direction, delta_activation, ld_y, ld_u, ld_b, ld_c, ld_z);                                         \
  }
#define SCAN_DELTA_ENTRIES(RANKS, DTYPE, ELEMENT)         \
  SCAN_DELTA(n8, 8, Passes::ONE, RANKS, DTYPE, ELEMENT)   \
  SCAN_DELTA(n16, 16, Passes::ONE, RANKS, DTYPE, ELEMENT) \
  SCAN_DELTA(many, 16, Passes::MANY, RANKS, DTYPE, ELEMENT)

SCAN_DELTA_ENTRIES(2, f32, float)
SCAN_DELTA_ENTRIES(2, bf16, bfloat16)
SCAN_DELTA_ENTRIES(8, f32, float)
SCAN_DELTA_ENTRIES(8, bf16, bfloat16)
