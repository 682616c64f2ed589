package io.mambapkd.checkpoint;

/** Types of elements that can be read from a safetensors file, under the format's own names: all of the format whose elements take whole bytes. */
public enum ElementType {
    F32(4),
    F64(8),
    F16(2),
    BF16(2),
    F8_E4M3(1),
    F8_E5M2(1),
    F8_E8M0(1),
    I64(8),
    U64(8),
    I32(4),
    U32(4),
    I16(2),
    U16(2),
    I8(1),
    U8(1),
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether an element is a number of its own that F32 holds, rounded where it must be. Eight bits are not: they mean nothing without a scale. */
    boolean converts() {
        return this == F32 || this == F64 || this == F16 || this == BF16;
    }
}
