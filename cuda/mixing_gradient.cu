// Gradient of the selective scan with its step sizes and its decay, for up to 16 states and rank 8, by the tiles of selective_scan_tile.cu; mixing.cu has
// the forward pass, selective_scan_gradient.cu the mathematics of the scan. Besides, with W (D, R) that makes delta of dt:
//
//   delta[d] = bias[d] + sum over r of W[d, r] dt[r]    ddt[r] = sum over d of ddelta[d] W[d, r]    dW[d, r] = sum over samples and steps of ddelta[d] dt[r]
//   A = -exp(A_log): the sums of dA leave as they are, for who adds the partial rows and multiplies them by A
//
// Steps go in segments and blocks of four, as there. When a block of steps has been walked back, the state kept before the next one is not needed any
// more: in its place lies from then on the record of the block, its sums of dB and dC over the channels of the warp, and ddelta. Behind the last block of
// a segment these records give dB, dC and ddt, over the warps in order, and dW, so that warps meet at segments alone. A block of threads takes several
// samples side by side where a sample needs few warps, and the channels of a sample in chunks, one after the other, where it has many: a later chunk adds
// to what the same thread wrote.
//
// from compute_80 on
#include "selective_scan_tile_walk.cuh"

constexpr int MIXING_WARPS = 4;
constexpr int MIXING_RANKS = 8;

// In floats, all multiples of 4: for each sample side by side a tile of B and C (step, COLUMNS) and dt (rank, step) for each block of steps. Then for each
// warp parts of dB and dC, which ddt (block, rank, step) over its channels takes afterwards, items and sums over states as in TileLayout, bias and skip, the
// record of the last block of steps, W (rank, channel) if it fits, and the kept states: a slot for each block of steps but the first.
template <int N>
struct MixingLayout : TileLayout<N> {
  using Tile = TileLayout<N>;
  static constexpr bool KEEPS_WEIGHTS = N == 8;  // with 16 states all shared memory of a multiprocessor is taken
  static constexpr int RECORD = Tile::SUM_FLOATS + TILE_STEPS * Tile::CHANNELS;
  static constexpr int LAST_RECORD = N == 8 ? RECORD : Tile::SUM_FLOATS;
  static constexpr int WEIGHTS = KEEPS_WEIGHTS ? MIXING_RANKS * Tile::CHANNELS : 0;
  static constexpr int KEPT = Tile::PART_FLOATS + 2 * Tile::ITEM_FLOATS + 2 * Tile::CHANNELS + LAST_RECORD + WEIGHTS;
  static_assert(RECORD <= Tile::SLOT && RECORD + (N == 8 ? 0 : TILE_STEPS * Tile::CHANNELS) <= Tile::SLOT, "a record fits into a slot");

  // The channel whose four steps lie in a quad of a record: neighbouring lanes write, and others read, different banks.
  __device__ static int channel(int quad) { return quad % 8 * Tile::ITEMS + quad / 8; }
};

__device__ inline void add_unless(bool first, float* to, float value) { *to = first ? value : *to + value; }

template <int N, typename Element>
__device__ inline void mixing_gradient(
    Element* __restrict__ du, float* __restrict__ d_projected, Element* __restrict__ dz, float* __restrict__ partials, float* __restrict__ saved,
    const Element* __restrict__ u, const float* __restrict__ projected, const float* __restrict__ dt_weight, const float* __restrict__ dt_bias,
    const float* __restrict__ a_log, const float* __restrict__ skip, const Element* __restrict__ z, const Element* __restrict__ dy, int batch,
    int length, int channels, int states, int rank, int warps, int chunks, int direction, int recompute, int ld_z, int ld_dz) {
  using Layout = MixingLayout<N>;
  constexpr int CHANNELS = Layout::CHANNELS;
  constexpr int ITEMS = Layout::ITEMS;
  constexpr int COLUMNS = Layout::COLUMNS;
  using Items = Neighbours<ITEMS>;
  using FetchedItems = Fetched<ITEMS, Element>;
  using FetchedFloats = Fetched<ITEMS, float>;
  DYN_SHARED(float, shared);
  const int lane = threadIdx.x % 32;
  const int slots = MIXING_WARPS / warps;  // samples side by side
  const int slot = threadIdx.x / 32 / warps;
  const int slot_warp = threadIdx.x / 32 - slot * warps;
  const int slot_thread = slot_warp * 32 + lane;
  const int slot_threads = warps * 32;
  TileStates<N> tile_states(lane);
  const int item_step = lane / 8;
  const int first_item = lane % 8 * ITEMS;
  const int columns = rank + 2 * states;
  const int segments = ceil_div(length, SCAN_SEGMENT);
  const int most_blocks = ceil_div(min(length, SCAN_SEGMENT), TILE_STEPS);
  const int tile_floats = TILE_STEPS * (COLUMNS + rank);
  const int warp_floats = Layout::KEPT + Layout::kept_slots(most_blocks) * Layout::SLOT;
  float* tile = shared + slot * most_blocks * tile_floats;
  float* parts = shared + slots * most_blocks * tile_floats + threadIdx.x / 32 * warp_floats;
  float* items = parts + Layout::PART_FLOATS;
  float* sums = items + Layout::ITEM_FLOATS;
  float* constants = sums + Layout::ITEM_FLOATS;
  float* last_record = constants + 2 * CHANNELS;
  float* weights = last_record + Layout::LAST_RECORD;
  float* kept = parts + Layout::KEPT;
  const int partial_row = (blockIdx.x * slots + slot) * channels * (states + 2 + rank);  // of this slot's sums

  Items d_skip;
  for (int first_sample = blockIdx.x * slots; first_sample < batch; first_sample += gridDim.x * slots) {
    const bool is_first = first_sample == static_cast<int>(blockIdx.x) * slots;
    const bool has_sample = first_sample + slot < batch;
    const int sample = has_sample ? first_sample + slot : first_sample;
    const int first_row = sample * length + (direction > 0 ? 0 : length - 1);
    const int first_saved = sample * (segments - 1) * channels * states;
    for (int chunk = 0; chunk < chunks; chunk++) {
      const int first_channel = (chunk * warps + slot_warp) * CHANNELS;  // of the warp
      // All items of a lane and both channels of a pair exist, or none, as D is a multiple of ITEMS.
      const bool has_channels = first_channel + first_item < channels;
      const bool has_items = has_channels && has_sample;
      const int item_channel = has_channels ? first_channel + first_item : 0;
      const int d_own = first_channel + tile_states.own;
      const int d_other = d_own ^ 1;
      const int own_states = d_own < channels ? states - tile_states.part * 4 : 0;  // of the four, how many exist
      auto weight = [&](int r, int channel) {
        return Layout::KEEPS_WEIGHTS ? weights[r * CHANNELS + channel] : dt_weight[min(first_channel + channel, channels - 1) * rank + r];
      };
      if (is_first || chunks > 1) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          const int n = tile_states.part * 4 + j;
          tile_states.scaled_a[0][j] = j < own_states ? -expf(a_log[d_own * states + n]) * LOG2_E : 0.0f;
          tile_states.scaled_a[1][j] = j < own_states ? -expf(a_log[d_other * states + n]) * LOG2_E : 0.0f;
          tile_states.d_a[0][j] = 0.0f;
          tile_states.d_a[1][j] = 0.0f;
        }
        d_skip = {};
        __syncwarp();
        for (int c = lane; c < CHANNELS; c += 32) {
          const bool exists = first_channel + c < channels;
          constants[c] = exists ? dt_bias[first_channel + c] : 0.0f;
          constants[CHANNELS + c] = exists ? skip[first_channel + c] : 0.0f;
#pragma unroll 1
          for (int r = 0; Layout::KEEPS_WEIGHTS && r < rank; r++) {
            weights[r * CHANNELS + c] = exists ? dt_weight[(first_channel + c) * rank + r] : 0.0f;
          }
        }
      }
#pragma unroll
      for (int j = 0; j < 4; j++) {
        tile_states.carried[0][j] = 0.0f;
        tile_states.carried[1][j] = 0.0f;
      }

      // Upwards over all segments but the last to make the states they end with, if they were not saved; then back over all.
      const int made = recompute != 0 ? segments - 1 : 0;
      for (int visit = 0; visit < made + segments; visit++) {
        const bool making = visit < made;
        const int segment = making ? visit : made + segments - 1 - visit;
        const int segment_row = first_row + segment * SCAN_SEGMENT * direction;
        const int steps = min(SCAN_SEGMENT, length - segment * SCAN_SEGMENT);
        const int blocks = ceil_div(steps, TILE_STEPS);
        __syncthreads();
        for (int i = slot_thread; i < blocks * TILE_STEPS * N; i += slot_threads) {
          const int step = i / N;
          const int n = i % N;
          const bool exists = step < steps && n < states;
          const int from = (segment_row + step * direction) * columns + rank + n;
          float* to = tile + step / TILE_STEPS * tile_floats + step % TILE_STEPS * COLUMNS + n;
          to[0] = exists ? projected[from] : 0.0f;
          to[N] = exists ? projected[from + states] : 0.0f;
        }
#pragma unroll 1
        for (int r = 0; r < rank; r++) {
#pragma unroll 1
          for (int step = slot_thread; step < blocks * TILE_STEPS; step += slot_threads) {
            float* to = tile + step / TILE_STEPS * tile_floats + TILE_STEPS * (COLUMNS + r) + step % TILE_STEPS;
            *to = step < steps ? projected[(segment_row + step * direction) * columns + r] : 0.0f;
          }
        }
        __syncthreads();

        FetchedItems next_u;
        FetchedItems next_dy;
        FetchedItems next_z;
        auto fetch_u = [&](int block) {
          // Beyond the last step that one again.
          const int row = segment_row + min(block * TILE_STEPS + item_step, steps - 1) * direction;
          next_u = FetchedItems(u + (row * channels + item_channel));
        };
        auto fetch_upstream = [&](int block) {
          const int row = segment_row + min(block * TILE_STEPS + item_step, steps - 1) * direction;
          next_dy = FetchedItems(dy + (row * channels + item_channel));
          next_z = FetchedItems(z + (row * ld_z + item_channel));
        };
        auto biased_delta = [&](int block) {
          Items delta = FetchedFloats(constants + first_item).floats();
          const float* dt_t = tile + block * tile_floats + TILE_STEPS * COLUMNS + item_step;
          if constexpr (Layout::KEEPS_WEIGHTS) {
            const float* weight_r = weights + first_item;
#pragma unroll 1
            for (int r = 0; r < rank; r++) {
              const Items weights_r = FetchedFloats(weight_r).floats();
#pragma unroll
              for (int i = 0; i < ITEMS; i++) {
                delta.value[i] += weights_r.value[i] * dt_t[0];
              }
              dt_t += TILE_STEPS;
              weight_r += CHANNELS;
            }
          } else if (rank % 4 == 0) {
#pragma unroll 1
            for (int r = 0; r < rank; r += 4) {
#pragma unroll
              for (int i = 0; i < ITEMS; i++) {
                const float4 four = load4(dt_weight + ((item_channel + i) * rank + r));
                delta.value[i] += four.x * dt_t[0];
                delta.value[i] += four.y * dt_t[TILE_STEPS];
                delta.value[i] += four.z * dt_t[2 * TILE_STEPS];
                delta.value[i] += four.w * dt_t[3 * TILE_STEPS];
              }
              dt_t += 4 * TILE_STEPS;
            }
          } else {
#pragma unroll 1
            for (int r = 0; r < rank; r++) {
#pragma unroll
              for (int i = 0; i < ITEMS; i++) {
                delta.value[i] += dt_weight[(item_channel + i) * rank + r] * dt_t[0];
              }
              dt_t += TILE_STEPS;
            }
          }
          return delta;
        };
        // The state that the segment begins with.
        auto load_first_state = [&](float (&to)[2][4]) {
          const int from = first_saved + (segment - 1) * channels * states + tile_states.part * 4;
#pragma unroll
          for (int j = 0; j < 4; j++) {
            to[0][j] = segment > 0 && j < own_states ? saved[from + d_own * states + j] : 0.0f;
            to[1][j] = segment > 0 && j < own_states ? saved[from + d_other * states + j] : 0.0f;
          }
        };
        // What a block of steps leaves: sums of dB and dC (step, COLUMNS), and ddelta (quad, step).
        auto sums_of = [&](int block) { return block < blocks - 1 ? kept + block * Layout::SLOT : last_record; };
        auto d_delta_of = [&](int block) {
          float* of_last = N == 8 ? last_record + Layout::SUM_FLOATS : kept + max(blocks - 2, 0) * Layout::SLOT + Layout::RECORD;
          return block < blocks - 1 ? kept + block * Layout::SLOT + Layout::SUM_FLOATS : of_last;
        };

        load_first_state(tile_states.h);
        fetch_u(0);
        if (!making) {
          fetch_upstream(blocks - 1);
        }
        const int walked = making ? blocks : blocks - 1;
        float* to_kept = kept + lane * 4;
        for (int block = 0; block < walked; block++) {
          TileItems<N>::store_steps(
              items + item_step * Layout::PER_STEP, lane % 8, biased_delta(block), next_u.floats(), true, has_items);
          fetch_u(block + 1);
          __syncwarp();
          tile_states.visit(items, tile + block * tile_floats + tile_states.part * 4);
          if (!making) {
            store_states(to_kept, tile_states.h[0]);
            store_states(to_kept + 128, tile_states.h[1]);
            to_kept += Layout::SLOT;
          }
          __syncwarp();
        }
        if (making) {
          const int to = first_saved + segment * channels * states + tile_states.part * 4;
#pragma unroll
          for (int j = 0; j < 4; j++) {
            if (has_sample && j < own_states) {
              saved[to + d_own * states + j] = tile_states.h[0][j];
              saved[to + d_other * states + j] = tile_states.h[1][j];
            }
          }
          continue;
        }

        for (int block = blocks - 1; block >= 0; block--) {
          const bool present = has_items && block * TILE_STEPS + item_step < steps;
          TileItems<N> lane_items;
          lane_items.store(
              items + item_step * Layout::PER_STEP, lane % 8, biased_delta(block), next_u.floats(), next_dy.floats(), next_z.floats(), true, true,
              present, d_skip);
          auto load_before = [&](float (&to)[2][4]) {
            if (block > 0) {
              const float* from = kept + lane * 4 + (block - 1) * Layout::SLOT;
              load_states(to[0], from);
              load_states(to[1], from + 128);
            } else {
              load_first_state(to);
            }
          };
          load_before(tile_states.h);
          __syncwarp();
          tile_states.reverse(
              items, tile + block * tile_floats + tile_states.part * 4, sums, parts, sums_of(block), load_before, [&] {
                if (block > 0) {
                  fetch_u(block - 1);
                  fetch_upstream(block - 1);
                }
              });
          __syncwarp();
          Items du_i;
          Items d_delta_i;
          Items dz_i;
          lane_items.finish(
              items + item_step * Layout::PER_STEP, sums + item_step * Layout::PER_STEP, lane % 8,
              FetchedFloats(constants + CHANNELS + first_item).floats(), du_i, d_delta_i, dz_i);
          float* d_delta = d_delta_of(block) + item_step;
#pragma unroll
          for (int i = 0; i < ITEMS; i++) {
            d_delta[4 * (8 * i + lane % 8)] = d_delta_i.value[i];
          }
          if (present) {
            const int row = segment_row + (block * TILE_STEPS + item_step) * direction;
            store_neighbours(du + (row * channels + item_channel), du_i);
            store_neighbours(dz + (row * ld_dz + item_channel), dz_i);
          }
          __syncwarp();
        }

        // dbias and dW of the segment.
        {
          const int quad = lane % CHANNELS;
          const int d = first_channel + Layout::channel(quad);
          const bool starts = is_first && segment == segments - 1;
          float* d_vector = partials + partial_row + channels * (states + 1);
#pragma unroll 1
          for (int r = lane / CHANNELS; r <= rank; r += 32 / CHANNELS) {
            float sum = 0.0f;
#pragma unroll 2
            for (int block = 0; block < blocks; block++) {
              const float4 d_delta = load4(d_delta_of(block) + 4 * quad);
              const float4 dt_r = r < rank ? load4(tile + block * tile_floats + TILE_STEPS * (COLUMNS + r)) : make_float4(1.0f, 1.0f, 1.0f, 1.0f);
              sum += d_delta.x * dt_r.x + d_delta.y * dt_r.y + d_delta.z * dt_r.z + d_delta.w * dt_r.w;
            }
            if (d < channels) {
              add_unless(starts, d_vector + (r < rank ? channels + d * rank + r : d), sum);
            }
          }
        }
        // ddt over the channels of the warp: a lane has a quarter of them for the four steps of a block, then a step for all.
#pragma unroll 1
        for (int first = 0; first < blocks; first += 8) {
          constexpr int QUARTER = CHANNELS / 4;
          const int block = first + lane % 8;
          const float* d_delta = d_delta_of(min(block, blocks - 1));
#pragma unroll 1
          for (int r = 0; r < rank; r++) {
            float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
#pragma unroll
            for (int i = 0; i < QUARTER; i++) {
              const int quad = (block + item_step * QUARTER + i) % CHANNELS;
              const float4 four = load4(d_delta + 4 * quad);
              const float w = weight(r, Layout::channel(quad));
              sum.x += four.x * w;
              sum.y += four.y * w;
              sum.z += four.z * w;
              sum.w += four.w * w;
            }
            const bool later = lane >= 16;
            float even = (later ? sum.z : sum.x) + __shfl_xor_sync(0xffffffffu, later ? sum.x : sum.z, 16);
            float odd = (later ? sum.w : sum.y) + __shfl_xor_sync(0xffffffffu, later ? sum.y : sum.w, 16);
            const bool is_odd = item_step % 2 != 0;
            const float of_step = (is_odd ? odd : even) + __shfl_xor_sync(0xffffffffu, is_odd ? even : odd, 8);
            if (block < blocks) {
              parts[(block * rank + r) * TILE_STEPS + item_step] = of_step;
            }
          }
        }
        __syncthreads();
        // Over the warps of the sample.
        if (has_sample) {
          const int to_first = -slot_warp * warp_floats;  // from this warp's memory to that of the sample's first
#pragma unroll 1
          for (int r = 0; r < rank; r++) {
#pragma unroll 1
            for (int step = slot_thread; step < steps; step += slot_threads) {
              float sum = 0.0f;
#pragma unroll 1
              for (int w = 0; w < warps; w++) {
                sum += parts[to_first + w * warp_floats + (step / TILE_STEPS * rank + r) * TILE_STEPS + step % TILE_STEPS];
              }
              add_unless(chunk == 0, d_projected + ((segment_row + step * direction) * columns + r), sum);
            }
          }
          const int n = slot_thread & (N - 1);
          const int column = rank + n + ((slot_thread & N) == 0 ? 0 : states);
#pragma unroll 2
          for (int i = slot_thread; i < blocks * Layout::SUM_FLOATS; i += slot_threads) {
            const int step = i / COLUMNS;
            if (step < steps && n < states) {
              const float* from = sums_of(i / Layout::SUM_FLOATS) + to_first + i % Layout::SUM_FLOATS;
              float sum = 0.0f;
#pragma unroll 1
              for (int w = 0; w < warps; w++) {
                sum += from[w * warp_floats];
              }
              add_unless(chunk == 0, d_projected + ((segment_row + step * direction) * columns + column), sum);
            }
          }
        }
      }

      // The sums of this slot over its samples: dA (D, N), dskip (D), dbias (D); then dW (D, R).
      if (chunks > 1 || first_sample + static_cast<int>(gridDim.x) * slots >= batch) {
        const bool starts = is_first || chunks == 1;
#pragma unroll
        for (int j = 0; j < 4; j++) {
          if (j < own_states) {
            add_unless(starts, partials + partial_row + d_own * states + tile_states.part * 4 + j, tile_states.d_a[0][j]);
            add_unless(starts, partials + partial_row + d_other * states + tile_states.part * 4 + j, tile_states.d_a[1][j]);
          }
        }
#pragma unroll
        for (int i = 0; i < ITEMS; i++) {
          float skip_sum = d_skip.value[i];
#pragma unroll
          for (int distance = 16; distance >= 8; distance /= 2) {
            skip_sum += __shfl_xor_sync(0xffffffffu, skip_sum, distance);
          }
          if (lane < 8 && has_channels) {
            add_unless(starts, partials + partial_row + channels * states + item_channel + i, skip_sum);
          }
        }
      }
    }
  }
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define MIXING_BLOCKS 3
#else
#define MIXING_BLOCKS 2
#endif
#define MIXING_BACKWARD(NAME, N, DTYPE, ELEMENT)                                                                                               \
  extern "C" __global__ void __launch_bounds__(MIXING_WARPS * 32, MIXING_BLOCKS) mixing_bwd_##NAME##_##DTYPE(                                  \
      ELEMENT* du, float* d_projected, ELEMENT* dz, float* partials, float* saved, const ELEMENT* u, const float* projected,                   \
      const float* dt_weight, const float* dt_bias, const float* a_log, const float* skip, const ELEMENT* z, const ELEMENT* dy, int batch,     \
      int length, int channels, int states, int rank, int warps, int chunks, int direction, int recompute, int ld_z, int ld_dz) {              \
    mixing_gradient<N>(                                                                                                                        \
        du, d_projected, dz, partials, saved, u, projected, dt_weight, dt_bias, a_log, skip, z, dy, batch, length, channels, states, rank,     \
        warps, chunks, direction, recompute, ld_z, ld_dz);                                                                                     \
  }
MIXING_BACKWARD(n8, 8, f32, float)
MIXING_BACKWARD(n16, 16, f32, float)
MIXING_BACKWARD(n8, 8, bf16, bfloat16)
MIXING_BACKWARD(n16, 16, bf16, bfloat16)
