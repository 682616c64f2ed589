package io.mambapkd.bench.sass;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which loop of a kernel does its work, and how much of it in one iteration: a line of {@code loops.tsv}, which people write.
 *
 * @param kernel name of the entry
 * @param name of the loop, for people
 * @param kind what tells it from other loops: that it has instructions of this kind; null if its number does
 * @param rank 1 for the longest of the loops of that kind, 2 for the next; or the number of the loop in the order of the code
 * @param warpSteps that one iteration of a warp covers: each one step of the sequence, or one element, in every lane
 * @param iterations of all warps of a launch together, as a {@link Formula}
 * @param cached whether its global loads come from caches, as other warps read the same
 */
public record CountedLoop(
        String kernel, String name, @Nullable Kind kind, int rank, int warpSteps, String iterations, boolean cached) {
    private static final String HEADER = "kernel\tloop\tkind\trank\twarp steps\titerations\tlimit\tloads";
    private static final String CACHED = "cached";
    private static final String BY_NUMBER = "number";
    private static final String ALL = "all";
    private static final String NONE = "-";

    /**
     * The most instructions that the listed loops of a kernel may take for a warp-step, together.
     *
     * @param kernel name of the entry
     */
    public record Limit(String kernel, double instructions) {}

    /**
     * A file.
     *
     * @param loops its lines of loops
     * @param limits its lines of limits, whose loop is named {@code all}
     */
    public record File(List<CountedLoop> loops, List<Limit> limits) {
        public File {
            loops = List.copyOf(loops);
            limits = List.copyOf(limits);
        }

        /** The loops of a kernel. */
        public List<CountedLoop> of(String kernel) {
            return loops.stream().filter(loop -> loop.kernel().equals(kernel)).toList();
        }
    }

    /**
     * Reads a file.
     *
     * @param where the file, for messages
     * @throws InputException if a line is not of that form
     */
    public static File parse(String text, String where) {
        List<CountedLoop> loops = new ArrayList<>();
        List<Limit> limits = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith("#") || line.equals(HEADER)) {
                continue;
            }
            String[] cells = line.split("\t", -1);
            try {
                if (cells.length == 7 && cells[1].equals(ALL)) {
                    limits.add(new Limit(cells[0], Double.parseDouble(cells[6])));
                    continue;
                }
                boolean cached = cells.length == 8 && cells[7].equals(CACHED);
                if ((cells.length == 7 || cached) && cells[6].equals(NONE)) {
                    loops.add(new CountedLoop(
                            cells[0],
                            cells[1],
                            kind(cells[2]),
                            Integer.parseInt(cells[3]),
                            Integer.parseInt(cells[4]),
                            cells[5],
                            cached));
                    continue;
                }
            } catch (IllegalArgumentException failure) {
                throw new InputException(wrong(line, where), failure);
            }
            throw new InputException(wrong(line, where));
        }
        return new File(loops, limits);
    }

    private static @Nullable Kind kind(String cell) {
        return cell.equals(BY_NUMBER)
                ? null
                : Kind.valueOf(cell.toUpperCase(Locale.ROOT).replace(' ', '_'));
    }

    /**
     * Iterations of all warps of a launch together.
     *
     * @param arguments of the kernel that are numbers, with anything in the place of addresses
     * @param warps of the grid
     * @throws InputException if the formula is none
     */
    public double iterations(List<Long> arguments, double warps) {
        return Formula.value(iterations, arguments, warps);
    }

    /** Cycles that a warp alone takes for an iteration. */
    public int latency(LoopCount count) {
        return cached ? count.cachedLatency() : count.latency();
    }

    /** What the loop is told from others by. */
    String mark() {
        return kind == null ? "number " + rank : rank + ". longest with " + kind.column();
    }

    private static String wrong(String line, String where) {
        return where + ": expected a line of the columns '" + HEADER.replace('\t', ' ') + "', with '" + NONE
                + "' as the limit of a loop, and loop '" + ALL + "' for the limit of a kernel; '" + CACHED
                + "' or nothing as the loads, got '" + line + "'";
    }

    /** The loop of a table that this line means, if it is there. */
    public Optional<LoopCount> in(CountTable table) {
        Kind wanted = kind;
        if (wanted == null) {
            return table.of(kernel).stream().filter(loop -> loop.loop() == rank).findFirst();
        }
        return table.of(kernel).stream()
                .filter(loop -> loop.loop() > 0 && loop.count(wanted) > 0)
                .sorted(Comparator.comparingInt(LoopCount::instructions)
                        .reversed()
                        .thenComparing(LoopCount::loop))
                .skip(rank - 1L)
                .findFirst();
    }
}
