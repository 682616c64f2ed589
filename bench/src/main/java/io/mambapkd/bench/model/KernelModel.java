package io.mambapkd.bench.model;

import io.mambapkd.bench.sass.Kind;
import io.mambapkd.bench.sass.LoopCount;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How long one launch of a kernel should take.
 *
 * <p>A block needs its units for the longest of three: its instructions at what the schedulers issue, its special functions, its shuffles and shared memory. It needs the latency of
 * its warps, which wait for results and loads as counted in their loops ({@link LoopCount#latency}). Blocks come in waves of as many as fit on the device, the last wave with fewer on
 * each multiprocessor. Units, latency and memory traffic overlap in part: the time is the root of the sum of their squares. To that comes a node of the graph, and {@link #RAMP}.
 *
 * <p>Three constants were fitted, to the operations of our own kernels on an H100 together (bench/results/gpu/h100-2026-11-28/check/kernels.json): {@link #ISSUED}, {@link #RAMP} and
 * the latency of a load from memory that the counted latencies are made with, by trying 0.8 to 1, 1.2 to 2 and 400 to 800 in steps; none is for one kernel.
 *
 * @param device that is modelled
 * @param tables of the kernels
 */
record KernelModel(Device device, Tables tables) {
    /** Fitted: of the cycles of a scheduler, those in which it can issue. */
    static final double ISSUED = 0.9;
    /** Fitted: microseconds until the first block's data are there and after the last block's are gone. */
    static final double RAMP = 1.6;

    private static final int LANES = 32;
    private static final int REGISTER_UNIT = 8;
    private static final int KIB = 1024;

    /** What a launch waits for. */
    enum Limit {
        MEMORY("memory"),
        ISSUE("instructions"),
        WARP("latency of a warp"),
        MUFU("exp unit"),
        SHARED("shared memory, shuffles"),
        NODE("launch"),
        /** Of a library: a bound of memory or arithmetic, no prediction. */
        LIBRARY("library, a bound");

        private final String words;

        Limit(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /**
     * @param microseconds with the node and the ramp
     * @param limit what takes most of them
     * @param memory microseconds of the bytes alone
     * @param compute microseconds of the instructions alone
     */
    record Time(double microseconds, Limit limit, double memory, double compute) {}

    private record Compute(double cycles, Limit limit) {}

    /**
     * A warp, on average.
     *
     * @param counts its instructions by kind
     * @param latency its cycles where no other warp is in the way
     */
    private record Warp(Map<Kind, Double> counts, double latency) {}

    /** @param bytes that the launch moves */
    Time launch(PlannedWork work, double bytes) {
        double memory = device.memory(bytes);
        double warpsOfBlock = Math.ceil((double) work.threads() / LANES);
        Warp warp = warp(work, (double) work.blocks() * warpsOfBlock);
        int resident = residentBlocks(work, warpsOfBlock);
        double multiprocessors = device.limit("multiprocessors");
        double slots = multiprocessors * resident;
        double waves = Math.floor(work.blocks() / slots);
        Compute full = block(warp, warpsOfBlock, resident);
        double cycles = waves * full.cycles();
        Limit limit = full.limit();
        double rest = work.blocks() - waves * slots;
        if (rest > 0) {
            Compute last = block(warp, warpsOfBlock, Math.ceil(rest / multiprocessors));
            cycles += last.cycles();
            limit = waves > 0 ? limit : last.limit();
        }
        double compute = device.clock(cycles);
        double busy = Math.hypot(memory, compute);
        double idle = device.node() + RAMP;
        return new Time(
                busy + idle, idle > busy ? Limit.NODE : memory > compute ? Limit.MEMORY : limit, memory, compute);
    }

    private Warp warp(PlannedWork work, double warps) {
        Map<Kind, Double> counts = new EnumMap<>(Kind.class);
        List<LoopCount> all = tables.counts().getOrDefault(work.name(), List.of());
        double latency = 0;
        if (!all.isEmpty()) {
            add(counts, all.get(0), 1);
            latency += all.get(0).latency();
        }
        for (Tables.Work loop : tables.loops().getOrDefault(work.name(), List.of())) {
            double iterations = loop.loop().iterations(work.arguments(), warps) / warps;
            add(counts, loop.count(), iterations);
            latency += iterations * loop.loop().latency(loop.count());
        }
        return new Warp(counts, latency);
    }

    private static void add(Map<Kind, Double> counts, LoopCount loop, double times) {
        for (Kind kind : Kind.values()) {
            counts.merge(kind, loop.count(kind) * times, Double::sum);
        }
    }

    /** The time of a block with so many on its multiprocessor. */
    private Compute block(Warp warp, double warps, double resident) {
        Map<Kind, Double> counts = warp.counts();
        double instructions =
                counts.values().stream().mapToDouble(Double::doubleValue).sum();
        double onScheduler = Math.max(1, warps * resident / device.limit("schedulers"));
        Compute longest = new Compute(instructions * onScheduler / ISSUED, Limit.ISSUE);
        double special = count(counts, Kind.MUFU) + count(counts, Kind.CONVERT);
        longest = longer(longest, special * LANES / device.limit("mufu") * warps * resident, Limit.MUFU);
        double exchanged = (count(counts, Kind.SHFL) + count(counts, Kind.STS)) / device.limit("shuffle")
                + count(counts, Kind.LDS) / device.limit("broadcast");
        longest = longer(longest, exchanged * warps * resident, Limit.SHARED);
        return new Compute(
                Math.hypot(longest.cycles(), warp.latency()),
                warp.latency() > longest.cycles() ? Limit.WARP : longest.limit());
    }

    private static Compute longer(Compute one, double cycles, Limit limit) {
        return cycles > one.cycles() ? new Compute(cycles, limit) : one;
    }

    private static double count(Map<Kind, Double> counts, Kind kind) {
        return counts.getOrDefault(kind, 0.0);
    }

    /** Blocks of a launch that fit on a multiprocessor. */
    int residentBlocks(PlannedWork work, double warpsOfBlock) {
        Tables.Resources own = tables.resources().get(Tables.key(work.name(), device.target()));
        double most = Math.min(device.limit("blocks"), Math.floor(device.limit("warps") / warpsOfBlock));
        if (own != null) {
            double registers =
                    Math.ceil((double) own.registers() / REGISTER_UNIT) * REGISTER_UNIT * LANES * warpsOfBlock;
            most = Math.min(most, Math.floor(device.limit("registers") / registers));
            double shared = own.sharedBytes() + work.sharedBytes() + KIB;
            most = Math.min(most, Math.floor(device.limit("shared") * KIB / shared));
        }
        return (int) Math.max(1, most);
    }
}
