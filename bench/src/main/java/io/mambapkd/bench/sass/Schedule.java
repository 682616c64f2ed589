package io.mambapkd.bench.sass;

/**
 * What the compiler wrote into an instruction of 128 bits about when it and the next one can start. The layout is that of Volta and later devices: Jia et al., Dissecting the NVIDIA
 * Volta GPU Architecture via Microbenchmarking, arXiv 1804.06826.
 *
 * @param stall cycles until the next instruction of the warp can start, bits 105 to 108; at least 1
 * @param writes number of the barrier that falls when the result is there, bits 110 to 112; {@link #NONE} if there is none, as for instructions that always take the same time
 * @param reads number of the barrier that falls when the operands are read, bits 113 to 115; {@link #NONE} if there is none
 * @param waits barriers that must have fallen before it starts, bits 116 to 121: 1 for barrier 0, 2 for barrier 1
 */
record Schedule(int stall, int writes, int reads, int waits) {
    /** Barriers of a warp. */
    static final int BARRIERS = 6;
    /** In the place of the number of a barrier. */
    static final int NONE = 7;
    /** Of a listing without encodings. */
    static final Schedule UNKNOWN = new Schedule(1, NONE, NONE, 0);

    private static final int FIRST_BIT = 105 - 64;
    private static final int STALL_BITS = 4;
    private static final int YIELD_BITS = 1;
    private static final int NUMBER_BITS = 3;

    /** @param high upper 64 bits of an instruction */
    static Schedule of(long high) {
        long bits = high >>> FIRST_BIT;
        int stall = low(bits, STALL_BITS);
        bits >>>= STALL_BITS + YIELD_BITS;
        int writes = low(bits, NUMBER_BITS);
        bits >>>= NUMBER_BITS;
        int reads = low(bits, NUMBER_BITS);
        bits >>>= NUMBER_BITS;
        return new Schedule(Math.max(1, stall), writes, reads, low(bits, BARRIERS));
    }

    /** @param barrier its number */
    boolean waitsFor(int barrier) {
        return (waits >> barrier & 1) > 0;
    }

    private static int low(long bits, int count) {
        return (int) (bits & (1 << count) - 1);
    }
}
