package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** Argument checks of the copies of a {@link io.mambapkd.ops.Backend}. */
public final class CopyChecks {
    private CopyChecks() {}

    /** Refuses a target that is not dense, of {@code dtype} and of as many elements as the array. */
    public static void upload(int elements, DType dtype, Tensor target) {
        Checks.that(
                target.isDense() && target.shape().elements() == elements,
                "upload",
                elements + " elements do not fit into " + target);
        typed("upload", target, dtype);
    }

    /** Refuses a source that is not dense F32, or has more elements than the array behind {@code at}. */
    public static void download(Tensor source, float[] target, int at) {
        Checks.that(source.isDense(), "download", source + " must be dense");
        typed("download", source, DType.F32);
        Checks.that(
                at >= 0 && source.shape().elements() <= target.length - at,
                "download",
                source + " does not fit into an array of " + target.length + " elements at " + at);
    }

    /** Refuses a source that is not dense I32. Returns the number of its elements. */
    public static int downloadIntegers(Tensor source) {
        Checks.that(source.isDense(), "download", source + " must be dense");
        typed("download", source, DType.I32);
        return Math.toIntExact(source.shape().elements());
    }

    /** Refuses a target that is not dense. */
    public static void zero(Tensor target) {
        Checks.that(target.isDense(), "zero", target + " must be dense");
    }

    /** Refuses two tensors that are not F32, or not BF16, of one shape. */
    public static void copy(Tensor source, Tensor target) {
        DType dtype = Checks.activationType("copy", "source", source);
        Checks.columnView("copy", "target", target, dtype, source.shape().toArray());
    }

    private static void typed(String operation, Tensor tensor, DType dtype) {
        Checks.that(tensor.dtype() == dtype, operation, tensor + " must be " + dtype);
    }
}
