// Device functions that err by as much as NVIDIA documents, for the build that rounds like hardware (../../hardware.mk). Included by math.h in its place.
//
// Each result is wrong by the whole documented maximum; whether above or below is a hash of the argument, so that a run repeats bit for bit under every
// order of threads. CUEMU_ROUNDING has all results too large, all too small, or another hash.
//
// Sources: PTX ISA, ex2.approx, rcp.approx and rsqrt.approx; CUDA C++ Programming Guide, appendix Mathematical Functions, table of maximum ulp errors of single
// precision, where an error is counted from the correctly rounded result. nvcc's defaults (-prec-div=true, -prec-sqrt=true, -ftz=false) keep division,
// square root, fma and denormals as IEEE 754 has them, so nothing stands here for them; only the instructions with .ftz flush.
#pragma once

#include <cmath>

namespace cuemu {

inline const ErrorSigns error_signs_of_this_run = error_signs();

inline bool errs_upwards(float argument) {
    unsigned bits = bits_of<unsigned>(argument) ^ error_signs_of_this_run.seed;
    bits = (bits ^ bits >> 16) * 0x7feb352du;
    bits = (bits ^ bits >> 15) * 0x846ca68bu;
    bits ^= bits >> 16;
    return ((bits & error_signs_of_this_run.hashed) | error_signs_of_this_run.upwards) & 1u;
}

// `exact` rounded to float, and `ulps` floats away from there. Zeros, infinities and NaN stay what they are.
inline float with_error(double exact, int ulps, float argument) {
    float y = static_cast<float>(exact);
    const float end = errs_upwards(argument) ? FLT_MAX : -FLT_MAX;
    for (int i = 0; i < ulps && y != 0.0f && std::isfinite(y); i++) y = nextafterf(y, end);
    return y;
}

inline float without_denormal(float x) { return fabsf(x) < FLT_MIN ? copysignf(0.0f, x) : x; }

// ex2.approx.ftz.f32: relative error 2^-22; exactly 1 for zeros and denormals.
inline float exp2_approx(float x) {
    constexpr double LARGEST_ERROR = 0x1p-22;
    const float argument = without_denormal(x);
    if (argument == 0.0f) return 1.0f;
    const double exact = exp2(static_cast<double>(argument));
    float y = static_cast<float>(exact * (errs_upwards(x) ? 1 + LARGEST_ERROR : 1 - LARGEST_ERROR));
    if (!std::isfinite(y)) return y;
    // Rounding may have gone past the largest error.
    if (fabs(static_cast<double>(y) - exact) > exact * LARGEST_ERROR) y = nextafterf(y, static_cast<float>(exact));
    return without_denormal(y);
}

// rcp.approx.ftz.f32: 1 ulp.
inline float reciprocal_approx(float x) {
    const float argument = without_denormal(x);
    return without_denormal(with_error(1.0 / static_cast<double>(argument), 1, x));
}

// rsqrt.approx.f32: relative error 2^-22.9, which is up to 2 ulp; 2 ulp is also what CUDA documents of rsqrtf, its function.
inline float inverse_root_approx(float x) { return with_error(1.0 / sqrt(static_cast<double>(x)), 2, x); }

#define CUEMU_FUNCTION(name, exact, ulps) \
    inline float hardware_##name(float x) { return x == 0.0f ? static_cast<float>(exact(static_cast<double>(x))) : with_error(exact(static_cast<double>(x)), ulps, x); }
CUEMU_FUNCTION(expf, exp, 2)
CUEMU_FUNCTION(exp2f, exp2, 2)
CUEMU_FUNCTION(expm1f, expm1, 1)
CUEMU_FUNCTION(logf, log, 1)
CUEMU_FUNCTION(log2f, log2, 1)
CUEMU_FUNCTION(log1pf, log1p, 1)
CUEMU_FUNCTION(erff, erf, 2)
CUEMU_FUNCTION(erfcf, erfc, 4)
#undef CUEMU_FUNCTION

}  // namespace cuemu

#define expf(x) cuemu::hardware_expf(x)
#define exp2f(x) cuemu::hardware_exp2f(x)
#define expm1f(x) cuemu::hardware_expm1f(x)
#define logf(x) cuemu::hardware_logf(x)
#define log2f(x) cuemu::hardware_log2f(x)
#define log1pf(x) cuemu::hardware_log1pf(x)
#define erff(x) cuemu::hardware_erff(x)
#define erfcf(x) cuemu::hardware_erfcf(x)

// A kernel that uses one of these does not compile here before its error stands above. What CUDA has beyond the C library does not compile in any build.
#pragma GCC poison exp10f log10f powf sinf cosf tanf sincosf asinf acosf atanf atan2f sinhf coshf tanhf cbrtf hypotf lgammaf tgammaf
