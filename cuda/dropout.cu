// Inverted dropout with a mask that is drawn whenever it is needed: io.mambapkd.ops.DropoutOps.
#include "common.cuh"
#include "philox.cuh"

constexpr int DROPOUT_BLOCK = 256;

// dropout_f32: y = x scale where kept, 0 where dropped; element i is dropped where uniform(stream = step, index = i, draw = layer) < rate.
//   source  Srivastava et al. (JMLR 2014); the draws are Philox4x32-10's
//   shapes  x, y (n); y may be x   step (1) i32
//   launch  ceil(n / 256) blocks of 256
//   writes  = y
//   determinism  bitwise, and the same mask on every device
//   bytes   8 n + 4, less what is dropped and need not be read
extern "C" __global__ void __launch_bounds__(DROPOUT_BLOCK)
    dropout_f32(float* y, const float* x, const int* __restrict__ step, long long n, long long seed, int layer, float rate, float scale) {
  const long long i = static_cast<long long>(blockIdx.x) * DROPOUT_BLOCK + threadIdx.x;
  if (i >= n) return;
  const PhiloxWords words = philox(seed, PURPOSE_DROPOUT, step[0], i, static_cast<unsigned>(layer));
  const int w = layer % 4;
  const unsigned bits = w == 0 ? words.word[0] : w == 1 ? words.word[1] : w == 2 ? words.word[2] : words.word[3];
  y[i] = uniform(bits) < rate ? 0.0f : x[i] * scale;
}
