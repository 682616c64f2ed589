package io.mambapkd.bench.kernels;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.DType;
import java.util.List;

/**
 * What is measured: one operation of the engine, of one or several kernels.
 *
 * @param name that users select it by
 * @param variant {@link #SHIPPED}, or the name of a variant in {@code bench/kernels}
 * @param kind of the sizes that it is measured at
 * @param types of activations
 * @param declaration of its tensors
 * @param offer where a backend has it
 */
record KernelOperation(
        String name, String variant, KernelShape.Kind kind, List<DType> types, Declaration declaration, Offer offer) {
    /** The kernels of {@code cuda/}, and what cuBLAS and cuDNN do. */
    static final String SHIPPED = "shipped";

    /** Declares tensors, bytes, arithmetic; returns the launch, which is called once they are filled. The CPU is the specification of all variants. */
    @FunctionalInterface
    interface Declaration {
        Runnable declare(KernelTensors t, Backend backend);
    }

    /** Whether a backend has the operation at a size. Where it has not, its layers launch others. */
    @FunctionalInterface
    interface Offer {
        boolean has(Backend backend, KernelShape shape, DType activations);
    }

    KernelOperation {
        types = List.copyOf(types);
    }

    /** One that every backend has at every size. */
    KernelOperation(String name, String variant, KernelShape.Kind kind, List<DType> types, Declaration declaration) {
        this(name, variant, kind, types, declaration, (backend, shape, activations) -> true);
    }

    /** The shipped one, in F32 alone. */
    KernelOperation(String name, KernelShape.Kind kind, Declaration declaration) {
        this(name, SHIPPED, kind, List.of(DType.F32), declaration);
    }

    /** The shipped one, in F32 and BF16. */
    static KernelOperation inBothTypes(String name, KernelShape.Kind kind, Declaration declaration) {
        return inBothTypes(name, SHIPPED, kind, declaration);
    }

    static KernelOperation inBothTypes(String name, String variant, KernelShape.Kind kind, Declaration declaration) {
        return new KernelOperation(name, variant, kind, List.of(DType.F32, DType.BF16), declaration);
    }

    /** The same, of which not every backend has every size. */
    KernelOperation whereOffered(Offer where) {
        return new KernelOperation(name, variant, kind, types, declaration, where);
    }
}
