package io.mambapkd.ops.cuda.ptx;

/** Type of a kernel parameter, as far as PTX tells: addresses and {@code long long} look the same there. */
public enum ParameterType {
    WIDE("a pointer or long long"),
    INT32("an int"),
    FLOAT32("a float");

    private final String description;

    ParameterType(String description) {
        this.description = description;
    }

    /**
     * The type that PTX writes as {@code directive}, such as {@code .u64}.
     *
     * @throws IllegalArgumentException for a type that a launch cannot pass
     */
    static ParameterType of(String directive) {
        return switch (directive) {
            case ".u64", ".s64", ".b64" -> WIDE;
            case ".u32", ".s32", ".b32" -> INT32;
            case ".f32" -> FLOAT32;
            default -> throw new IllegalArgumentException("parameter type " + directive + " cannot be passed");
        };
    }

    /** {@code an int}. */
    @Override
    public String toString() {
        return description;
    }
}
