// Device functions for single numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include <math.h>

namespace cuemu {
// A value that the compiler does not contract with what made it or what uses it, as the functions with a rounding in their name promise.
template <class T>
inline T uncontracted(T x) {
    asm("" : "+x"(x));
    return x;
}

template <class To, class From>
inline To bits_of(From from) {
    static_assert(sizeof(To) == sizeof(From), "same size");
    To to;
    memcpy(&to, &from, sizeof(To));
    return to;
}
}  // namespace cuemu

inline float __fadd_rn(float x, float y) { return cuemu::uncontracted(x) + cuemu::uncontracted(y); }
inline float __fsub_rn(float x, float y) { return cuemu::uncontracted(x) - cuemu::uncontracted(y); }
inline float __fmul_rn(float x, float y) { return cuemu::uncontracted(x * y); }

inline unsigned __float_as_uint(float x) { return cuemu::bits_of<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return cuemu::bits_of<float>(x); }
inline double __longlong_as_double(long long x) { return cuemu::bits_of<double>(x); }

inline int __popc(unsigned x) { return __builtin_popcount(x); }

// CUDA has min and max for every pair of integer types.
template <class A, class B>
inline std::enable_if_t<std::is_integral<A>::value && std::is_integral<B>::value, std::common_type_t<A, B>> min(A a, B b) {
    using T = std::common_type_t<A, B>;
    return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(a) : static_cast<T>(b);
}
template <class A, class B>
inline std::enable_if_t<std::is_integral<A>::value && std::is_integral<B>::value, std::common_type_t<A, B>> max(A a, B b) {
    using T = std::common_type_t<A, B>;
    return static_cast<T>(a) > static_cast<T>(b) ? static_cast<T>(a) : static_cast<T>(b);
}

// The instructions behind exp2_approx, reciprocal_approx and inverse_root_approx of cuda/device.cuh.
#ifdef CUEMU_HARDWARE_ROUNDING
#include "hardware_rounding.h"
#else
namespace cuemu {
inline float exp2_approx(float x) { return exp2f(x); }
inline float reciprocal_approx(float x) { return 1.0f / x; }
inline float inverse_root_approx(float x) { return 1.0f / sqrtf(x); }
}  // namespace cuemu
#endif
