package io.mambapkd.ops.cuda.assembly;

import io.mambapkd.ops.cuda.driver.DeferredSums;
import io.mambapkd.ops.cuda.driver.DeferredSums.Sum;
import io.mambapkd.ops.cuda.kernels.Grids;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;

/** What {@code gradient_assembly_f32} goes through: ranges of gradients, each with the sums that make it. The constants and the layout are those of {@code gradient_assembly.cu}. */
final class AssemblyTable {
    /** Integers of a range and of a sum in the table of the device. */
    static final int RANGE = 7;

    static final int SUM = 6;

    private static final int BLOCK_BITS = 9;
    /** Fewest columns of a tile: as many floats as memory reads at once. */
    private static final int FEWEST_LANE_BITS = 3;
    /** Rows that a thread has on their way at once. */
    private static final int LOADS = 8;
    /** Gradients of a tile without sums. */
    private static final int DIRECT_BITS = 11;

    /**
     * Neighbouring gradients that come from the same sums.
     *
     * @param from the first of them
     * @param end behind the last
     * @param adds whether operations reach them, too
     * @param sums in the order in which they are added; none, if operations alone make these gradients
     */
    record Range(int from, int end, boolean adds, List<Sum> sums) {
        /** Columns of a tile, as a power of two: few, where there are many rows to be added by many threads. */
        int laneBits() {
            if (sums.isEmpty()) {
                return DIRECT_BITS;
            }
            int rows = sums.stream().mapToInt(Sum::rows).max().orElse(1);
            int lanes = BLOCK_BITS;
            while (lanes > FEWEST_LANE_BITS && rows > LOADS << (BLOCK_BITS - lanes)) {
                lanes--;
            }
            return lanes;
        }

        int tiles() {
            return Grids.blocks(end - from, 1L << laneBits());
        }
    }

    private final List<Range> ranges;

    private AssemblyTable(List<Range> ranges) {
        this.ranges = ranges;
    }

    /** @param sums of a pass that has ended */
    static AssemblyTable of(DeferredSums sums) {
        return of(sums.sums(), sums.reached());
    }

    /** @param reached gradients that operations add to themselves */
    static AssemblyTable of(List<Sum> sums, BitSet reached) {
        TreeSet<Integer> borders = new TreeSet<>();
        for (Sum sum : sums) {
            borders.add(sum.first());
            borders.add(sum.end());
        }
        for (int from = reached.nextSetBit(0); from >= 0; from = reached.nextSetBit(reached.nextClearBit(from))) {
            borders.add(from);
            borders.add(reached.nextClearBit(from));
        }
        List<Range> ranges = new ArrayList<>();
        int from = 0;
        for (int end : borders) {
            int first = from;
            List<Sum> of = sums.stream()
                    .filter(sum -> sum.first() <= first && first < sum.end())
                    .toList();
            if (end > first && (reached.get(first) || !of.isEmpty())) {
                ranges.add(new Range(first, end, reached.get(first), of));
            }
            from = end;
        }
        return new AssemblyTable(withoutGaps(ranges));
    }

    /** Ranges without sums as one, with what is between them, which no operation changes. */
    private static List<Range> withoutGaps(List<Range> ranges) {
        List<Range> joined = new ArrayList<>();
        for (Range range : ranges) {
            Range before = joined.isEmpty() ? range : joined.get(joined.size() - 1);
            if (!joined.isEmpty() && range.sums().isEmpty() && before.sums().isEmpty()) {
                joined.set(joined.size() - 1, new Range(before.from(), range.end(), true, List.of()));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }

    List<Range> ranges() {
        return ranges;
    }

    /** Ranges that must be zero before a pass, as operations add to them: without sums. */
    List<Range> zeroed() {
        List<Range> zeroed = new ArrayList<>();
        for (Range range : ranges) {
            int last = zeroed.size() - 1;
            if (range.adds() && last >= 0 && zeroed.get(last).end() == range.from()) {
                zeroed.set(last, new Range(zeroed.get(last).from(), range.end(), true, List.of()));
            } else if (range.adds()) {
                zeroed.add(new Range(range.from(), range.end(), true, List.of()));
            }
        }
        return zeroed;
    }

    int tiles() {
        return ranges.stream().mapToInt(Range::tiles).sum();
    }

    /** The range of each tile. */
    int[] tileRanges() {
        int[] of = new int[tiles()];
        int tile = 0;
        for (int i = 0; i < ranges.size(); i++) {
            for (int k = 0; k < ranges.get(i).tiles(); k++) {
                of[tile++] = i;
            }
        }
        return of;
    }

    /** The ranges as the kernel reads them, {@link #RANGE} integers each. */
    int[] rangeWords() {
        int[] words = new int[ranges.size() * RANGE];
        int tile = 0;
        int sum = 0;
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            int at = i * RANGE;
            words[at] = range.from();
            words[at + 1] = range.end() - range.from();
            words[at + 2] = tile;
            words[at + 3] = range.laneBits();
            words[at + 4] = sum;
            words[at + 5] = range.sums().size();
            words[at + 6] = range.adds() ? 1 : 0;
            tile += range.tiles();
            sum += range.sums().size();
        }
        return words;
    }

    /**
     * The sums of all ranges as the kernel reads them, {@link #SUM} integers each.
     *
     * @param gradients address of the first gradient
     */
    int[] sumWords(long gradients) {
        int[] words =
                new int[ranges.stream().mapToInt(range -> range.sums().size()).sum() * SUM];
        int at = 0;
        for (Range range : ranges) {
            for (Sum sum : range.sums()) {
                int skipped = range.from() - sum.first();
                distance(gradients, sum.partials(), skipped, words, at);
                if (sum.logarithms() != 0) {
                    distance(gradients, sum.logarithms(), skipped, words, at + 2);
                }
                words[at + 4] = sum.rows();
                words[at + 5] = sum.stride();
                at += SUM;
            }
        }
        return words;
    }

    private static void distance(long from, long to, int skipped, int[] words, int at) {
        long floats = (to - from) / Float.BYTES + skipped;
        words[at] = (int) floats;
        words[at + 1] = (int) (floats >> Integer.SIZE);
    }
}
