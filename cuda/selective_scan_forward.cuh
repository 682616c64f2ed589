// The forward pass of the selective scan, one thread for each channel; cuda/selective_scan.cu has the mathematics and the shapes.
#pragma once

#include "bfloat16.cuh"
#include "selective_scan.cuh"

constexpr int STEPS_AHEAD = 4;  // steps whose u, delta and z are loaded before the first of them is used; divides SCAN_TILE and SCAN_SEGMENT

template <int N, Passes PASSES, typename Element>
__device__ inline void scan_forward(
    Element* __restrict__ y, float* __restrict__ last_state, float* __restrict__ saved, const Element* __restrict__ u,
    const float* __restrict__ delta, const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ c,
    const float* __restrict__ skip, const Element* __restrict__ z, const float* __restrict__ bias, int batch, int length, int channels,
    int states, int groups, int chunks, int warps_per_sample, int direction, int delta_activation, int ld_y, int ld_u, int ld_delta, int ld_b,
    int ld_c, int ld_z) {
  __shared__ __align__(16) float tiles[SCAN_WARPS * SCAN_TILE * 2 * N];
  const ScanThread<1> at(channels, groups, chunks, warps_per_sample);
  const int sample = blockIdx.x * (SCAN_WARPS / warps_per_sample) + at.slot;
  const bool active = at.inside && sample < batch;
  const int d = at.channel;
  float* tile = tiles + at.slot * SCAN_TILE * 2 * N;
  const size_t first_row = static_cast<size_t>(sample) * length + (direction > 0 ? 0 : length - 1);
  const Element* u_d = u + first_row * ld_u + d;
  const float* delta_d = delta + first_row * ld_delta + d;
  const Element* z_d = z == nullptr ? nullptr : z + first_row * ld_z + d;
  Element* y_d = y + first_row * ld_y + d;
  const float skip_d = active && skip != nullptr ? skip[d] : 0.0f;
  const float bias_d = active && bias != nullptr ? bias[d] : 0.0f;

  for (int first_state = 0; first_state < states; first_state += N) {
    float scaled_a[N];
    float h[N];
#pragma unroll
    for (int n = 0; n < N; n++) {
      const bool exists = active && first_state + n < states;
      scaled_a[n] = exists ? a[static_cast<size_t>(d) * states + first_state + n] * LOG2_E : 0.0f;
      h[n] = 0.0f;
    }
    const bool last_pass = PASSES == Passes::ONE || first_state + N >= states;
    for (int first_step = 0; first_step < length; first_step += SCAN_TILE) {
      const int steps = min(SCAN_TILE, length - first_step);
      const size_t tile_row = first_row + static_cast<ptrdiff_t>(first_step) * direction;
      __syncthreads();
      if (sample < batch) {
        stage_states<N>(tile, b, c, at, tile_row, direction, steps, steps, first_state, states, ld_b, ld_c);
      }
      __syncthreads();
      if (active) {
        for (int k = 0; k < steps; k += STEPS_AHEAD) {
          // As they lie in memory: a conversion waits for its load, and the compiler leaves it within the guard of its step.
          Element u_t[STEPS_AHEAD];
          float delta_t[STEPS_AHEAD];
          Element z_t[STEPS_AHEAD];
#pragma unroll
          for (int i = 0; i < STEPS_AHEAD; i++) {
            if (k + i < steps) {
              const ptrdiff_t row = static_cast<ptrdiff_t>(first_step + k + i) * direction;
              u_t[i] = u_d[row * ld_u];
              delta_t[i] = delta_d[row * ld_delta];
              z_t[i] = z_d != nullptr ? z_d[row * ld_z] : Element();
            }
          }
#pragma unroll
          for (int i = 0; i < STEPS_AHEAD; i++) {
            if (k + i < steps) {
              const float* tile_t = tile + (k + i) * 2 * N;
              const float raw = delta_t[i] + bias_d;
              const float dt = delta_activation != 0 ? softplus(raw) : raw;
              const float dt_u = dt * to_float(u_t[i]);
              float s = first_state == 0 ? skip_d * to_float(u_t[i]) : 0.0f;
#pragma unroll
              for (int n = 0; n < N; n += StateVector::WIDTH) {
                const StateVector b_t(tile_t + n);
                const StateVector c_t(tile_t + N + n);
#pragma unroll
                for (int j = 0; j < StateVector::WIDTH; j++) {
                  h[n + j] = exp2_approx(dt * scaled_a[n + j]) * h[n + j] + dt_u * b_t.value[j];
                  s += c_t.value[j] * h[n + j];
                }
              }
              Element* out = y_d + static_cast<ptrdiff_t>(first_step + k + i) * direction * ld_y;
              if (PASSES == Passes::MANY && first_state > 0) {
                s += load(out);
              }
              store(out, last_pass && z_d != nullptr ? s * silu(to_float(z_t[i])) : s);
            }
          }
          const int visited = first_step + k + STEPS_AHEAD;
          if (saved != nullptr && visited < length && visited % SCAN_SEGMENT == 0) {
            const size_t segment = static_cast<size_t>(sample) * ((length - 1) / SCAN_SEGMENT) + visited / SCAN_SEGMENT - 1;
#pragma unroll
            for (int n = 0; n < N; n++) {
              if (first_state + n < states) {
                saved[(segment * channels + d) * states + first_state + n] = h[n];
              }
            }
          }
        }
      }
    }
    if (active && last_state != nullptr) {
#pragma unroll
      for (int n = 0; n < N; n++) {
        if (first_state + n < states) {
          last_state[(static_cast<size_t>(sample) * channels + d) * states + first_state + n] = h[n];
        }
      }
    }
  }
}
