package io.mambapkd.bench.sass;

/**
 * One instruction of a disassembled kernel.
 *
 * @param address in bytes from the start of the kernel
 * @param predicate that it depends on, such as {@code @!P0}; empty if none
 * @param opcode without modifiers
 * @param modifiers such as {@code .DIV}; empty if none
 * @param target the label that a branch goes to; empty for what is no branch
 * @param schedule when it and the next one can start
 */
record Instruction(int address, String predicate, String opcode, String modifiers, String target, Schedule schedule) {
    Kind kind() {
        return Kind.of(opcode);
    }

    /** The same with what its encoding says. */
    Instruction with(Schedule encoded) {
        return new Instruction(address, predicate, opcode, modifiers, target, encoded);
    }

    /** Whether it can go to {@link #target}. Instructions of reconvergence name labels too, and go on behind themselves. */
    boolean jumps() {
        return opcode.equals("BRA") && !target.isEmpty();
    }

    /** Whether the instruction behind it can come next. */
    boolean fallsThrough() {
        boolean always = predicate.isEmpty() && modifiers.isEmpty() || opcode.equals("RET");
        return !(always && (opcode.equals("BRA") || opcode.equals("EXIT") || opcode.equals("RET")));
    }
}
