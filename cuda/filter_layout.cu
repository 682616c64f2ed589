// Filters of convolutions between the reference's layout (Cout, Cin, k, k) and the channels-last one (Cout, k, k, Cin) that cuDNN wants with
// channels-last images: io.mambapkd.ops.Conv2dOps. What cuDNN takes and gives is of type Element, E bytes each, as the images are; gradients are
// added in float.
#include "bfloat16.cuh"
#include "common.cuh"

constexpr int FILTER_BLOCK = 256;

template <typename Element>
__device__ inline void filter_channels_last(
    Element* __restrict__ target, const Element* __restrict__ weight, int n, int Cin, int taps) {
  const int at = blockIdx.x * FILTER_BLOCK + threadIdx.x;
  if (at >= n) return;
  const unsigned c = static_cast<unsigned>(at) % static_cast<unsigned>(Cin);
  const unsigned rest = static_cast<unsigned>(at) / static_cast<unsigned>(Cin);
  const unsigned t = rest % static_cast<unsigned>(taps);
  const unsigned o = rest / static_cast<unsigned>(taps);
  target[at] = weight[(o * Cin + c) * taps + t];
}

template <typename Element>
__device__ inline void filter_gradient_add(
    float* __restrict__ dweight, const Element* __restrict__ gradient, int n, int Cin, int taps) {
  const int at = blockIdx.x * FILTER_BLOCK + threadIdx.x;
  if (at >= n) return;
  const unsigned t = static_cast<unsigned>(at) % static_cast<unsigned>(taps);
  const unsigned rest = static_cast<unsigned>(at) / static_cast<unsigned>(taps);
  const unsigned c = rest % static_cast<unsigned>(Cin);
  const unsigned o = rest / static_cast<unsigned>(Cin);
  dweight[at] += load(gradient + (o * taps + t) * Cin + c);
}

// filter_channels_last_f32, _bf16   target[o, t, c] = weight[o, c, t]
// shapes  target (Cout, taps, Cin)  weight (Cout, Cin, taps)  with taps = k k, n = Cout Cin taps    Element
// launch  grid ceil(n / 256), block 256
// writes  target =
// determinism  one thread an element
// bytes   2 E n
#define FILTER_CHANNELS_LAST(DTYPE, ELEMENT)                                                        \
  extern "C" __global__ void __launch_bounds__(FILTER_BLOCK) filter_channels_last_##DTYPE(          \
      ELEMENT* __restrict__ target, const ELEMENT* __restrict__ weight, int n, int Cin, int taps) { \
    filter_channels_last(target, weight, n, Cin, taps);                                             \
  }

FILTER_CHANNELS_LAST(f32, float)
FILTER_CHANNELS_LAST(bf16, bfloat16)

// filter_gradient_add_f32, _bf16   dweight[o, c, t] += gradient[o, t, c]
// shapes  dweight (Cout, Cin, taps) f32  gradient (Cout, taps, Cin) Element  with taps = k k, n = Cout Cin taps
// launch  grid ceil(n / 256), block 256
// writes  dweight +=
// determinism  one thread an element
// bytes   8 n + E n
#define FILTER_GRADIENT_ADD(DTYPE, ELEMENT)                                                          \
  extern "C" __global__ void __launch_bounds__(FILTER_BLOCK) filter_gradient_add_##DTYPE(            \
      float* __restrict__ dweight, const ELEMENT* __restrict__ gradient, int n, int Cin, int taps) { \
    filter_gradient_add(dweight, gradient, n, Cin, taps);                                            \
  }

FILTER_GRADIENT_ADD(f32, float)
FILTER_GRADIENT_ADD(bf16, bfloat16)
