// The selective scan with its step sizes and its decay, forward, by two neighbouring channels a thread as in selective_scan_pair.cu; selective_scan.cu has
// the mathematics of the scan, with
//
//   delta[d] = bias[d] + sum over r of W[d, r] dt[r] ;  dt = softplus(delta)     A = -exp(A_log)
//
// where dt, B and C of a step are the columns of one row of `projected`. Source: Gu and Dao, "Mamba" (arXiv 2312.00752), section 3.6, where W is dt_proj.
//
// shapes  u, z, y (B, L, D) of type Element, E bytes each  projected (B, L, R + 2 N): dt, B, C  dt_weight W (D, R)  dt_bias, skip (D)  a_log (D, N)
//         saved (B, S, D, N), S = floor((L - 1) / 52): the states after 52, 104, ... visited steps, not after the last, f32
//         D even, R <= 8. step_z is the distance in elements from the row of z of one step to that of the step visited next: its row stride times
//         direction. Rows of z, weights and outputs are aligned to two elements. No offset of an element passes 2^31 - 1
// Steps are visited upwards (direction = 1) or downwards (direction = -1). saved may be null; the others are there.
//
// For the devices that mixing_gradient.cu is for:
// from compute_80 on
#include "selective_scan_pair.cuh"

// Delta as the product of dt, behind B and C in the tile, with the thread's two rows of W. These lie in shared memory with its two biases, as there are no
// registers for them: first (thread, 4), the first of each row and the biases, then (quad of ranks, channel, thread, 4).
template <int N>
struct PairProducts {
  struct Ahead {};  // nothing of it comes from memory
  int rank;
  int threads;           // of a sample
  const float* weights;  // from this thread's on

  // Floats of the padded dt of a step.
  __device__ static int padded(int rank) { return ceil_div(rank, 4) * 4; }

  __device__ void load(Ahead&) {}

  // The products of a quad of ranks.
  __device__ void add(float2& delta, const float* quad, const float* dt) const {
    const float4 dt_r = load4(dt);
    const float4 w0 = load4(quad);
    const float4 w1 = load4(quad + 4 * threads);
    delta.x += w0.x * dt_r.x + w0.y * dt_r.y + w0.z * dt_r.z + w0.w * dt_r.w;
    delta.y += w1.x * dt_r.x + w1.y * dt_r.y + w1.z * dt_r.z + w1.w * dt_r.w;
  }

  __device__ float2 biased(const Ahead&, const float* row, float2) const {
    const float* dt = row + 2 * N;
    const float4 first = load4(weights);
    if (rank == 1) {
      return make_float2(first.x * dt[0] + first.z, first.y * dt[0] + first.w);
    }
    float2 delta = make_float2(first.z, first.w);
    const float* quad = weights + 4 * threads;
    add(delta, quad, dt);
#pragma unroll 1
    for (int r = 4; r < rank; r += 4) {
      quad += 8 * threads;
      dt += 4;
      add(delta, quad, dt);
    }
    return delta;
  }
};

template <int N, typename Element>
__device__ inline void mixing_forward(
    Element* __restrict__ y, float* __restrict__ saved, const Element* __restrict__ u, const float* __restrict__ projected,
    const float* __restrict__ dt_weight, const float* __restrict__ dt_bias, const float* __restrict__ a_log, const float* __restrict__ skip,
    const Element* __restrict__ z, int batch, int length, int channels, int states, int rank, int slots, int threads, int direction, int aligned,
    int step_z) {
  using Products = PairProducts<N>;
  DYN_SHARED(float, shared);
  const PairThread at(batch, channels, slots, threads);
  const int ranks = Products::padded(rank);
  const int row_floats = 2 * N + ranks;
  // The 4 more put the rows of neighbouring samples into other banks.
  const int tile_floats = min(SCAN_SEGMENT, length) * row_floats + 4;
  float* tile = shared + at.slot * tile_floats;
  float* weights = shared + slots * tile_floats;
  const int first_row = at.staging ? at.sample * length + (direction > 0 ? 0 : length - 1) : 0;
  const int columns = rank + 2 * states;
  const int step_row = direction * columns;
  const int d = at.channel;

  ChannelPair<N, true, Products, Element> pair;
  PairInputs<Products, Element> ahead[PAIR_STEPS];
  if (at.inside) {
    pair.y = y;
    pair.u = u;
    pair.z = z;
    pair.step_y = channels * direction;
    pair.step_u = channels * direction;
    pair.step_z = step_z;
    pair.to_y = first_row * channels + d;
    pair.to_u = first_row * channels + d;
    pair.to_z = first_row * (step_z * direction) + d;
    pair.delta_activation = 1;
    pair.skip = load_pair(skip + d);
    pair.bias = make_float2(0.0f, 0.0f);
    pair.start(ahead, length);
    pair.deltas.rank = rank;
    pair.deltas.threads = threads;
    pair.deltas.weights = weights + at.thread * 4;
    if (at.slot == 0) {
      // The same for all samples of the block.
      float* to = weights + at.thread * 4;
      store4(to, make_float4(dt_weight[d * rank], dt_weight[(d + 1) * rank], dt_bias[d], dt_bias[d + 1]));
#pragma unroll 1
      for (int r = 0; r < ranks; r++) {
        float* to_quad = to + (r / 4 * 8 + 4) * threads + r % 4;
        to_quad[0] = r < rank ? dt_weight[d * rank + r] : 0.0f;
        to_quad[4 * threads] = r < rank ? dt_weight[(d + 1) * rank + r] : 0.0f;
      }
    }
    load_states<N>(pair.a0, a_log + d * states, states);
    load_states<N>(pair.a1, a_log + (d + 1) * states, states);
#pragma unroll
    for (int n = 0; n < N; n++) {
      pair.a0[n] = -expf(pair.a0[n]) * LOG2_E;
      pair.a1[n] = -expf(pair.a1[n]) * LOG2_E;
      pair.h0[n] = 0.0f;
      pair.h1[n] = 0.0f;
    }
  }
  for (int first_step = 0; first_step < length; first_step += SCAN_SEGMENT) {
    const int left = length - first_step;
    const int steps = min(SCAN_SEGMENT, left);
    __syncthreads();
    if (at.staging) {
      const int first = (first_row + first_step * direction) * columns;
      const int first_b = first + rank;
      const int first_c = first_b + states;
      if (aligned != 0) {
        stage_pair<N, 2, float4>(
            tile, row_floats, projected, projected, at.thread, threads, steps, states, first_b, first_c, step_row, step_row);
      } else {
        stage_pair<N, 4, float>(
            tile, row_floats, projected, projected, at.thread, threads, steps, states, first_b, first_c, step_row, step_row);
      }
      for (int step = at.thread; step < steps; step += threads) {
#pragma unroll 4
        for (int r = 0; r < ranks; r++) {
          tile[step * row_floats + 2 * N + r] = r < rank ? projected[first + step * step_row + r] : 0.0f;
        }
      }
    }
    __syncthreads();
    if (at.inside) {
      pair.visit_rows(ahead, tile, row_floats, steps, left);
      if (saved != nullptr && first_step + SCAN_SEGMENT < length) {
        const int segment = first_step / SCAN_SEGMENT;
        float* to = saved + (static_cast<size_t>(at.sample) * ((length - 1) / SCAN_SEGMENT) + segment) * channels * states;
        pair.store_both(to, d, states);
      }
    }
  }
}

// mixing_fwd_n{8,16}_{f32,bf16}
// launch       grid (ceil(B / slots), chunks), block 128: slots samples side by side, `threads` threads each; chunks threads >= D / 2, slots threads <= 128;
//              shared memory 4 (slots ((2 N' + R') min(52, L) + 4) + threads (4 + 2 R')) bytes, N' of the name, R' = R rounded up to a multiple of 4;
//              N <= N'; aligned = 1 promises that N, R and the address of projected are multiples of 4 elements
// writes       y =, saved = (if not null)
// determinism  one thread per channel adds in a fixed order, whatever slots, threads and aligned are: the same bits on every run and device of one architecture
// bytes        3 E B L D + 4 (B L (R + 2 N) + D (N + R + 2) + [saved] B D N S): from beyond the caches projected comes once per chunk of up to 256 channels
#define MIXING_FORWARD(NAME, N, DTYPE, ELEMENT)                                                                                                 \
  extern "C" __global__ void __launch_bounds__(PAIR_BLOCK, 4) mixing_fwd_##NAME##_##DTYPE(                                                      \
      ELEMENT* y, float* saved, const ELEMENT* u, const float* projected, const float* dt_weight, const float* dt_bias, const float* a_log,     \
      const float* skip, const ELEMENT* z, int batch, int length, int channels, int states, int rank, int slots, int threads, int direction,    \
      int aligned, int step_z) {                                                                                                                \
    mixing_forward<N>(                                                                                                                          \
        y, saved, u, projected, dt_weight, dt_bias, a_log, skip, z, batch, length, channels, states, rank, slots, threads, direction, aligned,  \
        step_z);                                                                                                                                \
  }
MIXING_FORWARD(n8, 8, f32, float)
MIXING_FORWARD(n16, 16, f32, float)
MIXING_FORWARD(n8, 8, bf16, bfloat16)
MIXING_FORWARD(n16, 16, bf16, bfloat16)
