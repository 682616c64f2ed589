package io.mambapkd.checkpoint;

/** Types of elements that can be read from a safetensors file, under the format's own names. */
public enum ElementType {
    F32(4),
    F64(8),
    I32(4),
    I64(8),
    U8(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }
}
