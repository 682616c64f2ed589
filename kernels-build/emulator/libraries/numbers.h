// The number formats of tensors, and what tensor cores make of float inputs.
#pragma once

#include <cstdint>
#include <cstring>

namespace cuemu {

enum class Format { F32, BF16 };

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

inline float load(Format format, uintptr_t base, size_t index) {
    return format == Format::F32 ? ((const float*)base)[index] : float_of_bf16(((const uint16_t*)base)[index]);
}
inline void store(Format format, uintptr_t base, size_t index, float value) {
    if (format == Format::F32) ((float*)base)[index] = value;
    else ((uint16_t*)base)[index] = bf16_of(value);
}

// What a product does to its inputs before it multiplies them.
enum class Rounding { None, TF32 };

inline float rounded(Rounding rounding, float value) { return rounding == Rounding::TF32 ? round_to_tf32(value) : value; }

}  // namespace cuemu
