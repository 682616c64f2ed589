// Filters of convolutions between the reference's layout (Cout, Cin, k, k) and the channels-last one (Cout, k, k, Cin) that cuDNN wants with
// channels-last images: io.mambapkd.ops.Conv2dOps.
#include "common.cuh"

constexpr int FILTER_BLOCK = 256;

// filter_channels_last_f32   target[o, t, c] = weight[o, c, t]
// shapes  target (Cout, taps, Cin)  weight (Cout, Cin, taps)  with taps = k k, n = Cout Cin taps    f32
// launch  grid ceil(n / 256), block 256
// writes  target =
// determinism  one thread an element
// bytes   8 n
extern "C" __global__ void __launch_bounds__(FILTER_BLOCK)
    filter_channels_last_f32(float* __restrict__ target, const float* __restrict__ weight, int n, int Cin, int taps) {
  const int at = blockIdx.x * FILTER_BLOCK + threadIdx.x;
  if (at >= n) return;
  const unsigned c = static_cast<unsigned>(at) % static_cast<unsigned>(Cin);
  const unsigned rest = static_cast<unsigned>(at) / static_cast<unsigned>(Cin);
  const unsigned t = rest % static_cast<unsigned>(taps);
  const unsigned o = rest / static_cast<unsigned>(taps);
  target[at] = weight[(o * Cin + c) * taps + t];
}

// filter_gradient_add_f32   dweight[o, c, t] += gradient[o, t, c]
// shapes  dweight (Cout, Cin, taps)  gradient (Cout, taps, Cin)  with taps = k k, n = Cout Cin taps    f32
// launch  grid ceil(n / 256), block 256
// writes  dweight +=
// determinism  one thread an element
// bytes   12 n
extern "C" __global__ void __launch_bounds__(FILTER_BLOCK)
    filter_gradient_add_f32(float* __restrict__ dweight, const float* __restrict__ gradient, int n, int Cin, int taps) {
  const int at = blockIdx.x * FILTER_BLOCK + threadIdx.x;
  if (at >= n) return;
  const unsigned t = static_cast<unsigned>(at) % static_cast<unsigned>(taps);
  const unsigned rest = static_cast<unsigned>(at) / static_cast<unsigned>(taps);
  const unsigned c = rest % static_cast<unsigned>(Cin);
  const unsigned o = rest / static_cast<unsigned>(Cin);
  dweight[at] += gradient[(o * taps + t) * Cin + c];
}
