package io.mambapkd.ops;

import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/** Argument checks shared by all backends, so that all of them say the same. */
public final class Checks {
    private Checks() {}

    /** Refuses a tensor that is not dense F32 of the given shape. */
    public static void shape(String operation, String role, Tensor tensor, int... expected) {
        dense(operation, role, tensor, DType.F32, expected);
    }

    /** Refuses a tensor that is not dense, of the given type and shape. */
    public static void shape(String operation, String role, Tensor tensor, DType dtype, int... expected) {
        dense(operation, role, tensor, dtype, expected);
    }

    /** Refuses a tensor that is not of the given type and shape; its rows may have gaps. */
    public static void columnView(String operation, String role, Tensor tensor, DType dtype, int... expected) {
        typed(operation, role, tensor, dtype, expected);
    }

    /** The type of a tensor that may be F32 or BF16; refuses the others. */
    public static DType activationType(String operation, String role, Tensor tensor) {
        DType dtype = tensor.dtype();
        that(
                dtype == DType.F32 || dtype == DType.BF16,
                operation,
                role + " must be " + DType.F32 + " or " + DType.BF16 + " but is " + tensor);
        return dtype;
    }

    /** Refuses a tensor that is not F32 of the given shape; its rows may have gaps. */
    public static void columnView(String operation, String role, Tensor tensor, int... expected) {
        typed(operation, role, tensor, DType.F32, expected);
    }

    /** Refuses a tensor that is not dense I32 of the given shape. */
    public static void integers(String operation, String role, Tensor tensor, int... expected) {
        dense(operation, role, tensor, DType.I32, expected);
    }

    /** Refuses a tensor that is not dense U8 of the given shape. */
    public static void bytes(String operation, String role, Tensor tensor, int... expected) {
        dense(operation, role, tensor, DType.U8, expected);
    }

    /** Refuses anything that does not hold, in one sentence. */
    public static void that(boolean holds, String operation, String message) {
        if (!holds) {
            throw new IllegalArgumentException(operation + ": " + message);
        }
    }

    private static void dense(String operation, String role, Tensor tensor, DType dtype, int... expected) {
        typed(operation, role, tensor, dtype, expected);
        if (!tensor.isDense()) {
            throw new IllegalArgumentException(operation + ": " + role + " " + tensor.shape()
                    + " must be dense, got a column view of " + tensor.name());
        }
    }

    private static void typed(String operation, String role, Tensor tensor, DType dtype, int... expected) {
        Shape shape = Shape.of(expected);
        if (!tensor.shape().equals(shape)) {
            throw new IllegalArgumentException(
                    operation + ": " + role + " must have shape " + shape + " but is " + tensor);
        }
        if (tensor.dtype() != dtype) {
            throw new IllegalArgumentException(operation + ": " + role + " must be " + dtype + " but is " + tensor);
        }
    }
}
