// Random numbers as pure functions of their place: the same bits as io.mambapkd.random.CounterRandom.
#pragma once

#include "device.cuh"

// io.mambapkd.random.Purpose
constexpr unsigned PURPOSE_SAMPLE_ORDER = 2;
constexpr unsigned PURPOSE_DROPOUT = 4;
constexpr unsigned PURPOSE_COPY_CHOICE = 5;
constexpr unsigned PURPOSE_CACHED_COPY = 6;

struct PhiloxWords {
  unsigned word[4];
};

// Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): four words of the block that draw/4 counts. One draw is
// word[draw % 4].
__device__ inline PhiloxWords philox(long long seed, unsigned purpose, int stream, long long index, unsigned draw) {
  unsigned c0 = (draw >> 2) ^ (purpose << 24);
  unsigned c1 = static_cast<unsigned>(stream);
  unsigned c2 = static_cast<unsigned>(index);
  unsigned c3 = static_cast<unsigned>(static_cast<unsigned long long>(index) >> 32);
  unsigned k0 = static_cast<unsigned>(seed);
  unsigned k1 = static_cast<unsigned>(static_cast<unsigned long long>(seed) >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const unsigned long long product0 = 0xD2511F53ull * c0;
    const unsigned long long product1 = 0xCD9E8D57ull * c2;
    const unsigned n0 = static_cast<unsigned>(product1 >> 32) ^ c1 ^ k0;
    const unsigned n2 = static_cast<unsigned>(product0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<unsigned>(product1);
    c3 = static_cast<unsigned>(product0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// Uniform in [0, 1), a multiple of 2^-24.
__device__ inline float uniform(unsigned bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

// Uniform in 0..bound-1.
__device__ inline int below(unsigned bits, int bound) {
  return static_cast<int>((static_cast<unsigned long long>(bits) * static_cast<unsigned>(bound)) >> 32);
}
