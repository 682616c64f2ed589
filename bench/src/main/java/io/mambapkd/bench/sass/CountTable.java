package io.mambapkd.bench.sass;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Counted instructions of a folder of kernels: its {@code counts.tsv}.
 *
 * @param hashes SHA-256 of each PTX file that was counted, by its path below the folder {@code ptx}
 * @param loops in the order of the names of kernels, then of the code
 */
public record CountTable(SortedMap<String, String> hashes, List<LoopCount> loops) {
    /** What the instructions are counted for. */
    public static final String TARGET = "sm_90";

    private static final String HASH = "# SHA-256 ";
    private static final List<String> FIXED =
            List.of("kernel", "loop", "depth", "out of line", "latency", "cached latency", "instructions");
    /** Kinds whose columns are there even where all are 0. */
    private static final String HEADER = FIXED.stream().collect(Collectors.joining("\t"))
            + Arrays.stream(Kind.values()).map(kind -> "\t" + kind.column()).collect(Collectors.joining());

    public CountTable {
        hashes = new TreeMap<>(hashes);
        loops = loops.stream()
                .sorted(java.util.Comparator.comparing(LoopCount::kernel).thenComparing(LoopCount::loop))
                .toList();
    }

    /** The text of the file. */
    public String text() {
        StringBuilder text = new StringBuilder("# Written by make counts, of " + TARGET + "\n");
        hashes.forEach((file, hash) ->
                text.append(HASH).append(hash).append("  ").append(file).append('\n'));
        text.append(HEADER).append('\n');
        for (LoopCount loop : loops) {
            text.append(String.join(
                    "\t",
                    loop.kernel(),
                    Integer.toString(loop.loop()),
                    Integer.toString(loop.depth()),
                    Integer.toString(loop.outOfLine()),
                    Integer.toString(loop.latency()),
                    Integer.toString(loop.cachedLatency()),
                    Integer.toString(loop.instructions())));
            for (Kind kind : Kind.values()) {
                text.append('\t').append(loop.count(kind));
            }
            text.append('\n');
        }
        return text.toString();
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @param where the file, for messages
     * @throws InputException if a line is not of that form
     */
    public static CountTable parse(String text, String where) {
        SortedMap<String, String> hashes = new TreeMap<>();
        List<LoopCount> loops = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith(HASH)) {
                String[] parts = line.substring(HASH.length()).split("  ", 2);
                hashes.put(parts.length == 2 ? parts[1] : "", parts[0]);
            } else if (!line.startsWith("#") && !line.equals(HEADER)) {
                loops.add(loop(line, where));
            }
        }
        return new CountTable(hashes, loops);
    }

    private static LoopCount loop(String line, String where) {
        String[] cells = line.split("\t", -1);
        Kind[] kinds = Kind.values();
        if (cells.length == FIXED.size() + kinds.length
                && Arrays.stream(cells).skip(1).allMatch(cell -> cell.matches("[0-9]{1,9}"))) {
            Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
            for (int i = 0; i < kinds.length; i++) {
                int count = Integer.parseInt(cells[FIXED.size() + i]);
                if (count > 0) {
                    counts.put(kinds[i], count);
                }
            }
            LoopCount loop = new LoopCount(
                    cells[0],
                    Integer.parseInt(cells[1]),
                    Integer.parseInt(cells[2]),
                    Integer.parseInt(cells[3]),
                    Integer.parseInt(cells[4]),
                    Integer.parseInt(cells[5]),
                    counts);
            if (loop.instructions() == Integer.parseInt(cells[6])) {
                return loop;
            }
        }
        throw new InputException(where + ": expected a line of the columns '" + HEADER.replace('\t', ' ') + "', got '"
                + line + "'; make counts writes the file anew");
    }

    /** The lines of a kernel: what is in no loop first. */
    public List<LoopCount> of(String kernel) {
        return loops.stream().filter(loop -> loop.kernel().equals(kernel)).toList();
    }
}
