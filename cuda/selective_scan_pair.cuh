// The forward pass of the selective scan, one thread for two neighbouring channels; cuda/selective_scan_pair.cu has the mathematics and the shapes.
#pragma once

#include "bfloat16.cuh"
#include "selective_scan.cuh"

constexpr int PAIR_BLOCK = 128;
constexpr int PAIR_STEPS = 2;  // steps whose inputs are in flight; SCAN_SEGMENT is a multiple

// Place of a thread. A slot of `threads` neighbouring threads belongs to one sample; blockIdx.y counts chunks of channels, blockIdx.z groups.
struct PairThread {
  int slot;
  int thread;    // within the slot
  int sample;
  int channel;   // the first of the two, 0 .. D - 2, if inside
  bool staging;  // whether the thread has a sample
  bool inside;   // whether it has channels too

  // width: channels of a group.
  __device__ PairThread(int batch, int width, int slots, int threads) {
    slot = threadIdx.x / threads;
    thread = threadIdx.x - slot * threads;
    sample = blockIdx.x * slots + slot;
    const int in_group = 2 * (blockIdx.y * threads + thread);
    const bool has_sample = slot < slots && sample < batch;
    const bool has_channels = has_sample && in_group < width;
    staging = has_sample;
    inside = has_channels;
    channel = blockIdx.z * width + in_group;
  }
};

// Floats from the tile of one slot to that of the next. The 4 more than the rows take put the rows of neighbouring samples, which the lanes of a
// warp read at once where D is small, into other banks.
template <int N>
__device__ inline int pair_tile(int length) {
  return min(SCAN_SEGMENT, length) * 2 * N + 4;
}

// z / (1 + e^-z), as silu, in 5 instructions instead of 8: below -87 it is 0, where silu is less than 1e-36.
__device__ inline float pair_gate(float z) { return z * reciprocal_approx(1.0f + exp_approx(-z)); }

// One element, or four at a multiple of 16 bytes.
__device__ inline float load_vector(const float* from, float) { return *from; }
__device__ inline float4 load_vector(const float* from, float4) { return load4(from); }

// Copies the rows of B and C of `steps` steps of one sample and group into its tile, rows of 2 N or more floats; states beyond the last are 0. AT_ONCE loads of
// each are in flight. Vector is float, or float4 where each row is aligned to it. first_b and first_c are where the row of the first step starts.
template <int N, int AT_ONCE, typename Vector>
__device__ inline void stage_pair(
    float* tile, int row_floats, const float* __restrict__ b, const float* __restrict__ c, int thread, int threads, int steps, int states,
    int first_b, int first_c, int step_b, int step_c) {
  constexpr int WIDTH = sizeof(Vector) / sizeof(float);
  constexpr int VECTORS = N / WIDTH;
  const int count = steps * VECTORS;
  for (int first = thread; first < count; first += AT_ONCE * threads) {
    Vector b_n[AT_ONCE];
    Vector c_n[AT_ONCE];
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
      const unsigned i = first + k * threads;
      const int step = i / VECTORS;
      const int n = i % VECTORS * WIDTH;
      b_n[k] = Vector();
      c_n[k] = Vector();
      if (i < count && n < states) {
        b_n[k] = load_vector(b + (first_b + step * step_b + n), Vector());
        c_n[k] = load_vector(c + (first_c + step * step_c + n), Vector());
      }
    }
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
      const unsigned i = first + k * threads;
      if (i < count) {
        float* to = tile + i / VECTORS * row_floats + i % VECTORS * WIDTH;
        *reinterpret_cast<Vector*>(to) = b_n[k];
        *reinterpret_cast<Vector*>(to + N) = c_n[k];
      }
    }
  }
}

// Values of the states of one channel, 0 beyond the last; by 8 bytes where their number is even. Wider accesses would bind four registers
// together, and with N = 16 the kernel spills.
template <int N>
__device__ inline void load_states(float (&value)[N], const float* from, int states) {
  if (states % 2 == 0) {
#pragma unroll
    for (int n = 0; n < N; n += 2) {
      const float2 two = n < states ? load_pair(from + n) : make_float2(0.0f, 0.0f);
      value[n] = two.x;
      value[n + 1] = two.y;
    }
  } else {
#pragma unroll
    for (int n = 0; n < N; n++) {
      value[n] = n < states ? from[n] : 0.0f;
    }
  }
}

// The inverse of load_states.
template <int N>
__device__ inline void store_states(float* to, const float (&value)[N], int states) {
  if (states % 2 == 0) {
#pragma unroll
    for (int n = 0; n < N; n += 2) {
      if (n < states) {
        store_pair(to + n, make_float2(value[n], value[n + 1]));
      }
    }
  } else {
#pragma unroll
    for (int n = 0; n < N; n++) {
      if (n < states) {
        to[n] = value[n];
      }
    }
  }
}

// Delta as it lies in memory.
struct PairDeltas {
  using Ahead = float2;  // what a thread loads for one step
  const float* __restrict__ delta;
  unsigned to_delta;
  unsigned step_delta;

  __device__ void load(Ahead& to) {
    to = load_pair(delta + to_delta);
    to_delta += step_delta;
  }

  // With its bias; `row` is that of the step in the tile.
  __device__ float2 biased(const Ahead& ahead, const float*, float2 bias) const { return make_float2(ahead.x + bias.x, ahead.y + bias.y); }
};

// What a thread loads for one step.
template <class Deltas, typename Element>
struct PairInputs {
  using Pair = decltype(load_pair(static_cast<const Element*>(nullptr)));
  Pair u;
  typename Deltas::Ahead delta;
  Pair z;
};

// The two channels of a thread: their weights, their states, and the way along their rows. Offsets are unsigned, of 32 bits: one multiply-add
// makes an address, and a step down is an addition that wraps around. Deltas: where delta comes from.
template <int N, bool MAMBA, class Deltas, typename Element>
struct ChannelPair {
  using Inputs = PairInputs<Deltas, Element>;
  Element* __restrict__ y;
  const Element* __restrict__ u;
  const Element* __restrict__ z;
  Deltas deltas;
  unsigned to_y, to_u, to_z;
  unsigned step_y, step_u, step_z;
  int delta_activation;
  float2 skip, bias;
  float a0[N], a1[N];  // A log2(e)
  float h0[N], h1[N];

  // MAMBA: there are z and softplus, and no instruction asks for them.
  __device__ bool gated() const { return MAMBA || z != nullptr; }
  __device__ float activated(float raw) const { return MAMBA || delta_activation != 0 ? softplus_polynomial(raw) : raw; }

  __device__ void load_u_delta(Inputs& to) {
    to.u = load_pair(u + to_u);
    to_u += step_u;
    deltas.load(to.delta);
  }

  __device__ void load_z(Inputs& to) {
    if (gated()) {
      to.z = load_pair(z + to_z);
      to_z += step_z;
    }
  }

  // Takes the step whose inputs are `in`. REFILL: loads those of the step PAIR_STEPS later in their place, each as soon as it was used. `row` is that
  // of B and C in the tile.
  template <bool REFILL>
  __device__ void visit(Inputs& in, const float* row) {
    const float2 delta = deltas.biased(in.delta, row, bias);
    const float dt0 = activated(delta.x);
    const float dt1 = activated(delta.y);
    const float2 u_t = to_floats(in.u);
    const float dt_u0 = dt0 * u_t.x;
    const float dt_u1 = dt1 * u_t.y;
    float s0 = skip.x * u_t.x;
    float s1 = skip.y * u_t.y;
    if (REFILL) load_u_delta(in);
#pragma unroll
    for (int n = 0; n < N; n += 4) {
      const StateVector b_t(row + n);
      const StateVector c_t(row + N + n);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        h0[n + j] = exp2_approx(dt0 * a0[n + j]) * h0[n + j] + dt_u0 * b_t.value[j];
        s0 += c_t.value[j] * h0[n + j];
        h1[n + j] = exp2_approx(dt1 * a1[n + j]) * h1[n + j] + dt_u1 * b_t.value[j];
        s1 += c_t.value[j] * h1[n + j];
      }
    }
    if (gated()) {
      const float2 z_t = to_floats(in.z);
      s0 *= pair_gate(z_t.x);
      s1 *= pair_gate(z_t.y);
      // Behind the last use, so that the load needs no register of its own and no move that waits for it.
      if (REFILL) load_z(in);
    }
    store_pair(y + to_y, make_float2(s0, s1));
    to_y += step_y;
  }

  // Loads the inputs of the first steps.
  __device__ void start(Inputs (&ahead)[PAIR_STEPS], int length) {
#pragma unroll
    for (int i = 0; i < PAIR_STEPS; i++) {
      if (i < length) {
        load_u_delta(ahead[i]);
        load_z(ahead[i]);
      }
    }
  }

  // Takes the steps whose rows are in the tile, `row_floats` from one to the next; `left` are not yet taken, and the inputs of the next two are in `ahead`.
  __device__ void visit_rows(Inputs (&ahead)[PAIR_STEPS], const float* row, int row_floats, int steps, int left) {
    // Whole groups of steps after which PAIR_STEPS more exist to be loaded; then the steps that the tile has left, one at a time.
    int step = 0;
    for (const int end = min(steps, left - PAIR_STEPS) / PAIR_STEPS * PAIR_STEPS; step < end; step += PAIR_STEPS) {
#pragma unroll
      for (int i = 0; i < PAIR_STEPS; i++) {
        visit<true>(ahead[i], row);
        row += row_floats;
      }
    }
#pragma unroll 1
    for (; step < steps; step++) {
      visit<false>(ahead[0], row);
      row += row_floats;
      ahead[0] = ahead[1];
      if (step + PAIR_STEPS < left) {
        load_u_delta(ahead[1]);
        load_z(ahead[1]);
      }
    }
  }

  __device__ void store_both(float* to, int d, int states) const {
    store_states<N>(to + d * states, h0, states);
    store_states<N>(to + (d + 1) * states, h1, states);
  }
};

// MAMBA: z is not null and delta_activation not 0. tiles: pair_tile<N>(length) floats for each slot.
template <int N, bool MAMBA, typename Element>
__device__ inline void scan_pair(
    Element* __restrict__ y, float* __restrict__ last_state, float* __restrict__ saved, const Element* __restrict__ u,
    const float* __restrict__ delta, const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ c,
    const float* __restrict__ skip, const Element* __restrict__ z, const float* __restrict__ bias, float* tiles, int batch, int length,
    int channels, int states, int width, int slots, int threads, int direction, int delta_activation, int aligned, int step_y, int step_u,
    int step_delta, int step_b, int step_c, int step_z) {
  const PairThread at(batch, width, slots, threads);
  float* tile = tiles + at.slot * pair_tile<N>(length);
  const int first_row = at.staging ? at.sample * length + (direction > 0 ? 0 : length - 1) : 0;
  const int d = at.channel;

  ChannelPair<N, MAMBA, PairDeltas, Element> pair;
  PairInputs<PairDeltas, Element> ahead[PAIR_STEPS];
  if (at.inside) {
    pair.y = y;
    pair.u = u;
    pair.deltas.delta = delta;
    pair.z = z;
    pair.to_y = first_row * (step_y * direction) + d;
    pair.to_u = first_row * (step_u * direction) + d;
    pair.deltas.to_delta = first_row * (step_delta * direction) + d;
    pair.to_z = first_row * (step_z * direction) + d;
    pair.step_y = step_y;
    pair.step_u = step_u;
    pair.deltas.step_delta = step_delta;
    pair.step_z = step_z;
    pair.delta_activation = delta_activation;
    pair.skip = skip != nullptr ? load_pair(skip + d) : make_float2(0.0f, 0.0f);
    pair.bias = bias != nullptr ? load_pair(bias + d) : make_float2(0.0f, 0.0f);
    pair.start(ahead, length);
    load_states<N>(pair.a0, a + d * states, states);
    load_states<N>(pair.a1, a + (d + 1) * states, states);
#pragma unroll
    for (int n = 0; n < N; n++) {
      pair.a0[n] *= LOG2_E;
      pair.a1[n] *= LOG2_E;
      pair.h0[n] = 0.0f;
      pair.h1[n] = 0.0f;
    }
  }
  for (int first_step = 0; first_step < length; first_step += SCAN_SEGMENT) {
    const int left = length - first_step;
    const int steps = min(SCAN_SEGMENT, left);
    __syncthreads();
    if (at.staging) {
      const int row = first_row + first_step * direction;
      const int column = static_cast<int>(blockIdx.z) * states;
      const int first_b = row * (step_b * direction) + column;
      const int first_c = row * (step_c * direction) + column;
      if (aligned != 0) {
        stage_pair<N, 2, float4>(tile, 2 * N, b, c, at.thread, threads, steps, states, first_b, first_c, step_b, step_c);
      } else {
        stage_pair<N, 4, float>(tile, 2 * N, b, c, at.thread, threads, steps, states, first_b, first_c, step_b, step_c);
      }
    }
    __syncthreads();
    if (at.inside) {
      pair.visit_rows(ahead, tile, 2 * N, steps, left);
      if (saved != nullptr && first_step + SCAN_SEGMENT < length) {
        const int segment = first_step / SCAN_SEGMENT;
        float* to = saved + (static_cast<size_t>(at.sample) * ((length - 1) / SCAN_SEGMENT) + segment) * channels * states;
        pair.store_both(to, d, states);
      }
    }
  }
  if (at.inside && last_state != nullptr) {
    float* to = last_state + static_cast<size_t>(at.sample) * channels * states;
    pair.store_both(to, d, states);
  }
}
