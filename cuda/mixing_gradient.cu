// Gradient of the selective scan with its step sizes and its decay, for up to 16 states and rank 8, by the tiles of selective_scan_tile.cu; mixing.cu has
// the forward pass, selective_scan_gradient.cu the mathematics of the scan. Besides, with W (D, R) that makes delta of dt:
//
//   delta[d] = bias[d] + sum over r of W[d, r] dt[r]    ddt[r] = sum over d of ddelta[d] W[d, r]    dW[d, r] = sum over samples and steps of ddelta[d] dt[r]
//   A = -exp(A_log): the sums of dA leave as they are, for who adds the partial rows and multiplies them by A
//
// Steps go in segments and blocks of four, as there. When a block of steps has been walked back, the state kept before the next one is not needed any
// more: in its place lies from then on the record of the block, its sums of dB and dC over the channels of the warp, and ddelta. When the segment has been
// walked back, the records give dW and dbias, then ddt, dB and dC, over the warps in order, so that warps meet at segments alone. A block of threads takes
// several samples side by side where a sample needs few warps, and the channels of a sample in chunks, one after the other, where it has many: a later
// chunk adds to what the same thread wrote.
//
// from compute_80 on
#include "mixing_gradient.cuh"

template <int N, typename Element>
__device__ inline void mixing_gradient(
    Element* __restrict__ du, float* __restrict__ d_projected, Element* __restrict__ dz, float* __restrict__ partials, float* __restrict__ saved,
    const Element* __restrict__ u, const float* __restrict__ projected, const float* __restrict__ dt_weight, const float* __restrict__ dt_bias,
    const float* __restrict__ a_log, const float* __restrict__ skip, const Element* __restrict__ z, const Element* __restrict__ dy, int batch,
    int length, int channels, int states, int rank, int warps, int chunks, int direction, int recompute, int ld_z, int ld_dz) {
  using Memory = MixingMemory<N>;
  using Layout = TileLayout<N>;
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
  const Memory memory(shared, slots, slot, threadIdx.x / 32, ceil_div(min(length, SCAN_SEGMENT), TILE_STEPS), rank);
  float* items = memory.items();
  float* sums = memory.sums();
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
        for (int c = lane; c < CHANNELS; c += 32) {
          const bool exists = first_channel + c < channels;
          memory.bias()[c] = exists ? dt_bias[first_channel + c] : 0.0f;
          memory.skip()[c] = exists ? skip[first_channel + c] : 0.0f;
#pragma unroll 1
          for (int r = 0; Memory::KEEPS_WEIGHTS && r < rank; r++) {
            memory.weights()[r * CHANNELS + c] = exists ? dt_weight[(first_channel + c) * rank + r] : 0.0f;
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
          float* to = memory.tile_of(step / TILE_STEPS) + step % TILE_STEPS * COLUMNS + n;
          to[0] = exists ? projected[from] : 0.0f;
          to[N] = exists ? projected[from + states] : 0.0f;
        }
#pragma unroll 1
        for (int r = 0; r < rank; r++) {
#pragma unroll 1
          for (int step = slot_thread; step < blocks * TILE_STEPS; step += slot_threads) {
            memory.dt_of(step / TILE_STEPS, r)[step % TILE_STEPS] =
                step < steps ? projected[(segment_row + step * direction) * columns + r] : 0.0f;
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
          Items delta = FetchedFloats(memory.bias() + first_item).floats();
          const float* dt_t = memory.dt_of(block, 0) + item_step;
          if constexpr (Memory::KEEPS_WEIGHTS) {
            const float* weight_r = memory.weights() + first_item;
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
        load_first_state(tile_states.h);
        fetch_u(0);
        if (!making) {
          fetch_upstream(blocks - 1);
        }
        const int walked = making ? blocks : blocks - 1;
        float* to_kept = memory.kept() + lane * 4;
        for (int block = 0; block < walked; block++) {
          TileItems<N>::store_steps(
              items + item_step * Layout::PER_STEP, lane % 8, biased_delta(block), next_u.floats(), true, has_items);
          fetch_u(block + 1);
          __syncwarp();
          tile_states.visit(items, memory.tile_of(block) + tile_states.part * 4);
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
              const float* from = memory.kept() + lane * 4 + (block - 1) * Layout::SLOT;
              load_states(to[0], from);
              load_states(to[1], from + 128);
            } else {
              load_first_state(to);
            }
          };
          load_before(tile_states.h);
          __syncwarp();
          tile_states.reverse(
              items, memory.tile_of(block) + tile_states.part * 4, sums, memory.parts, memory.sums_of(block, blocks), load_before, [&] {
                if (block > 0) {
                  fetch_u(block - 1);
                  fetch_upstream(block - 1);
                }
              });
          Items du_i;
          Items d_delta_i;
          Items dz_i;
          lane_items.finish(
              items + item_step * Layout::PER_STEP, sums + item_step * Layout::PER_STEP, lane % 8,
              FetchedFloats(memory.skip() + first_item).floats(), du_i, d_delta_i, dz_i);
          float* d_delta = memory.d_delta_of(block, blocks) + item_step;
#pragma unroll
          for (int i = 0; i < ITEMS; i++) {
            d_delta[Memory::place(block, lane % 8, i)] = d_delta_i.value[i];
          }
          if (present) {
            const int row = segment_row + (block * TILE_STEPS + item_step) * direction;
            store_neighbours(du + (row * channels + item_channel), du_i);
            store_neighbours(dz + (row * ld_dz + item_channel), dz_i);
          }
        }
        __syncwarp();

        const int left_channels = channels - first_channel;
        float* d_bias = partials + partial_row + channels * (states + 1) + first_channel;
        add_weight_gradients(
            memory, lane, blocks, left_channels, rank, is_first && segment == segments - 1, d_bias,
            d_bias + channels + first_channel * (rank - 1));
        sum_step_gradients(memory, lane, steps, blocks, left_channels, rank, dt_weight + first_channel * rank);
        __syncthreads();
        if (has_sample) {
          Memory first = memory;
          first.parts -= slot_warp * first.warp_floats;
          write_step_gradients(
              first, slot_thread, slot_threads, warps, steps, blocks, states, rank, chunk == 0, d_projected + segment_row * columns,
              direction * columns);
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

// mixing_bwd_n{8,16}_{f32,bf16}
// shapes       u, z, dy, du, dz (B, L, D) of type Element, E bytes each  projected, d_projected (B, L, R + 2 N): dt, B, C  dt_weight W (D, R)
//              dt_bias, skip (D)  a_log (D, N)  saved (B, S, D, N) with S = ceil(L / 52) - 1: the states after 52, 104, ... visited steps, read, or written
//              and read if recompute is 1; may be null if S = 0  partials (rows, D (N + 2 + R)): dA (D, N), dskip (D), dbias (D), dW (D, R), for
//              reduce_columns_add_f32, which takes dA times A
// launch       grid x, chosen by the caller, block 128: 4 / warps samples side by side, of 1, 2 or 4 warps; a warp has 256 / n channels; chunks =
//              ceil(D / (warps 256 / n)); rows = x 4 / warps; N <= n, R <= 8; D, the row strides of z and dz and the first elements of activations are
//              multiples of 4 (n8) or 2 (n16), dt_weight is aligned to 16 bytes; every offset in elements fits an int; shared memory:
//              MixingBackwardShape.sharedBytes
// writes       du =, d_projected =, dz =, partials =, saved = (if recompute)
// determinism  sums in an order that depends on the extents, warps and x only
// bytes        5 E B L D + 4 ((2 + [chunks]) B L (R + 2 N) + (1 + rows) D (N + R + 2) + [again] rows D (R + 1) + (1 + [recompute]) S B D N)
//              u comes from memory a second time unless a cache keeps it. [chunks]: there are several, and d_projected is read again; [again]: a row has
//              several segments of one sample, which add to its dbias and dW; with several samples as well, several chunks read all of it
//
// Blocks that fit on a multiprocessor: the registers of 8.0 hold three only with spills, and its shared memory two.
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
