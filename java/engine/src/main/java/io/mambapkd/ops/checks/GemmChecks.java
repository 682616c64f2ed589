package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.Transpose;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** Argument checks of {@link io.mambapkd.ops.GemmOps}, shared by all backends. */
public final class GemmChecks {
    private static final String NAME = "gemm";

    private GemmChecks() {}

    /** Refuses operands that do not fit together, in shape or in type. */
    public static void multiply(Tensor a, Transpose transposeA, Tensor b, Transpose transposeB, Tensor c) {
        int m = rows(a, transposeA);
        int n = columns(b, transposeB);
        if (rows(b, transposeB) != columns(a, transposeA)
                || c.shape().rows() != m
                || c.shape().last() != n) {
            throw new IllegalArgumentException(NAME + ": " + a + (transposeA == Transpose.YES ? " transposed" : "")
                    + " times " + b + (transposeB == Transpose.YES ? " transposed" : "") + " does not fit into " + c);
        }
        DType factors = Checks.activationType(NAME, "a", a);
        Checks.that(
                b.dtype() == factors && (c.dtype() == factors || c.dtype() == DType.F32),
                NAME,
                "the factors must be of one type and the result of that type or F32, got " + a + " times " + b
                        + " into " + c);
        if (a == c || b == c) {
            throw new IllegalArgumentException(NAME + ": the result " + c + " may not be an operand");
        }
    }

    private static int rows(Tensor matrix, Transpose transpose) {
        return transpose == Transpose.NO
                ? matrix.shape().rows()
                : matrix.shape().last();
    }

    /** Columns of a matrix after its transposition. */
    public static int columns(Tensor matrix, Transpose transpose) {
        return transpose == Transpose.NO
                ? matrix.shape().last()
                : matrix.shape().rows();
    }
}
