// Selective scan, forward, with the steps of a channel over the lanes of a warp: what the published CUDA code of Mamba does (state-spaces/mamba,
// csrc/selective_scan), in this project's layout and precision. It does not need many samples to fill a device, and pays for that with
// log2(32) rounds of shuffles for each state.
//
//   h_t = a_t h_(t-1) + b_t  with  a_t = exp(dt_t A_n),  b_t = dt_t B_t,n u_t
//
// is a composition of maps h -> P h + Q, which is associative: (P2, Q2) after (P1, Q1) is (P2 P1, P2 Q1 + Q2). Each lane composes its own
// ITEMS consecutive steps, the lanes of the warp compose theirs by an inclusive scan, and every lane then walks its steps once more from the
// state that the lanes before it leave (Blelloch 1990; Gu and Dao 2023, arXiv 2312.00752, section 3.3.2).
//
// shapes  all as in cuda/selective_scan.cu
// A block has 8 warps for 8 neighbouring channels of a group, so that a row of its tile is a sector of 32 bytes of floats; tiles go through
// shared memory, where steps are neighbours.
#include "bfloat16.cuh"
#include "common.cuh"

constexpr int WARP_CHANNELS = 8;
constexpr int WARP_BLOCK = 32 * WARP_CHANNELS;
constexpr int STATES_AT_ONCE = 4;  // whose B and C are in shared memory together

// A row of a tile of `steps` steps in shared memory; the four floats between rows keep the 8 channels of a step in different banks.
template <int ITEMS>
constexpr int PITCH = 32 * ITEMS + 4;

// One composition of steps.
struct Map {
  float p;
  float q;
};

// `later` after `earlier`.
__device__ inline Map compose(Map later, Map earlier) { return {later.p * earlier.p, later.p * earlier.q + later.q}; }

// Of all steps of the lanes before this one; the identity in the first.
__device__ inline Map before_this_lane(Map own, int lane) {
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    const Map other = {__shfl_up_sync(0xffffffffu, own.p, distance), __shfl_up_sync(0xffffffffu, own.q, distance)};
    if (lane >= distance) {
      own = compose(own, other);
    }
  }
  const Map previous = {__shfl_up_sync(0xffffffffu, own.p, 1), __shfl_up_sync(0xffffffffu, own.q, 1)};
  return lane == 0 ? Map{1.0f, 0.0f} : previous;
}

// A tile (8 channels, steps) of a tensor (B, L, D); 0 where there is no step or channel.
template <int ITEMS, typename Element>
__device__ inline void stage_channels(
    float* tile, const Element* source, size_t row, int direction, int steps, int first_channel, int channels, int ld) {
  for (int i = threadIdx.x; i < 32 * ITEMS * WARP_CHANNELS; i += WARP_BLOCK) {
    const int step = i / WARP_CHANNELS;
    const int c = i % WARP_CHANNELS;
    const bool exists = source != nullptr && step < steps && c < channels;
    const size_t r = row + static_cast<ptrdiff_t>(step) * direction;
    tile[c * PITCH<ITEMS> + step] = exists ? load(source + r * ld + first_channel + c) : 0.0f;
  }
}

// Rows of B or of C for some states.
template <int ITEMS>
__device__ inline void stage_state_rows(
    float* tile, const float* source, size_t row, int direction, int steps, int first_column, int states, int ld) {
  for (int i = threadIdx.x; i < 32 * ITEMS * STATES_AT_ONCE; i += WARP_BLOCK) {
    const int step = i / STATES_AT_ONCE;
    const int n = i % STATES_AT_ONCE;
    const bool exists = step < steps && n < states;
    const size_t r = row + static_cast<ptrdiff_t>(step) * direction;
    tile[n * PITCH<ITEMS> + step] = exists ? source[r * ld + first_column + n] : 0.0f;
  }
}

template <int ITEMS, typename Element>
__device__ inline void scan_warp(
    Element* __restrict__ y, float* __restrict__ last_state, const Element* __restrict__ u, const float* __restrict__ delta,
    const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ c, const float* __restrict__ skip,
    const Element* __restrict__ z, const float* __restrict__ bias, int length, int channels, int states, int groups, int chunks,
    int direction, int delta_activation, int ld_y, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z) {
  constexpr int TILE = 32 * ITEMS;
  __shared__ __align__(16) float u_tile[WARP_CHANNELS * PITCH<ITEMS>];
  __shared__ __align__(16) float delta_tile[WARP_CHANNELS * PITCH<ITEMS>];
  __shared__ __align__(16) float z_tile[WARP_CHANNELS * PITCH<ITEMS>];
  __shared__ __align__(16) float b_tile[STATES_AT_ONCE * PITCH<ITEMS>];
  __shared__ __align__(16) float c_tile[STATES_AT_ONCE * PITCH<ITEMS>];
  DYN_SHARED(float, carried);  // (8, N): the state of each channel behind the last tile
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  const int sample = blockIdx.x;
  const int group = blockIdx.y / chunks;
  const int in_group = blockIdx.y % chunks * WARP_CHANNELS;
  const int first_channel = group * (channels / groups) + in_group;
  const int here = min(WARP_CHANNELS, channels / groups - in_group);
  const bool active = warp < here;
  const int d = first_channel + warp;
  const size_t first_row = static_cast<size_t>(sample) * length + (direction > 0 ? 0 : length - 1);
  const float skip_d = active && skip != nullptr ? skip[d] : 0.0f;
  const float bias_d = active && bias != nullptr ? bias[d] : 0.0f;

  for (int first_step = 0; first_step < length; first_step += TILE) {
    const int steps = min(TILE, length - first_step);
    const size_t row = first_row + static_cast<ptrdiff_t>(first_step) * direction;
    __syncthreads();
    stage_channels<ITEMS>(u_tile, u, row, direction, steps, first_channel, here, ld_u);
    stage_channels<ITEMS>(delta_tile, delta, row, direction, steps, first_channel, here, ld_delta);
    stage_channels<ITEMS>(z_tile, z, row, direction, steps, first_channel, here, ld_z);
    __syncthreads();
    float dt[ITEMS];
    float dt_u[ITEMS];
    float s[ITEMS];
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
      const int at = warp * PITCH<ITEMS> + lane * ITEMS + i;
      const float raw = delta_tile[at] + bias_d;
      // A step that is not there leaves the state as it is.
      dt[i] = lane * ITEMS + i < steps ? (delta_activation != 0 ? softplus(raw) : raw) : 0.0f;
      dt_u[i] = dt[i] * u_tile[at];
      s[i] = skip_d * u_tile[at];
    }
    for (int first_state = 0; first_state < states; first_state += STATES_AT_ONCE) {
      const int count = min(STATES_AT_ONCE, states - first_state);
      const int column = group * states + first_state;
      __syncthreads();
      stage_state_rows<ITEMS>(b_tile, b, row, direction, steps, column, count, ld_b);
      stage_state_rows<ITEMS>(c_tile, c, row, direction, steps, column, count, ld_c);
      __syncthreads();
      if (active) {
        for (int n = 0; n < count; n++) {
          const float scaled_a = a[static_cast<size_t>(d) * states + first_state + n] * LOG2_E;
          const float carry = first_step == 0 ? 0.0f : carried[warp * states + first_state + n];
          float decay[ITEMS];
          float gain[ITEMS];
          Map own = {1.0f, 0.0f};
#pragma unroll
          for (int i = 0; i < ITEMS; i++) {
            decay[i] = exp2_approx(dt[i] * scaled_a);
            gain[i] = dt_u[i] * b_tile[n * PITCH<ITEMS> + lane * ITEMS + i];
            own = compose({decay[i], gain[i]}, own);
          }
          const Map before = before_this_lane(own, lane);
          float h = before.p * carry + before.q;
#pragma unroll
          for (int i = 0; i < ITEMS; i++) {
            h = decay[i] * h + gain[i];
            s[i] += c_tile[n * PITCH<ITEMS> + lane * ITEMS + i] * h;
          }
          __syncwarp();
          if (lane == 31) {
            carried[warp * states + first_state + n] = h;
          }
        }
      }
    }
    // Every lane writes where it alone reads.
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
      const int at = warp * PITCH<ITEMS> + lane * ITEMS + i;
      u_tile[at] = z != nullptr ? s[i] * silu(z_tile[at]) : s[i];
    }
    __syncthreads();
    for (int i = threadIdx.x; i < steps * WARP_CHANNELS; i += WARP_BLOCK) {
      const int step = i / WARP_CHANNELS;
      const int channel = i % WARP_CHANNELS;
      if (channel < here) {
        const size_t r = row + static_cast<ptrdiff_t>(step) * direction;
        store(y + r * ld_y + first_channel + channel, u_tile[channel * PITCH<ITEMS> + step]);
      }
    }
  }
  __syncthreads();
  if (last_state != nullptr && active) {
    for (int n = lane; n < states; n += 32) {
      last_state[(static_cast<size_t>(sample) * channels + d) * states + n] = carried[warp * states + n];
    }
  }
}

// selective_scan_warp_fwd_i{1,2,4}_{f32,bf16}
// launch       grid (B, G chunks), block 256; chunks = ceil(D / G / 8); dynamic shared memory 32 N; the smallest ITEMS with 32 ITEMS >= L, or 4
// writes       y =, last_state = (if not null)
// determinism  the lanes of a channel are composed in one tree, states are added in order: the same bits on every run and device of one
//              architecture
// bytes        (E (2 + [z]) + 4) B L D + 4 (2 B L G N + D N + [skip] D + [bias] D + [last] B D N); from beyond the caches B and C come once
//              per chunk of 8 channels, and A once for each sample
#define SCAN_WARP(ITEMS, DTYPE, ELEMENT)                                                                                                    \
  extern "C" __global__ void __launch_bounds__(WARP_BLOCK, 3) selective_scan_warp_fwd_i##ITEMS##_##DTYPE(                                      \
      ELEMENT* y, float* last_state, const ELEMENT* u, const float* delta, const float* a, const float* b, const float* c,                  \
      const float* skip, const ELEMENT* z, const float* bias, int length, int channels, int states, int groups, int chunks, int direction,  \
      int delta_activation, int ld_y, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z) {                                               \
    scan_warp<ITEMS>(                                                                                                                       \
        y, last_state, u, delta, a, b, c, skip, z, bias, length, channels, states, groups, chunks, direction, delta_activation, ld_y, ld_u, \
        ld_delta, ld_b, ld_c, ld_z);                                                                                                        \
  }
#define SCAN_WARP_ENTRIES(DTYPE, ELEMENT) \
  SCAN_WARP(1, DTYPE, ELEMENT)            \
  SCAN_WARP(2, DTYPE, ELEMENT)            \
  SCAN_WARP(4, DTYPE, ELEMENT)

SCAN_WARP_ENTRIES(f32, float)
SCAN_WARP_ENTRIES(bf16, bfloat16)
