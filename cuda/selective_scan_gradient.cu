// Gradient of the selective scan (selective_scan.cu has the maths and the shapes). Nothing was saved by the forward pass: a first walk over the
// steps keeps the state before every 4th step, a second one goes back block by block, recomputing the 4 states between.
//
//   dh_t    = C_t ds_t + exp(dt_(t+1) A) dh_(t+1)             ds_t = dy_t silu(z_t)
//   dC_t    = sum over d of ds_t h_t          dB_t = sum over d of dt_t u_t dh_t        (over the channels of the group)
//   S_t     = sum over n of B_t dh_t          Q_t  = sum over n of A exp(dt_t A) h_(t-1) dh_t
//   du_t    = Dskip ds_t + dt_t S_t           dDelta_t = (u_t S_t + Q_t) softplus'(delta_t + bias)
//   dz_t    = dy_t s_t silu'(z_t)             dA = sum over b, t of dt_t exp(dt_t A) h_(t-1) dh_t
//   dDskip  = sum over b, t of ds_t u_t       dbias = sum over b, t of dDelta_t
//
// A thread owns up to 8 states of a channel (16 states are two neighbouring lanes), which with the 4 recomputed steps just fits into the
// registers. dB and dC are added over the channels of a warp by a reduce-scatter, over its warps in order through shared memory. dA, dDskip and dbias
// stay in registers over all samples of a slot; a second kernel adds the slots in order. No atomics anywhere. One long file: both walks share their tiles and sums.
#include "bfloat16.cuh"
#include "rows.cuh"
#include "selective_scan.cuh"

constexpr int RECOMPUTED = 4;  // steps between two kept states

// Blocks that should fit on a multiprocessor with 8 owned states: 3 leave 168 registers a thread, which the compiler for 8.0 turns into spills; its
// shared memory holds only 2 anyway at L = 64.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define WIDE_BLOCKS 3
#else
#define WIDE_BLOCKS 2
#endif

// Adds each of 2 V values over the lanes that differ in the bits LOW..16 of their number: V pairs, whose first exchange, at distance 16, `exchange_pair`
// made already. Afterwards value[0] of a lane is the sum of value number scattered_index<V>(lane), where the second ones of the pairs follow the V
// first ones. Half of the values change hands at each distance: 2 V - 1 shuffles do what 2 V butterflies of 5 would.
template <int V, int LOW>
__device__ inline void reduce_scatter(float (&value)[V], int lane) {
  int distance = 8;
#pragma unroll
  for (int half = V / 2; half >= 1; half /= 2, distance /= 2) {
    const bool upper = (lane & distance) != 0;
#pragma unroll
    for (int i = 0; i < half; i++) {
      const float given = upper ? value[i] : value[i + half];
      const float kept = upper ? value[i + half] : value[i];
      value[i] = kept + __shfl_xor_sync(0xffffffffu, given, distance);
    }
  }
#pragma unroll
  for (; distance >= LOW; distance /= 2) {
    value[0] += __shfl_xor_sync(0xffffffffu, value[0], distance);
  }
}

// Sum of `first` over this lane and the one at distance 16 in the lower lanes, of `second` in the upper.
__device__ inline float exchange_pair(float first, float second, int lane) {
  const bool upper = (lane & 16) != 0;
  return (upper ? second : first) + __shfl_xor_sync(0xffffffffu, upper ? first : second, 16);
}

template <int V>
__device__ inline int scattered_index(int lane) {
  int index = 0;
  int distance = 16;
#pragma unroll
  for (int half = V; half >= 1; half /= 2, distance /= 2) {
    index += (lane & distance) != 0 ? half : 0;
  }
  return index;
}

template <int N>
struct ScanGradientLayout {
  static constexpr int OWNED = N < 8 ? N : 8;   // states of one thread
  static constexpr int LANES = N / OWNED;       // threads of one channel
  // Floats of shared memory for one slot: tile of B and C; sums of each warp for two blocks of steps, used in turn.
  __device__ static constexpr int tile() { return SCAN_TILE * 2 * N; }
  __device__ static constexpr int sums(int warps) { return 2 * warps * RECOMPUTED * 2 * N; }
};

// The four steps that are recomputed together.
template <int OWNED>
struct ScanSteps {
  float decay[RECOMPUTED][OWNED];  // exp(dt A)
  float after[RECOMPUTED - 1][OWNED];  // h of all but the last
  float u[RECOMPUTED];
  float dt[RECOMPUTED];
  float slope[RECOMPUTED];          // d dt / d delta
};

template <int N, Passes PASSES, typename Element>
__device__ inline void scan_backward(
    Element* __restrict__ du, float* __restrict__ d_delta, float* __restrict__ d_b, float* __restrict__ d_c, Element* __restrict__ dz,
    float* __restrict__ partials, float* __restrict__ kept, const Element* __restrict__ u, const float* __restrict__ delta,
    const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ c, const float* __restrict__ skip,
    const Element* __restrict__ z, const float* __restrict__ bias, const Element* __restrict__ dy, int batch, int length, int channels, int states,
    int groups, int chunks, int warps_per_sample, int direction, int delta_activation, int ld_du, int ld_d_delta, int ld_d_b, int ld_d_c,
    int ld_dz, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z, int ld_dy) {
  using Layout = ScanGradientLayout<N>;
  constexpr int OWNED = Layout::OWNED;
  constexpr int LANES = Layout::LANES;
  constexpr int WIDTH = StateVector::WIDTH;
  DYN_SHARED(float, shared);
  const ScanThread<LANES> at(channels, groups, chunks, warps_per_sample);
  const int slots = SCAN_WARPS / warps_per_sample;
  const int lane = threadIdx.x % 32;
  const int d = at.channel;
  float* tile = shared + at.slot * (Layout::tile() + Layout::sums(warps_per_sample));
  float* sums = tile + Layout::tile();
  const int blocks = ceil_div(length, RECOMPUTED);
  // State before each block of steps: [block][state][thread], in shared memory if that is large enough.
  float* states_before = kept == nullptr
      ? shared + slots * (Layout::tile() + Layout::sums(warps_per_sample))
      : kept + (static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x) * blocks * OWNED * SCAN_BLOCK;
  states_before += threadIdx.x;
  const float skip_d = at.inside && skip != nullptr ? skip[d] : 0.0f;
  const float bias_d = at.inside && bias != nullptr ? bias[d] : 0.0f;
  const int first_owned = at.part * OWNED;

  for (int first_state = 0; first_state < states; first_state += N) {
    float a_d[OWNED];
    float d_a[OWNED];
    float d_skip = 0.0f;
    float d_bias = 0.0f;
#pragma unroll
    for (int n = 0; n < OWNED; n++) {
      const int state = first_state + first_owned + n;
      a_d[n] = at.inside && state < states ? a[static_cast<size_t>(d) * states + state] : 0.0f;
      d_a[n] = 0.0f;
    }
    // All slots of the block make the same number of rounds, because they meet at barriers.
    for (int first_sample = blockIdx.x * slots; first_sample < batch; first_sample += gridDim.x * slots) {
      const int sample = first_sample + at.slot;
      const bool exists = sample < batch;
      const size_t first_row = static_cast<size_t>(exists ? sample : 0) * length + (direction > 0 ? 0 : length - 1);
      float h[OWNED];
#pragma unroll
      for (int n = 0; n < OWNED; n++) {
        h[n] = 0.0f;
      }

      // First walk: the state before each block. Lanes without a channel take part with zeros.
      for (int first_step = 0; first_step < length; first_step += SCAN_TILE) {
        const int steps = min(SCAN_TILE, length - first_step);
        const size_t tile_row = first_row + static_cast<ptrdiff_t>(first_step) * direction;
        __syncthreads();
        if (exists) {
          const int padded = ceil_div(steps, RECOMPUTED) * RECOMPUTED;
          stage_states<N>(tile, b, c, at, tile_row, direction, steps, padded, first_state, states, ld_b, ld_c);
        }
        __syncthreads();
        if (exists) {
          for (int k = 0; k < steps; k++) {
            if (k % RECOMPUTED == 0) {
#pragma unroll
              for (int n = 0; n < OWNED; n++) {
                states_before[static_cast<size_t>((first_step + k) / RECOMPUTED * OWNED + n) * SCAN_BLOCK] = h[n];
              }
            }
            float dt = 0.0f;
            float dt_u = 0.0f;
            if (at.inside) {
              const size_t row = tile_row + static_cast<ptrdiff_t>(k) * direction;
              const float raw = delta[row * ld_delta + d] + bias_d;
              dt = delta_activation != 0 ? softplus(raw) : raw;
              dt_u = dt * load(u + row * ld_u + d);
            }
#pragma unroll
            for (int n = 0; n < OWNED; n += WIDTH) {
              const StateVector b_t(tile + k * 2 * N + first_owned + n);
#pragma unroll
              for (int j = 0; j < WIDTH; j++) {
                h[n + j] = exp2_approx(dt * (a_d[n + j] * LOG2_E)) * h[n + j] + dt_u * b_t.value[j];
              }
            }
          }
        }
      }

      // Second walk: block by block from the last. Steps past the end take part with zeros, as their lanes are needed by the sums over channels.
      float carried[OWNED];  // exp(dt_(t+1) A) dh_(t+1)
#pragma unroll
      for (int n = 0; n < OWNED; n++) {
        carried[n] = 0.0f;
      }
      for (int block = blocks - 1; block >= 0; block--) {
        const int first_step = block * RECOMPUTED;
        const int first_of_tile = first_step / SCAN_TILE * SCAN_TILE;
        if ((first_step + RECOMPUTED) % SCAN_TILE == 0 && first_step + RECOMPUTED < length) {
          // All have read the tile: they have passed the barrier of the block of steps before.
          if (exists) {
            const size_t tile_row = first_row + static_cast<ptrdiff_t>(first_of_tile) * direction;
            stage_states<N>(tile, b, c, at, tile_row, direction, SCAN_TILE, SCAN_TILE, first_state, states, ld_b, ld_c);
          }
          __syncthreads();
        }
        const float* tile_block = tile + (first_step - first_of_tile) * 2 * N + first_owned;
        float* block_sums = sums + block % 2 * (warps_per_sample * RECOMPUTED * 2 * N);
        if (exists) {
          ScanSteps<OWNED> kept_steps;
#pragma unroll
          for (int n = 0; n < OWNED; n++) {
            h[n] = states_before[static_cast<size_t>(block * OWNED + n) * SCAN_BLOCK];
          }
#pragma unroll
          for (int k = 0; k < RECOMPUTED; k++) {
            kept_steps.u[k] = 0.0f;
            kept_steps.dt[k] = 0.0f;
            kept_steps.slope[k] = 0.0f;
            if (at.inside && first_step + k < length) {
              const size_t row = first_row + static_cast<ptrdiff_t>(first_step + k) * direction;
              const float raw = delta[row * ld_delta + d] + bias_d;
              kept_steps.u[k] = load(u + row * ld_u + d);
              kept_steps.dt[k] = delta_activation != 0 ? softplus(raw) : raw;
              kept_steps.slope[k] = delta_activation != 0 ? sigmoid(raw) : 1.0f;
            }
            const float dt_u = kept_steps.dt[k] * kept_steps.u[k];
#pragma unroll
            for (int n = 0; n < OWNED; n += WIDTH) {
              const StateVector b_t(tile_block + k * 2 * N + n);
#pragma unroll
              for (int j = 0; j < WIDTH; j++) {
                const float decay = exp2_approx(kept_steps.dt[k] * (a_d[n + j] * LOG2_E));
                kept_steps.decay[k][n + j] = decay;
                h[n + j] = decay * h[n + j] + dt_u * b_t.value[j];
                if (k < RECOMPUTED - 1) {
                  kept_steps.after[k][n + j] = h[n + j];
                }
              }
            }
          }
#pragma unroll
          for (int k = RECOMPUTED - 1; k >= 0; k--) {
            const bool present = at.inside && first_step + k < length;
            const size_t row = first_row + static_cast<ptrdiff_t>(first_step + k) * direction;
            const float dy_t = present ? load(dy + row * ld_dy + d) : 0.0f;
            const float z_t = present && z != nullptr ? load(z + row * ld_z + d) : 0.0f;
            const float gate = sigmoid(z_t);
            const float ds = z != nullptr ? dy_t * z_t * gate : dy_t;
            const float dt_u = kept_steps.dt[k] * kept_steps.u[k];
            float pairs[OWNED];  // of dB and dC
            float output = 0.0f;
            float s_sum = 0.0f;
            float q_sum = 0.0f;
#pragma unroll
            for (int n = 0; n < OWNED; n += WIDTH) {
              const StateVector b_t(tile_block + k * 2 * N + n);
              const StateVector c_t(tile_block + k * 2 * N + N + n);
#pragma unroll
              for (int j = 0; j < WIDTH; j++) {
                const int i = n + j;
                const float dh = c_t.value[j] * ds + carried[i];
                pairs[i] = exchange_pair(dh * dt_u, ds * h[i], lane);
                output += c_t.value[j] * h[i];
                s_sum += dh * b_t.value[j];
                carried[i] = kept_steps.decay[k][i] * dh;
                // h_(t-1); that of the first step is read again, which saves registers.
                const float before = k > 0 ? kept_steps.after[k - 1][i] : states_before[static_cast<size_t>(block * OWNED + i) * SCAN_BLOCK];
                const float q = carried[i] * before;
                q_sum += a_d[i] * q;
                d_a[i] += kept_steps.dt[k] * q;
                h[i] = before;
              }
            }
            if constexpr (LANES == 2) {
              output += __shfl_xor_sync(0xffffffffu, output, 1);
              s_sum += __shfl_xor_sync(0xffffffffu, s_sum, 1);
              q_sum += __shfl_xor_sync(0xffffffffu, q_sum, 1);
            }
            if (present && at.part == 0) {
              const bool first_pass = PASSES == Passes::ONE || first_state == 0;
              float du_t = kept_steps.dt[k] * s_sum;
              float d_delta_t = (kept_steps.u[k] * s_sum + q_sum) * kept_steps.slope[k];
              d_bias += d_delta_t;
              if (first_pass) {
                output += skip_d * kept_steps.u[k];
                du_t += skip_d * ds;
                d_skip += ds * kept_steps.u[k];
              } else {
                du_t += load(du + row * ld_du + d);
                d_delta_t += d_delta[row * ld_d_delta + d];
              }
              store(du + row * ld_du + d, du_t);
              d_delta[row * ld_d_delta + d] = d_delta_t;
              if (z != nullptr) {
                // sigmoid(-z) is 1 - gate without the rounding error of gate, which z would multiply.
                const float dz_t = dy_t * output * gate * (1.0f + z_t * sigmoid(-z_t));
                store(dz + row * ld_dz + d, first_pass ? dz_t : load(dz + row * ld_dz + d) + dz_t);
              }
            }
            reduce_scatter<OWNED, LANES>(pairs, lane);
            // Lanes that hold the same sum write it once.
            constexpr int COPIES = 32 / (2 * OWNED * LANES);
            if (lane / LANES % COPIES == 0) {
              const int index = scattered_index<OWNED>(lane);
              const int column = index / OWNED * N + first_owned + index % OWNED;
              block_sums[(at.thread / 32 * RECOMPUTED + k) * 2 * N + column] = pairs[0];
            }
          }
        }
        // One barrier a block of steps: the other half of the sums is written next.
        __syncthreads();
        if (exists) {
          const int steps = min(RECOMPUTED, length - first_step);
          for (int i = at.thread; i < steps * 2 * N; i += at.threads) {
            const int k = i / (2 * N);
            const int n = i % N;
            float sum = 0.0f;
            for (int warp = 0; warp < warps_per_sample; warp++) {
              sum += block_sums[warp * RECOMPUTED * 2 * N + i];
            }
            if (first_state + n < states) {
              const size_t row = first_row + static_cast<ptrdiff_t>(first_step + k) * direction;
              const int column = at.group * states + first_state + n;
              const size_t chunk_row = static_cast<size_t>(at.chunk) * batch * length + row;
              if (i % (2 * N) < N) {
                d_b[chunk_row * ld_d_b + column] = sum;
              } else {
                d_c[chunk_row * ld_d_c + column] = sum;
              }
            }
          }
        }
      }
    }

    // This slot's sums over its samples: dA (D, N), dDskip (D), dbias (D).
    float* mine = partials + static_cast<size_t>(blockIdx.x * slots + at.slot) * channels * (states + 2);
    if (at.inside) {
#pragma unroll
      for (int n = 0; n < OWNED; n++) {
        const int state = first_state + first_owned + n;
        if (state < states) {
          mine[static_cast<size_t>(d) * states + state] = d_a[n];
        }
      }
      if (at.part == 0) {
        float* vectors = mine + static_cast<size_t>(channels) * states;
        vectors[d] = first_state == 0 ? d_skip : vectors[d];
        vectors[channels + d] = first_state == 0 ? d_bias : vectors[channels + d] + d_bias;
      }
    }
  }
}

// selective_scan_bwd_n{4,8,16}_{f32,bf16}, selective_scan_bwd_many_{f32,bf16}
// shapes       as forward; du, dz, dy (B, L, D) of type Element, E bytes each  dDelta (B, L, D)  dB, dC (chunks, B, L, G N): with one chunk the gradients themselves, else parts for
//              selective_scan_bwd_chunks_f32  partials (slots, D N + 2 D): of dA, dDskip and dbias  kept (null, or blocks of steps x blocks of
//              the grid x 128 x min(N, 8)): null if the kept states fit into shared memory
// launch       grid (x, G chunks), block 128; x chosen by the caller, slots = x (4 / warps_per_sample); warps_per_sample as forward, but of
//              D / G lanes, or twice as many lanes where N = 16; shared memory 4 (slots per block) (64 N + 16 warps_per_sample N) bytes, and
//              512 min(N, 8) ceil(L / 4) if kept is null
// writes       du =, dDelta =, dz = (if z), dB =, dC =, partials =; "many" rounds du and dz to Element once for every 16 states
// determinism  sums in an order that depends on the extents and x only
// bytes        (E (5 + 2 [many]) + 4 (2 + [many])) B L D + 4 ((2 + 2 chunks) B L G N + (slots + 1) (D N + 2 D) + [many] slots D)
//              with z, Dskip and bias, where kept is null: "many" reads du, dDelta, dz and sums again; u and delta come from memory a second time
//              unless a cache keeps them
#define SCAN_BACKWARD(NAME, N, PASSES, BLOCKS_PER_SM, DTYPE, ELEMENT)                                                                       \
  extern "C" __global__ void __launch_bounds__(SCAN_BLOCK, BLOCKS_PER_SM) selective_scan_bwd_##NAME##_##DTYPE(                              \
      ELEMENT* du, float* d_delta, float* d_b, float* d_c, ELEMENT* dz, float* partials, float* kept, const ELEMENT* u, const float* delta, \
      const float* a, const float* b, const float* c, const float* skip, const ELEMENT* z, const float* bias, const ELEMENT* dy, int batch, \
      int length, int channels, int states, int groups, int chunks, int warps_per_sample, int direction, int delta_activation, int ld_du,   \
      int ld_d_delta, int ld_d_b, int ld_d_c, int ld_dz, int ld_u, int ld_delta, int ld_b, int ld_c, int ld_z, int ld_dy) {                 \
    scan_backward<N, PASSES>(                                                                                                               \
        du, d_delta, d_b, d_c, dz, partials, kept, u, delta, a, b, c, skip, z, bias, dy, batch, length, channels, states, groups, chunks,   \
        warps_per_sample, direction, delta_activation, ld_du, ld_d_delta, ld_d_b, ld_d_c, ld_dz, ld_u, ld_delta, ld_b, ld_c, ld_z, ld_dy);  \
  }
#define SCAN_BACKWARD_ENTRIES(DTYPE, ELEMENT)                      \
  SCAN_BACKWARD(n4, 4, Passes::ONE, 4, DTYPE, ELEMENT)             \
  SCAN_BACKWARD(n8, 8, Passes::ONE, WIDE_BLOCKS, DTYPE, ELEMENT)   \
  SCAN_BACKWARD(n16, 16, Passes::ONE, WIDE_BLOCKS, DTYPE, ELEMENT) \
  SCAN_BACKWARD(many, 16, Passes::MANY, WIDE_BLOCKS, DTYPE, ELEMENT)

SCAN_BACKWARD_ENTRIES(f32, float)
SCAN_BACKWARD_ENTRIES(bf16, bfloat16)

// selective_scan_bwd_chunks_f32   dB = sum over chunks of dB's parts, and dC likewise
// shapes  dB, dC (rows, columns)  parts_b, parts_c (chunks, rows, columns); rows = B L, columns = G N
// launch  grid ceil(rows columns / 256), block 256
// writes  dB =, dC =
// determinism  in the order of the chunks
// bytes   8 (chunks + 1) rows columns
extern "C" __global__ void __launch_bounds__(256) selective_scan_bwd_chunks_f32(
    float* __restrict__ d_b, float* __restrict__ d_c, const float* __restrict__ parts_b, const float* __restrict__ parts_c, int chunks,
    long long rows, int columns, int ld_d_b, int ld_d_c) {
  const long long count = rows * columns;
  const long long i = static_cast<long long>(blockIdx.x) * 256 + threadIdx.x;
  if (i >= count) return;
  float sum_b = 0.0f;
  float sum_c = 0.0f;
  for (int chunk = 0; chunk < chunks; chunk++) {
    sum_b += parts_b[chunk * count + i];
    sum_c += parts_c[chunk * count + i];
  }
  const long long row = i / columns;
  const int column = i % columns;
  d_b[row * ld_d_b + column] = sum_b;
  d_c[row * ld_d_c + column] = sum_c;
}
