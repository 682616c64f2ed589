// Put before every kernel source (g++ -include): the part of CUDA C++ that the kernels use, for a CPU.
//
// Two things cannot be kept: `extern __shared__` (use DYN_SHARED of cuda/device.cuh) and <<<>>>. Static shared memory is thread-local memory of the OS
// thread that runs the block, which all threads of the block share because they are fibers of that one OS thread. See ../README.md.
#pragma once

#define CUEMU 1

#define __global__ CUEMU_GLOBAL
#define __device__
#define __host__
#define __shared__ static thread_local
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(bytes) __attribute__((aligned(bytes)))

// The generator of registrations runs the preprocessor with CUEMU_SCAN and looks for these two words; the compiler sees nothing.
#ifdef CUEMU_SCAN
#define __launch_bounds__(...) CUEMU_BOUNDS(__VA_ARGS__)
#else
#define CUEMU_GLOBAL __attribute__((noinline))  // so that places in reports are places in the kernel
#define __launch_bounds__(...)

#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include <math.h>

#include "cuemu/abi.h"
#include "cuemu/types.h"

#include "cuemu/atomics.h"
#include "cuemu/math.h"
#include "cuemu/register.h"
#include "cuemu/threads.h"
#endif
