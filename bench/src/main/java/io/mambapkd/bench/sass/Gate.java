package io.mambapkd.bench.sass;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is wrong with a table of counts: it is of other PTX, a loop is missing, spills, or is longer than its limit. */
public final class Gate {
    private Gate() {}

    /**
     * @param table the committed counts
     * @param file which loops do the work, and their limits
     * @param ptx SHA-256 of the PTX files that a device of {@link CountTable#TARGET} loads, by path below the folder {@code ptx}
     * @return a sentence for each problem
     */
    public static List<String> problems(CountTable table, CountedLoop.File file, Map<String, String> ptx) {
        List<String> problems = new ArrayList<>();
        ptx.forEach((name, hash) -> {
            if (!hash.equals(table.hashes().get(name))) {
                problems.add(name + " is not the PTX that was counted; run make counts");
            }
        });
        table.hashes().keySet().stream()
                .filter(name -> !ptx.containsKey(name))
                .forEach(name -> problems.add(name + " was counted and is no longer loaded; run make counts"));
        for (CountedLoop loop : file.loops()) {
            loop.in(table)
                    .ifPresentOrElse(
                            count -> {
                                if (count.count(Kind.LOCAL) > 0) {
                                    problems.add(loop.kernel() + ", loop '" + loop.name() + "': "
                                            + count.count(Kind.LOCAL)
                                            + " instructions of local memory; give it fewer live values");
                                }
                            },
                            () -> problems.add(
                                    loop.kernel() + ", loop '" + loop.name() + "': no line in the table is the "
                                            + loop.rank() + ". longest with "
                                            + loop.kind().column()
                                            + "; run make counts, or correct loops.tsv"));
        }
        for (CountedLoop.Limit limit : file.limits()) {
            double instructions = ofWarpStep(table, file.of(limit.kernel()));
            if (file.of(limit.kernel()).isEmpty()) {
                problems.add(limit.kernel() + ": has a limit and no loop in loops.tsv");
            } else if (instructions > limit.instructions()) {
                problems.add(String.format(
                        Locale.ROOT,
                        "%s: %.1f instructions for a warp-step, its limit is %.1f",
                        limit.kernel(),
                        instructions,
                        limit.instructions()));
            }
        }
        return problems;
    }

    /** Instructions of some loops of a kernel for a warp-step, together; loops that are not in the table count nothing. */
    public static double ofWarpStep(CountTable table, List<CountedLoop> loops) {
        return loops.stream()
                .mapToDouble(loop -> loop.in(table)
                        .map(count -> (double) count.instructions() / loop.warpSteps())
                        .orElse(0.0))
                .sum();
    }
}
