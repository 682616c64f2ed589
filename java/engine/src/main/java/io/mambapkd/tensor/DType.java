package io.mambapkd.tensor;

/** Element type of a {@link Tensor}. */
public enum DType {
    F32(4),
    /** The upper half of a float. Only some {@linkplain io.mambapkd.ops.Backend#supports backends} have it. */
    BF16(2),
    I32(4),
    /** Unsigned: what images are stored as. */
    U8(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }
}
