// Gradient of the selective scan by tiles of 2 channels x 4 states a thread, for 5 to 16 states; selective_scan_gradient.cu has the mathematics,
// and the kernels for what does not fit here.
//
// The steps are taken in segments of SCAN_SEGMENT, the last visited first, and a segment in blocks of four steps. A first walk over a segment
// keeps the state before each block of steps in shared memory; the second goes back block by block, recomputes four states in registers, and
// walks them backwards. dt, dt u, ds and u of a channel and step are computed once and handed on through shared memory; so are the sums over
// states, to the lane that has the item. dB and dC are added over the groups of lanes of a warp, two steps at a time, through shared memory,
// then over the warps in order. dA, dDskip and dbias stay in registers over all samples of a block. No atomics anywhere. One long file: both walks
// share their lanes and tiles.
//
// Older devices give a block too little shared memory:
// from compute_80 on
#include "selective_scan_tile_walk.cuh"

template <int N, int WARPS, typename Element>
__device__ inline void scan_backward_tile(
    Element* __restrict__ du, float* __restrict__ d_delta, float* __restrict__ d_b, float* __restrict__ d_c, Element* __restrict__ dz,
    float* __restrict__ partials, float* __restrict__ saved, int recompute, const Element* __restrict__ u, const float* __restrict__ delta,
    const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ c, const float* __restrict__ skip,
    const Element* __restrict__ z, const float* __restrict__ bias, const Element* __restrict__ dy, int batch, int length, int channels,
    int states, int groups, int chunks, int direction, int delta_activation, int ld_du, int ld_d_delta, int ld_d_b, int ld_d_c, int ld_dz,
    int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z, int ld_dy) {
  using Layout = TileLayout<N>;
  constexpr int CHANNELS = Layout::CHANNELS;
  constexpr int ITEMS = Layout::ITEMS;
  constexpr int COLUMNS = Layout::COLUMNS;
  constexpr int PER_STEP = Layout::PER_STEP;
  using Items = Neighbours<ITEMS>;
  using FetchedItems = Fetched<ITEMS, Element>;
  using FetchedFloats = Fetched<ITEMS, float>;
  DYN_SHARED(float, shared);
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  TileStates<N> states_of(lane);
  const int part = states_of.part;
  const int item_step = lane / 8;
  const int group = blockIdx.y / chunks;
  const int chunk = blockIdx.y - group * chunks;
  const int per_group = channels / groups;
  const int first_channel = (chunk * WARPS + warp) * CHANNELS;  // of the warp, within the group
  const int first_item = lane % 8 * ITEMS;
  // All items of a lane and both channels of a pair exist, or none, as per_group is a multiple of ITEMS.
  const bool has_items = first_channel + first_item < per_group;
  const int item_channel = group * per_group + (has_items ? first_channel + first_item : 0);
  const int tile_states = first_channel + 2 * states_of.pair < per_group ? states - part * 4 : 0;  // of the four, how many exist
  const int d_own = group * per_group + first_channel + states_of.own;
  const int d_other = d_own ^ 1;
  const int segments = ceil_div(length, SCAN_SEGMENT);

  const int most_blocks = ceil_div(min(length, SCAN_SEGMENT), TILE_STEPS);
  float* parts = shared + warp * Layout::WARP_FLOATS;
  float* items = parts + Layout::PART_FLOATS;
  float* sums = items + Layout::ITEM_FLOATS;
  float* constants = sums + Layout::ITEM_FLOATS;
  float* warp_sums = constants + 2 * CHANNELS;
  float* tile = shared + WARPS * Layout::WARP_FLOATS;
  float* kept = tile + most_blocks * TILE_STEPS * COLUMNS + warp * Layout::kept_slots(most_blocks) * Layout::SLOT + lane * 4;

  auto& h = states_of.h;
  auto& d_a = states_of.d_a;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    states_of.scaled_a[0][j] = j < tile_states ? a[d_own * states + part * 4 + j] * LOG2_E : 0.0f;
    states_of.scaled_a[1][j] = j < tile_states ? a[d_other * states + part * 4 + j] * LOG2_E : 0.0f;
    d_a[0][j] = 0.0f;
    d_a[1][j] = 0.0f;
  }
  if (lane < 8) {
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
      constants[first_item + i] = has_items && bias != nullptr ? bias[item_channel + i] : 0.0f;
      constants[CHANNELS + first_item + i] = has_items && skip != nullptr ? skip[item_channel + i] : 0.0f;
    }
  }
  Items d_skip = {};
  Items d_bias = {};

  for (int sample = blockIdx.x; sample < batch; sample += gridDim.x) {
    const int first_row = sample * length + (direction > 0 ? 0 : length - 1);
    float* sample_saved = saved + static_cast<size_t>(sample) * (segments - 1) * channels * states;

    int segment_row;  // row of the first step of the segment
    int steps;        // of the segment
    int blocks;       // of steps
    FetchedItems next_u;
    FetchedFloats next_delta;
    auto fetch_inputs = [&](int block) {
      // Beyond the last step that one again.
      const int row = segment_row + min(block * TILE_STEPS + item_step, steps - 1) * direction;
      next_u = FetchedItems(u + (row * ld_u + item_channel));
      next_delta = FetchedFloats(delta + (row * ld_delta + item_channel));
    };
    auto biased_delta = [&] {
      const Items bias_i = FetchedFloats(constants + first_item).floats();
      Items delta_i = next_delta.floats();
#pragma unroll
      for (int i = 0; i < ITEMS; i++) {
        delta_i.value[i] += bias_i.value[i];
      }
      return delta_i;
    };
    // The state that a segment begins with.
    auto load_first_state = [&](int segment) {
      const float* from = sample_saved + static_cast<size_t>(segment - 1) * channels * states + part * 4;
#pragma unroll
      for (int j = 0; j < 4; j++) {
        h[0][j] = segment > 0 && j < tile_states ? from[d_own * states + j] : 0.0f;
        h[1][j] = segment > 0 && j < tile_states ? from[d_other * states + j] : 0.0f;
      }
    };
    auto enter_segment = [&](int segment) {
      segment_row = first_row + segment * SCAN_SEGMENT * direction;
      steps = min(SCAN_SEGMENT, length - segment * SCAN_SEGMENT);
      blocks = ceil_div(steps, TILE_STEPS);
      __syncthreads();
      const int n = threadIdx.x % N;
      constexpr int PER_ROUND = WARPS * 32 / N;
      int row = segment_row + static_cast<int>(threadIdx.x) / N * direction;
      float* to = tile + threadIdx.x / N * COLUMNS + n;
      for (int step = threadIdx.x / N; step < blocks * TILE_STEPS; step += PER_ROUND) {
        const bool exists = step < steps && n < states;
        to[0] = exists ? b[row * ld_b + group * states + n] : 0.0f;
        to[N] = exists ? c[row * ld_c + group * states + n] : 0.0f;
        row += PER_ROUND * direction;
        to += PER_ROUND * COLUMNS;
      }
      __syncthreads();
      load_first_state(segment);
    };
    // Carries h over whole blocks of steps; the inputs of the first were fetched, and those behind the last are afterwards.
    auto walk = [&](int whole_blocks, bool keep) {
      const float* b_t = tile + part * 4;
      float* to_kept = kept;
      for (int block = 0; block < whole_blocks; block++) {
        TileItems<N>::store_steps(
            items + item_step * PER_STEP, lane % 8, biased_delta(), next_u.floats(), delta_activation != 0, has_items);
        fetch_inputs(block + 1);
        if (keep && block > 0) {
          store_states(to_kept, h[0]);
          store_states(to_kept + 128, h[1]);
          to_kept += Layout::SLOT;
        }
        __syncwarp();
        states_of.visit(items, b_t);
        b_t += TILE_STEPS * COLUMNS;
        __syncwarp();
      }
      if (keep && whole_blocks > 0) {
        store_states(to_kept, h[0]);
        store_states(to_kept + 128, h[1]);
      }
    };

    if (recompute != 0) {
      for (int segment = 0; segment < segments - 1; segment++) {
        enter_segment(segment);
        fetch_inputs(0);
        walk(SCAN_SEGMENT / TILE_STEPS, false);
        float* to = sample_saved + static_cast<size_t>(segment) * channels * states + part * 4;
#pragma unroll
        for (int j = 0; j < 4; j++) {
          if (j < tile_states) {
            to[d_own * states + j] = h[0][j];
            to[d_other * states + j] = h[1][j];
          }
        }
      }
    }

#pragma unroll
    for (int j = 0; j < 4; j++) {
      states_of.carried[0][j] = 0.0f;
      states_of.carried[1][j] = 0.0f;
    }
    for (int segment = segments - 1; segment >= 0; segment--) {
      enter_segment(segment);
      FetchedItems next_dy;
      FetchedItems next_z{};
      auto fetch_upstream = [&](int block) {
        const int row = segment_row + min(block * TILE_STEPS + item_step, steps - 1) * direction;
        next_dy = FetchedItems(dy + (row * ld_dy + item_channel));
        if (z != nullptr) {
          next_z = FetchedItems(z + (row * ld_z + item_channel));
        }
      };
      fetch_upstream(blocks - 1);
      fetch_inputs(0);
      walk(blocks - 1, true);

      for (int block = blocks - 1; block >= 0; block--) {
        const bool present = has_items && block * TILE_STEPS + item_step < steps;
        TileItems<N> lane_items;
        lane_items.store(
            items + item_step * PER_STEP, lane % 8, biased_delta(), next_u.floats(), next_dy.floats(), next_z.floats(), delta_activation != 0,
            z != nullptr, present, d_skip);
        float* slot = kept + max(block - 1, 0) * Layout::SLOT;
        if (block > 0) {
          load_states(h[0], slot);
          load_states(h[1], slot + 128);
        } else {
          load_first_state(segment);
          store_states(slot, h[0]);
          store_states(slot + 128, h[1]);
        }
        __syncwarp();
        states_of.reverse(
            items, tile + block * TILE_STEPS * COLUMNS + part * 4, sums, parts, warp_sums + block % 2 * Layout::SUM_FLOATS,
            [&](float (&before)[2][4]) {
              load_states(before[0], slot);
              load_states(before[1], slot + 128);
            },
            [&] {
              if (block > 0) {
                fetch_inputs(block - 1);
                fetch_upstream(block - 1);
              }
            });
        // The items of this lane.
        {
          Items du_i;
          Items d_delta_i;
          Items dz_i;
          const Items skip_i = FetchedFloats(constants + CHANNELS + first_item).floats();
          lane_items.finish(
              items + item_step * PER_STEP, sums + item_step * PER_STEP, lane % 8, skip_i, du_i, d_delta_i, dz_i);
#pragma unroll
          for (int i = 0; i < ITEMS; i++) {
            d_bias.value[i] += d_delta_i.value[i];
          }
          if (present) {
            const int row = segment_row + (block * TILE_STEPS + item_step) * direction;
            store_neighbours(du + (row * ld_du + item_channel), du_i);
            store_neighbours(d_delta + (row * ld_d_delta + item_channel), d_delta_i);
            if (z != nullptr) {
              store_neighbours(dz + (row * ld_dz + item_channel), dz_i);
            }
          }
        }
        if constexpr (WARPS == 1) {
          __syncwarp();
        } else {
          __syncthreads();
        }
        // dB and dC over the warps; the other half of the sums is written next.
        {
          const int column = threadIdx.x % COLUMNS;
          const int n = column % N;
          float* to = column < N ? d_b : d_c;
          const int ld_to = column < N ? ld_d_b : ld_d_c;
          const float* from = shared + (Layout::WARP_FLOATS - 2 * Layout::SUM_FLOATS) + block % 2 * Layout::SUM_FLOATS;
#pragma unroll
          for (int first = 0; first < Layout::SUM_FLOATS; first += WARPS * 32) {
            const int i = first + threadIdx.x;
            const int step = block * TILE_STEPS + i / COLUMNS;
            if ((Layout::SUM_FLOATS % (WARPS * 32) == 0 || i < Layout::SUM_FLOATS) && step < steps && n < states) {
              float sum = 0.0f;
#pragma unroll
              for (int w = 0; w < WARPS; w++) {
                sum += from[w * Layout::WARP_FLOATS + i];
              }
              const int row = chunk * batch * length + segment_row + step * direction;
              to[row * ld_to + group * states + n] = sum;
            }
          }
        }
      }
    }
  }

  // This block's sums over its samples: dA (D, N), dDskip (D), dbias (D).
  float* mine = partials + static_cast<size_t>(blockIdx.x) * channels * (states + 2);
#pragma unroll
  for (int j = 0; j < 4; j++) {
    if (j < tile_states) {
      mine[d_own * states + part * 4 + j] = d_a[0][j];
      mine[d_other * states + part * 4 + j] = d_a[1][j];
    }
  }
  float* vectors = mine + channels * states;
#pragma unroll
  for (int i = 0; i < ITEMS; i++) {
    float skip_sum = d_skip.value[i];
    float bias_sum = d_bias.value[i];
#pragma unroll
    for (int distance = 16; distance >= 8; distance /= 2) {
      skip_sum += __shfl_xor_sync(0xffffffffu, skip_sum, distance);
      bias_sum += __shfl_xor_sync(0xffffffffu, bias_sum, distance);
    }
    if (lane < 8 && has_items) {
      vectors[item_channel + i] = skip_sum;
      vectors[channels + item_channel + i] = bias_sum;
    }
  }
}

// selective_scan_tile_n{8,16}_w{1,2,4}_{f32,bf16}
// shapes       as selective_scan_gradient.cu; saved (B, S, D, N) with S = ceil(L / 52) - 1: the states after 52, 104, ... visited steps, read, or written
//              and read if recompute is 1; may be null if S = 0. dB, dC (chunks, B, L, G N): with one chunk the gradients themselves, else parts for
//              selective_scan_bwd_chunks_f32  partials (x, D N + 2 D): of dA, dDskip and dbias
// launch       grid (x, G chunks), block 32 w; x chosen by the caller, for samples blockIdx.x, + x, ...; w warps have w 256 / n channels, chunks =
//              ceil(D / G / that); 4 < N <= n. D / G, the row strides of u, delta, z, dy and their gradients, and their first elements are multiples of
//              4 (n8) or 2 (n16); every offset in elements fits an int; shared memory: TileShape.sharedBytes
// writes       du =, dDelta =, dz = (if z), dB =, dC =, partials =, saved = (if recompute)
// determinism  sums in an order that depends on the extents and x only
// bytes        (5 E + 8) B L D + 4 ((2 + 2 chunks) B L G N + (x + 1) (D N + 2 D) + (1 + [recompute]) S B D N)
//              with z, Dskip and bias: u and delta come from memory a second time unless a cache keeps them
#define SCAN_TILE_BACKWARD(NAME, N, WARPS, BLOCKS_PER_SM, DTYPE, ELEMENT)                                                                    \
  extern "C" __global__ void __launch_bounds__(WARPS * 32, BLOCKS_PER_SM) selective_scan_tile_##NAME##_##DTYPE(                              \
      ELEMENT* du, float* d_delta, float* d_b, float* d_c, ELEMENT* dz, float* partials, float* saved, const ELEMENT* u, const float* delta, \
      const float* a, const float* b, const float* c, const float* skip, const ELEMENT* z, const float* bias, const ELEMENT* dy, int batch,  \
      int length, int channels, int states, int groups, int chunks, int direction, int delta_activation, int recompute, int ld_du,           \
      int ld_d_delta, int ld_d_b, int ld_d_c, int ld_dz, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z, int ld_dy) {                  \
    scan_backward_tile<N, WARPS>(                                                                                                            \
        du, d_delta, d_b, d_c, dz, partials, saved, recompute, u, delta, a, b, c, skip, z, bias, dy, batch, length, channels, states,        \
        groups, chunks, direction, delta_activation, ld_du, ld_d_delta, ld_d_b, ld_d_c, ld_dz, ld_u, ld_delta, ld_b, ld_c, ld_z, ld_dy);     \
  }
// Blocks of four warps that fit on a multiprocessor: the registers of 8.0 hold three only with spills, and its shared memory two.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define TILE_BLOCKS 3
#else
#define TILE_BLOCKS 2
#endif

#define SCAN_TILE_ENTRIES(DTYPE, ELEMENT)                  \
  SCAN_TILE_BACKWARD(n8_w1, 8, 1, 4 * TILE_BLOCKS, DTYPE, ELEMENT)      \
  SCAN_TILE_BACKWARD(n8_w2, 8, 2, 2 * TILE_BLOCKS, DTYPE, ELEMENT)       \
  SCAN_TILE_BACKWARD(n8_w4, 8, 4, TILE_BLOCKS, DTYPE, ELEMENT)       \
  SCAN_TILE_BACKWARD(n16_w1, 16, 1, 4 * TILE_BLOCKS, DTYPE, ELEMENT)    \
  SCAN_TILE_BACKWARD(n16_w2, 16, 2, 2 * TILE_BLOCKS, DTYPE, ELEMENT)     \
  SCAN_TILE_BACKWARD(n16_w4, 16, 4, TILE_BLOCKS, DTYPE, ELEMENT)

SCAN_TILE_ENTRIES(f32, float)
SCAN_TILE_ENTRIES(bf16, bfloat16)
