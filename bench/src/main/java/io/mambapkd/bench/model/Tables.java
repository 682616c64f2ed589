package io.mambapkd.bench.model;

import io.mambapkd.bench.sass.CountTable;
import io.mambapkd.bench.sass.CountedLoop;
import io.mambapkd.bench.sass.LoopCount;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of kernels without a device: the committed tables of those that ship and of the variants, which are packed with the program.
 *
 * @param counts instructions of each kernel: what is in no loop first, then its loops
 * @param loops those that do its work
 * @param resources registers and shared memory, by kernel and target
 */
record Tables(Map<String, List<LoopCount>> counts, Map<String, List<Work>> loops, Map<String, Resources> resources) {
    private static final List<String> FOLDERS = List.of("shipped/", "variants/");

    /**
     * A loop that does the work of a kernel.
     *
     * @param loop how often it runs
     * @param count its instructions
     */
    record Work(CountedLoop loop, LoopCount count) {}

    /**
     * A line of {@code budgets.tsv}.
     *
     * @param registers of a thread
     * @param sharedBytes static shared memory of a block
     */
    record Resources(int registers, int sharedBytes) {}

    static Tables packed() {
        Map<String, List<LoopCount>> counts = new HashMap<>();
        Map<String, List<Work>> loops = new HashMap<>();
        Map<String, Resources> resources = new HashMap<>();
        for (String folder : FOLDERS) {
            CountTable table = CountTable.parse(text(folder + "counts.tsv"), folder + "counts.tsv");
            table.loops()
                    .forEach(loop -> counts.computeIfAbsent(loop.kernel(), kernel -> new ArrayList<>())
                            .add(loop));
            CountedLoop.parse(text(folder + "loops.tsv"), folder + "loops.tsv")
                    .loops()
                    .forEach(loop -> loop.in(table)
                            .ifPresent(count -> loops.computeIfAbsent(loop.kernel(), kernel -> new ArrayList<>())
                                    .add(new Work(loop, count))));
            text(folder + "budgets.tsv").lines().skip(1).forEach(line -> {
                String[] cells = line.split("\t", -1);
                resources.put(
                        key(cells[0], cells[1]), new Resources(Integer.parseInt(cells[2]), Integer.parseInt(cells[4])));
            });
        }
        return new Tables(counts, loops, resources);
    }

    /** The operations of {@code bench kernels}, and training steps. */
    static List<PlannedOperation> operations() {
        List<PlannedOperation> operations = new ArrayList<>();
        for (String file : List.of("variants/launches.tsv", "shipped/step-kernels.tsv")) {
            operations.addAll(PlannedOperation.parse(text(file), file));
        }
        return operations;
    }

    static String key(String kernel, String target) {
        return kernel + " " + target;
    }

    /** Whether all loops of a kernel that could take time are known: it has none, or some are listed. */
    boolean knowsLoops(String kernel) {
        return loops.containsKey(kernel)
                || counts.getOrDefault(kernel, List.of()).size() <= 1;
    }

    static String text(String name) {
        try (InputStream file = Tables.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("the program was packed without " + name);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
