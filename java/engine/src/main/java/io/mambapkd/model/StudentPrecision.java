package io.mambapkd.model;

import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.DType;

/** What a student is to compute in, as settings say it. */
public enum StudentPrecision {
    /** BF16 for a student of more than 128 inner channels on a backend that has such tensors, else F32, which narrow ones have room for and which follows the CPU more closely. */
    AUTO,
    /** Everything is F32. */
    F32,
    /** As {@link Precision#BF16}. */
    BF16;

    private static final int WIDEST_IN_F32 = 128;

    /** The one that asks for a precision on every backend. */
    public static StudentPrecision of(Precision precision) {
        return precision == Precision.F32 ? F32 : BF16;
    }

    /**
     * The precision that this asks for on a backend, which may have to round operands in place of it ({@link Precision#stored}).
     *
     * @param innerWidth D, of the student
     */
    public Precision on(Backend backend, int innerWidth) {
        return switch (this) {
            case F32 -> Precision.F32;
            case BF16 -> Precision.BF16;
            case AUTO -> innerWidth > WIDEST_IN_F32 && backend.supports(DType.BF16) ? Precision.BF16 : Precision.F32;
        };
    }
}
