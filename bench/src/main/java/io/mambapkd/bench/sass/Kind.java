package io.mambapkd.bench.sass;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What an instruction of the machine code occupies. The names of opcodes are those of NVIDIA's CUDA Binary Utilities, Instruction Set Reference for Ampere and
 * Hopper.
 */
public enum Kind {
    /** Multiplications and additions of floats. */
    FMA("FFMA FMUL FADD"),
    /** Exponential, logarithm, reciprocal, root: the special function unit. */
    MUFU("MUFU"),
    /** Conversions between integers and floats, on the special function unit's port. */
    CONVERT("F2I I2F F2F FRND I2I POPC FLO BREV"),
    /** Comparisons and selections of floats. */
    FLOAT_COMPARE("FSEL FSETP FMNMX FSET FCHK FSWZADD"),
    /** Integers, logic, moves. */
    ALU(
            "SEL IADD3 LOP3 SHF LEA ISETP MOV PLOP3 PRMT VIADD VIMNMX IMNMX IABS VIADDMNMX P2R R2P I2FP F2FP VOTE SGXT BMSK IADD R2B MATCH"),
    /** Multiplications of integers, on the float units: mostly addresses. */
    IMAD("IMAD IDP"),
    /** Pairs of half floats, and constants that the compiler loads by way of them. */
    HALF("HADD2 HFMA2 HMUL2 HSETP2 HMNMX2 HSET2"),
    DOUBLE("DFMA DMUL DADD DSETP"),
    TENSOR("HMMA IMMA HGMMA BMMA DMMA"),
    /** Once for a warp: uniform registers. */
    UNIFORM("R2UR S2UR VOTEU REDUX ELECT"),
    /** Constants and special registers. */
    CONSTANT("LDC S2R CS2R"),
    LDS("LDS LDSM"),
    STS("STS STSM"),
    SHFL("SHFL"),
    /** Loads from global memory, or from an address whose memory the compiler does not know. */
    LDG("LDG LD"),
    STG("STG ST"),
    /** Registers that were spilled, and arrays that the compiler could not keep in registers. */
    LOCAL("LDL STL"),
    ATOMIC("ATOM ATOMG ATOMS RED REDG"),
    COPY("LDGSTS LDGDEPBAR UBLKCP SYNCS UTMALDG UTMASTG"),
    /** Branches, and what keeps the lanes of a warp together. */
    CONTROL(
            "BRA EXIT BSSY BSYNC CALL RET BREAK WARPSYNC NOP YIELD BMOV BRX JMP RPCMOV KILL BPT NANOSLEEP ENDCOLLECTIVE"),
    BARRIER("BAR DEPBAR MEMBAR ERRBAR CCTL FENCE"),
    /** An opcode that is in none of these lists. */
    OTHER("");

    private static final Map<String, Kind> BY_OPCODE = new HashMap<>();

    static {
        for (Kind kind : values()) {
            for (String opcode : kind.opcodes.split(" ", -1)) {
                BY_OPCODE.put(opcode, kind);
            }
        }
    }

    private final String opcodes;

    Kind(String opcodes) {
        this.opcodes = opcodes;
    }

    /** @param opcode without modifiers, such as {@code FFMA} */
    static Kind of(String opcode) {
        Kind kind = BY_OPCODE.get(opcode);
        if (kind != null) {
            return kind;
        }
        // Uniform instructions are named after their counterparts for lanes: UIADD3, ULOP3, ULDC.
        return opcode.startsWith("U") ? UNIFORM : OTHER;
    }

    /** Name of the column in tables. */
    public String column() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
