package io.mambapkd.bench.sass;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Instructions of one loop of a kernel, without those of loops within it.
 *
 * @param kernel name of the entry
 * @param loop 0 for what is in no loop; else its number, from 1, in the order of the code
 * @param depth 0 for what is in no loop, 1 for a loop that is in no other
 * @param outOfLine instructions that the compiler laid outside of the loop's stretch of code, for ways that are seldom taken, such as a warp whose lanes have parted;
 *     not among the counts
 * @param latency cycles that a warp takes for one iteration on that way when it runs alone and its global loads come from memory; of what is in no loop, for all
 *     of it, with one wait for memory, as its longest way goes through many guarded and unrolled parts of which few run
 * @param cachedLatency the same where its global loads come from caches
 * @param counts of one iteration by kind, on the longest way through it: of two sides of a branch the longer one
 */
public record LoopCount(
        String kernel, int loop, int depth, int outOfLine, int latency, int cachedLatency, Map<Kind, Integer> counts) {
    public LoopCount {
        EnumMap<Kind, Integer> all = new EnumMap<>(Kind.class);
        all.putAll(counts);
        counts = all;
    }

    /** Of one iteration. */
    public int instructions() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Of one iteration, of a kind. */
    public int count(Kind kind) {
        return counts.getOrDefault(kind, 0);
    }

    /** The loops of all kernels of a disassembly, those of a kernel together, each kernel's line of what is in no loop first. */
    public static List<LoopCount> of(String disassembly) {
        List<LoopCount> counts = new ArrayList<>();
        Listing.parse(disassembly).forEach(kernel -> counts.addAll(of(kernel)));
        return counts;
    }

    private static List<LoopCount> of(Listing kernel) {
        ControlFlow flow = new ControlFlow(kernel);
        List<ControlFlow.Loop> loops = flow.loops();
        List<LoopCount> counts = new ArrayList<>();
        BitSet all = flow.reachableInstructions();
        BitSet outside = (BitSet) all.clone();
        loops.forEach(loop -> outside.andNot(loop.members()));
        BitSet straight = flow.longestWay(0, all, outside, false);
        List<Instruction> once = on(kernel, straight);
        counts.add(new LoopCount(
                kernel.name(), 0, 0, 0, Latency.once(once), Latency.onceCached(once), counts(kernel, straight)));
        for (ControlFlow.Loop loop : loops) {
            BitSet own = (BitSet) loop.members().clone();
            loops.stream().filter(loop::contains).forEach(inner -> own.andNot(inner.members()));
            BitSet far = (BitSet) own.clone();
            far.clear(loop.first(), loop.last() + 1);
            own.andNot(far);
            BitSet near = (BitSet) loop.members().clone();
            near.andNot(far);
            int depth = 1
                    + (int) loops.stream().filter(outer -> outer.contains(loop)).count();
            BitSet way = flow.longestWay(loop.first(), near, own, true);
            List<Instruction> iteration = on(kernel, way);
            counts.add(new LoopCount(
                    kernel.name(),
                    counts.size(),
                    depth,
                    far.cardinality(),
                    Latency.ofIteration(iteration, Latency.MEMORY),
                    Latency.ofIteration(iteration, Latency.CACHED),
                    counts(kernel, way)));
        }
        return counts;
    }

    private static List<Instruction> on(Listing kernel, BitSet way) {
        return way.stream().mapToObj(kernel.instructions()::get).toList();
    }

    private static Map<Kind, Integer> counts(Listing kernel, BitSet instructions) {
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        instructions.stream()
                .forEach(i -> counts.merge(kernel.instructions().get(i).kind(), 1, Integer::sum));
        return counts;
    }
}
