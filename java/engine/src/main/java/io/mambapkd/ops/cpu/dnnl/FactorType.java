package io.mambapkd.ops.cpu.dnnl;

import org.bytedeco.dnnl.memory;

/** How the two factors of a convolution's products come to the library. */
enum FactorType {
    F32(memory.data_type.f32),
    /** Rounded to BF16, which the processor multiplies. */
    BF16(memory.data_type.bf16),
    /** Rounded to BF16 and stored as F32, for processors that multiply no BF16: the same products. */
    ROUNDED(memory.data_type.f32);

    private final memory.data_type type;

    FactorType(memory.data_type type) {
        this.type = type;
    }

    memory.data_type type() {
        return type;
    }
}
