package io.mambapkd.ops.cuda;

/** One entry of a loaded PTX module. */
final class Kernel {
    private final String name;

    Kernel(String name) {
        this.name = name;
    }

    /** The entry's name in the PTX. */
    String name() {
        return name;
    }
}
