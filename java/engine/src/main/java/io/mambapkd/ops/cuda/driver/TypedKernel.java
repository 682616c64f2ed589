package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** The two entries of one source: {@code STEM_f32} and {@code STEM_bf16}, for activations of those types. */
public record TypedKernel(Kernel float32, Kernel bfloat16) {
    /** @throws IllegalArgumentException if the family lacks one of them */
    public static TypedKernel of(CudaContext cuda, String family, String stem) {
        return new TypedKernel(cuda.kernel(family, stem + "_f32"), cuda.kernel(family, stem + "_bf16"));
    }

    /** The entry for tensors of the type of {@code activation}, which is F32 or BF16. */
    public Kernel of(Tensor activation) {
        return activation.dtype() == DType.BF16 ? bfloat16 : float32;
    }
}
