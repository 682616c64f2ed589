// The two ways of a warp over a block of steps, by tiles of states and by items; selective_scan_gradient.cu has the mathematics.
#pragma once

#include "selective_scan_tile.cuh"

// A lane's states: of its own channel and of the other one of its pair, four each.
template <int N>
struct TileStates {
  using Layout = TileLayout<N>;
  static constexpr int PER_STEP = Layout::PER_STEP;
  static constexpr int COLUMNS = Layout::COLUMNS;
  float scaled_a[2][4];  // A log2(e)
  float d_a[2][4];
  float h[2][4];
  float carried[2][4];  // exp(dt_(t+1) A) dh_(t+1)
  int lane;
  int part;         // which four states
  int pair;         // which two channels of the warp
  int own;          // of these, the one whose sums over states this lane finishes
  int own_place;    // of the channels' floats among those of a step
  int other_place;

  __device__ explicit TileStates(int of_lane) {
    lane = of_lane;
    part = lane % Layout::LANES;
    pair = lane / Layout::LANES;
    own = 2 * pair + part % 2;
    own_place = Layout::place(own);
    other_place = Layout::place(own ^ 1);
  }

  // Carries h over a block of steps. items: dt and dt u of each; b_t: B of the first step from the lane's states on.
  __device__ void visit(const float* items, const float* b_t) {
#pragma unroll
    for (int k = 0; k < TILE_STEPS; k++) {
      const float2 own_item = load_pair(items + k * PER_STEP + own_place);
      const float2 other_item = load_pair(items + k * PER_STEP + other_place);
      float b_k[4];
      load_states(b_k, b_t + k * COLUMNS);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        h[0][j] = exp2_approx(own_item.x * scaled_a[0][j]) * h[0][j] + own_item.y * b_k[j];
        h[1][j] = exp2_approx(other_item.x * scaled_a[1][j]) * h[1][j] + other_item.y * b_k[j];
      }
    }
  }

  // Makes the states of a block of steps again, from h, the state before it, and walks back over it. items: dt, dt u, ds and u; sums: y before the gate,
  // and the sums for du and dDelta, over states, with a barrier behind them; column_sums (step, COLUMNS): dB and dC over the channels of the warp.
  // before(state) gives the state before the block once more. ahead() loads what the next block needs: only then are there registers for it.
  template <class Before, class Ahead>
  __device__ void reverse(const float* items, const float* b_t, float* sums, float* parts, float* column_sums, Before before_block, Ahead ahead) {
    float decay[TILE_STEPS][2][4];
    float after[TILE_STEPS - 1][2][4];
#pragma unroll
    for (int k = 0; k < TILE_STEPS; k++) {
      const float2 own_item = load_pair(items + k * PER_STEP + own_place);
      const float2 other_item = load_pair(items + k * PER_STEP + other_place);
      float b_k[4];
      load_states(b_k, b_t + k * COLUMNS);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        decay[k][0][j] = exp2_approx(own_item.x * scaled_a[0][j]);
        decay[k][1][j] = exp2_approx(other_item.x * scaled_a[1][j]);
        h[0][j] = decay[k][0][j] * h[0][j] + own_item.y * b_k[j];
        h[1][j] = decay[k][1][j] * h[1][j] + other_item.y * b_k[j];
        if (k < TILE_STEPS - 1) {
          after[k][0][j] = h[0][j];
          after[k][1][j] = h[1][j];
        }
      }
    }
#pragma unroll
    for (int k = TILE_STEPS - 1; k >= 0; k--) {
      const float4 own_item = load4(items + k * PER_STEP + own_place);
      const float4 other_item = load4(items + k * PER_STEP + other_place);
      float b_k[4];
      float c_k[4];
      load_states(b_k, b_t + k * COLUMNS);
      load_states(c_k, b_t + k * COLUMNS + N);
      float before[2][4];
      if (k == 0) {
        before_block(before);
      }
      float b_part[4];
      float c_part[4];
      float output[2] = {};
      float s_sum[2] = {};
      float q_sum[2] = {};
#pragma unroll
      for (int j = 0; j < 4; j++) {
        if (k > 0) {
          before[0][j] = after[k - 1][0][j];
          before[1][j] = after[k - 1][1][j];
        }
        const float dh_own = c_k[j] * own_item.z + carried[0][j];
        const float dh_other = c_k[j] * other_item.z + carried[1][j];
        b_part[j] = dh_own * own_item.y + dh_other * other_item.y;
        c_part[j] = own_item.z * h[0][j] + other_item.z * h[1][j];
        output[0] += c_k[j] * h[0][j];
        output[1] += c_k[j] * h[1][j];
        s_sum[0] += dh_own * b_k[j];
        s_sum[1] += dh_other * b_k[j];
        carried[0][j] = decay[k][0][j] * dh_own;
        carried[1][j] = decay[k][1][j] * dh_other;
        const float q_own = carried[0][j] * before[0][j];
        const float q_other = carried[1][j] * before[1][j];
        q_sum[0] += scaled_a[0][j] * q_own;
        q_sum[1] += scaled_a[1][j] * q_other;
        d_a[0][j] += own_item.x * q_own;
        d_a[1][j] += other_item.x * q_other;
        h[0][j] = before[0][j];
        h[1][j] = before[1][j];
      }
      // Over the states: the neighbouring lane's own channel is this one's other.
      float4 over_states = make_float4(
          output[0] + __shfl_xor_sync(0xffffffffu, output[1], 1), s_sum[0] + __shfl_xor_sync(0xffffffffu, s_sum[1], 1),
          q_sum[0] + __shfl_xor_sync(0xffffffffu, q_sum[1], 1), 0.0f);
      if constexpr (Layout::LANES == 4) {
        over_states.x += __shfl_xor_sync(0xffffffffu, over_states.x, 2);
        over_states.y += __shfl_xor_sync(0xffffffffu, over_states.y, 2);
        over_states.z += __shfl_xor_sync(0xffffffffu, over_states.z, 2);
      }
      if (part < 2) {
        store4(sums + k * PER_STEP + own_place, over_states);
      }
      const int quad = k % 2 * (COLUMNS / 4) + part;
      store_states(parts + Layout::part_place(pair, quad), b_part);
      store_states(parts + Layout::part_place(pair, quad + N / 4), c_part);
      if (k % 2 == 0) {
        // Over the groups of lanes: two columns a lane, or half of the rows of two columns.
        __syncwarp();
        constexpr int ROWS = 8;
        const int column = N == 8 ? lane % 16 * 2 : lane * 2;
        const int first = N == 8 ? lane / 16 * ROWS : 0;
        float2 sum = make_float2(0.0f, 0.0f);
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
          const float2 two = load_pair(parts + Layout::part_place(first + r, column / 4) + column % 4);
          sum.x += two.x;
          sum.y += two.y;
        }
        float* to = column_sums + k * COLUMNS + column;
        if constexpr (N == 8) {
          const bool upper = lane >= 16;
          const float given = upper ? sum.x : sum.y;
          to[upper ? 1 : 0] = (upper ? sum.y : sum.x) + __shfl_xor_sync(0xffffffffu, given, 16);
        } else {
          store_pair(to, sum);
        }
        if (k > 0) {
          __syncwarp();
          ahead();
        }
      }
    }
  }
};

// A lane's items of a block of steps: what belongs to its step and to its channels alone. `at` is where those of its step lie in shared memory, `neighbour`
// which of the eight lanes with items of that step it is.
template <int N>
struct TileItems {
  using Layout = TileLayout<N>;
  static constexpr int ITEMS = Layout::ITEMS;
  using Items = Neighbours<ITEMS>;

  // dt and dt u, for TileStates::visit. delta: with its bias.
  __device__ static void store_steps(float* at, int neighbour, const Items& delta, const Items& u, bool softplus, bool exists) {
    Items dt = delta;
    if (softplus) {
#pragma unroll
      for (int i = 0; i < ITEMS; i++) {
        dt.value[i] = softplus_polynomial(dt.value[i]);
      }
    }
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
      const float dt_i = exists ? dt.value[i] : 0.0f;
      const float u_i = exists ? u.value[i] : 0.0f;
      store_pair(at + Layout::item_place(neighbour, i), make_float2(dt_i, dt_i * u_i));
    }
  }

  Items slope;  // d dt / d delta
  Items pull;   // dz / s

  // dt, dt u, ds and u, for TileStates::reverse; adds ds u to d_skip. gated: there is a z.
  __device__ void store(
      float* at, int neighbour, const Items& delta, const Items& u, const Items& dy, const Items& z, bool softplus, bool gated, bool present,
      Items& d_skip) {
    Items dt = delta;
    Items ds = dy;
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
      slope.value[i] = 1.0f;
      pull.value[i] = 0.0f;
    }
    if (softplus) {
#pragma unroll
      for (int i = 0; i < ITEMS; i++) {
        dt.value[i] = softplus_and_slope(dt.value[i], slope.value[i]);
      }
    }
    if (gated) {
#pragma unroll
      for (int i = 0; i < ITEMS; i++) {
        const float value = silu_and_slope(z.value[i], pull.value[i]);
        pull.value[i] *= ds.value[i];
        ds.value[i] *= value;
      }
    }
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
      const float dt_i = present ? dt.value[i] : 0.0f;
      const float u_i = present ? u.value[i] : 0.0f;
      const float ds_i = present ? ds.value[i] : 0.0f;
      slope.value[i] = present ? slope.value[i] : 0.0f;
      d_skip.value[i] += ds_i * u_i;
      store4(at + Layout::item_place(neighbour, i), make_float4(dt_i, dt_i * u_i, ds_i, u_i));
    }
  }

  // From the items and the sums over states that TileStates::reverse left at the same place of `sums`.
  __device__ void finish(const float* at, const float* sums, int neighbour, const Items& skip, Items& du, Items& d_delta, Items& dz) const {
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
      const float4 item = load4(at + Layout::item_place(neighbour, i));
      const float4 over_states = load4(sums + Layout::item_place(neighbour, i));
      du.value[i] = item.x * over_states.y + skip.value[i] * item.z;
      // A was scaled by log2(e).
      d_delta.value[i] = (item.w * over_states.y + 0.69314718f * over_states.z) * slope.value[i];
      dz.value[i] = pull.value[i] * (over_states.x + skip.value[i] * item.w);
    }
  }
};
