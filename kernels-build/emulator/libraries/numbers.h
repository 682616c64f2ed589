// The number formats of tensors, and what tensor cores make of float inputs.
#pragma once

#include <cstdint>
#include <cstring>

namespace cuemu {

enum class Format { F32, BF16, F16 };

inline size_t bytes_of(Format format) { return format == Format::F32 ? 4 : 2; }

inline uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}
inline float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

inline bool is_finite(uint32_t bits) { return (bits & 0x7F800000u) != 0x7F800000u; }

// To the nearest of 10 bits of mantissa, halves away from zero (cvt.rna.tf32.f32).
inline float round_to_tf32(float value) {
    uint32_t bits = bits_of(value);
    return is_finite(bits) ? float_of((bits + 0x1000u) & ~0x1FFFu) : value;
}

// To the nearest, halves to even.
inline uint16_t bf16_of(float value) {
    uint32_t bits = bits_of(value);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return 0x7FFF;
    return (uint16_t)((bits + 0x7FFFu + ((bits >> 16) & 1)) >> 16);
}
inline float float_of_bf16(uint16_t bits) { return float_of((uint32_t)bits << 16); }

inline uint16_t f16_of(float value) {
    uint32_t bits = bits_of(value), sign = (bits >> 16) & 0x8000u, rest = bits & 0x7FFFFFFFu;
    if (rest > 0x7F800000u) return 0x7FFF;
    if (rest >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u);  // from 65520 on: infinity
    if (rest >= 0x38800000u) return (uint16_t)(sign | ((rest - 0x38000000u + 0xFFFu + ((rest >> 13) & 1)) >> 13));
    float scaled = float_of(rest) * 16777216.0f;  // in units of 2^-24, the smallest subnormal; the sum below rounds to even
    return (uint16_t)(sign | (bits_of(scaled + 8388608.0f) - 0x4B000000u));
}
inline float float_of_f16(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000u) << 16, exponent = (bits >> 10) & 31, mantissa = bits & 0x3FFu;
    if (exponent == 31) return float_of(sign | 0x7F800000u | (mantissa << 13));
    if (exponent) return float_of(sign | ((exponent + 112) << 23) | (mantissa << 13));
    float small = (float)mantissa / 16777216.0f;
    return sign ? -small : small;
}

inline float load(Format format, uintptr_t base, size_t index) {
    if (format == Format::F32) return ((const float*)base)[index];
    uint16_t bits = ((const uint16_t*)base)[index];
    return format == Format::BF16 ? float_of_bf16(bits) : float_of_f16(bits);
}
inline void store(Format format, uintptr_t base, size_t index, float value) {
    if (format == Format::F32) ((float*)base)[index] = value;
    else ((uint16_t*)base)[index] = format == Format::BF16 ? bf16_of(value) : f16_of(value);
}

// What a product does to its inputs before it multiplies them.
enum class Rounding { None, TF32, BF16, F16 };

inline float rounded(Rounding rounding, float value) {
    switch (rounding) {
        case Rounding::TF32: return round_to_tf32(value);
        case Rounding::BF16: return float_of_bf16(bf16_of(value));
        case Rounding::F16: return float_of_f16(f16_of(value));
        default: return value;
    }
}

}  // namespace cuemu
