package io.mambapkd.bench.sass;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Cycles that a warp takes when it runs alone: its instructions start in order, each when the compiler's {@link Schedule} lets it. What the schedule leaves open, because
 * the hardware waits for it, is when an instruction falls a barrier; that comes from a table.
 *
 * <p>The numbers of the table are assumed, of the order of what public microbenchmarks find: Jia et al., arXiv 1804.06826, for Volta; Abdelkhalik et al.,
 * arXiv 2208.11174, for Ampere; Luo et al., arXiv 2402.13499, for Hopper. Only {@link #MEMORY} was fitted, with the constants of {@code bench model}.
 */
final class Latency {
    /** Fitted: until a load from global memory is there, where the memory is busy. */
    static final int MEMORY = 700;
    /** The same of loads that hit a cache: the middle of about 40 in the first one and about 250 in the second. */
    static final int CACHED = 150;

    /** Until an instruction has read its operands. */
    private static final int READ = 12;
    /** Until results are there that have no number of their own. */
    private static final int OTHER = 25;
    /** Until the next special function can start: 4 lanes of a scheduler take the 32 of a warp. */
    private static final int SPECIAL = 8;

    private static final Map<Kind, Integer> RESULTS =
            new EnumMap<>(Map.of(Kind.MUFU, 20, Kind.CONVERT, 20, Kind.SHFL, 25, Kind.LDS, 30, Kind.LOCAL, 40));

    /** Iterations until the barriers that earlier ones left no longer change the time of the next. */
    private static final int WARM_UP = 8;
    /** Iterations whose time is taken, as one can take longer than the next. */
    private static final int TIMED = 4;

    /** Until loads from global memory are there. */
    private final int load;
    /** When each barrier falls. */
    private final long[] falls = new long[Schedule.BARRIERS];

    private long now;
    /** When the next special function can start. */
    private long special;

    private Latency(int load) {
        this.load = load;
    }

    /** Of instructions that run once, which wait for memory once and else for caches. */
    static int once(List<Instruction> way) {
        return Math.min(once(way, MEMORY), onceCached(way) + MEMORY - CACHED);
    }

    /** Of instructions that run once, with global loads that hit a cache. */
    static int onceCached(List<Instruction> way) {
        return once(way, CACHED);
    }

    private static int once(List<Instruction> way, int load) {
        Latency warp = new Latency(load);
        warp.run(way);
        return (int) warp.now;
    }

    /**
     * Of one iteration of a loop that has run for long.
     *
     * @param load cycles until loads from global memory are there
     */
    static int ofIteration(List<Instruction> way, int load) {
        Latency warp = new Latency(load);
        for (int i = 0; i < WARM_UP; i++) {
            warp.run(way);
        }
        long start = warp.now;
        for (int i = 0; i < TIMED; i++) {
            warp.run(way);
        }
        return (int) Math.round((double) (warp.now - start) / TIMED);
    }

    private void run(List<Instruction> way) {
        way.forEach(this::start);
    }

    private void start(Instruction instruction) {
        Schedule schedule = instruction.schedule();
        for (int i = 0; i < Schedule.BARRIERS; i++) {
            if (schedule.waitsFor(i)) {
                now = Math.max(now, falls[i]);
            }
        }
        Kind kind = instruction.kind();
        if (kind == Kind.MUFU || kind == Kind.CONVERT) {
            now = Math.max(now, special);
            special = now + SPECIAL;
        }
        fall(schedule.writes(), result(kind));
        fall(schedule.reads(), READ);
        now += schedule.stall();
    }

    private int result(Kind kind) {
        return kind == Kind.LDG || kind == Kind.ATOMIC || kind == Kind.COPY ? load : RESULTS.getOrDefault(kind, OTHER);
    }

    /** A barrier that several instructions share falls with the last of them. */
    private void fall(int barrier, int cycles) {
        if (barrier < Schedule.BARRIERS) {
            falls[barrier] = Math.max(falls[barrier], now + cycles);
        }
    }
}
