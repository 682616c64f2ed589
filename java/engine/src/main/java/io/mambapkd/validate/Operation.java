package io.mambapkd.validate;

import io.mambapkd.tensor.DType;
import java.util.List;

/**
 * What is compared.
 *
 * @param name of the operation family, as users select it
 * @param types of activations that it is compared in
 * @param work draws extents and inputs from the trial, calls the backend, and hands the results to the trial
 * @param bends whether it has ReLUs or maxima, of which a rounding may choose the other side; its {@link Trial#images} can be moved to find out
 */
record Operation(String name, List<DType> types, Work work, boolean bends) {
    /** Must draw the same numbers in the same order on every backend. */
    @FunctionalInterface
    interface Work {
        void run(Trial trial);
    }

    Operation {
        types = List.copyOf(types);
    }

    /** In F32 alone. */
    Operation(String name, Work work) {
        this(name, List.of(DType.F32), work, false);
    }

    /** In F32, and in BF16 where the tested backend has it. */
    static Operation inBothTypes(String name, Work work) {
        return new Operation(name, List.of(DType.F32, DType.BF16), work, false);
    }

    /** The same operation, with bends. */
    Operation withBends() {
        return new Operation(name, types, work, true);
    }
}
