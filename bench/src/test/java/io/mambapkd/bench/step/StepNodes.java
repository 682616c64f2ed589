package io.mambapkd.bench.step;

import io.mambapkd.Checkout;
import io.mambapkd.emulator.EmulatedDriver.GraphNodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One training step as a CUDA graph: a line of {@code kernels-build/step-nodes.tsv}.
 *
 * @param model which of {@link CountedStep}
 * @param batch images of the step
 * @param precision f32 or bf16
 * @param nodes of the graph, for one step
 * @param bytes of device memory that these nodes load and store: of each node every byte once each way, without workspaces of libraries
 */
record StepNodes(String model, int batch, String precision, GraphNodes nodes, long bytes) {
    static final Path FILE = Checkout.path("kernels-build/step-nodes.tsv");

    /** The launches of the same steps, and of those that {@code bench step} measures. */
    static final Path KERNELS = Checkout.path("kernels-build/step-kernels.tsv");

    static final String HEADER = "model\tbatch\tprecision\tnodes\tkernels\tlibrary calls\tcopies\tmemsets\tbytes";

    /** Model, batch, precision, and whole numbers for the rest. */
    private static final Pattern LINE = Pattern.compile("([^\t]+)\t(\\d+)\t([^\t]+)\t\\d+" + "\t(\\d+)".repeat(5));

    /** What tells the lines of a file apart. */
    String key() {
        return model + ", batch " + batch + ", " + precision;
    }

    private String counts() {
        return String.format(
                Locale.ROOT,
                "%d nodes (%d kernels, %d library calls, %d copies, %d memsets) and %d bytes",
                nodes.all(),
                nodes.kernels(),
                nodes.libraryCalls(),
                nodes.copies(),
                nodes.fills(),
                bytes);
    }

    private String line() {
        return String.join(
                "\t",
                model,
                Integer.toString(batch),
                precision,
                Long.toString(nodes.all()),
                Long.toString(nodes.kernels()),
                Long.toString(nodes.libraryCalls()),
                Long.toString(nodes.copies()),
                Long.toString(nodes.fills()),
                Long.toString(bytes));
    }

    /** The text of a file with these lines. */
    static String text(List<StepNodes> steps) {
        return steps.stream().map(step -> step.line() + "\n").collect(Collectors.joining("", HEADER + "\n", ""));
    }

    /** @throws IllegalArgumentException if a line is not one that {@link #text} writes; the message names the first */
    static List<StepNodes> read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<StepNodes> steps = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            Matcher cells = LINE.matcher(line);
            if (!cells.matches()) {
                throw new IllegalArgumentException(
                        file + ": expected '" + HEADER.replace('\t', ' ') + "' with tabs between, got '" + line + "'");
            }
            long[] counts = new long[5];
            for (int i = 0; i < counts.length; i++) {
                counts[i] = Long.parseLong(cells.group(4 + i));
            }
            StepNodes step = new StepNodes(
                    cells.group(1),
                    Integer.parseInt(cells.group(2)),
                    cells.group(3),
                    new GraphNodes(counts[0], counts[1], counts[2], counts[3]),
                    counts[4]);
            if (!step.line().equals(line)) {
                throw new IllegalArgumentException(file + ": the nodes do not add up in '" + line + "'");
            }
            steps.add(step);
        }
        return steps;
    }

    /** A sentence for each step that is not as it is written, or is in one list alone. */
    static List<String> differences(List<StepNodes> written, List<StepNodes> counted) {
        Map<String, StepNodes> before = byKey(written);
        Map<String, StepNodes> now = byKey(counted);
        TreeSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(now.keySet());
        List<String> differences = new ArrayList<>();
        for (String key : keys) {
            StepNodes was = before.get(key);
            StepNodes is = now.get(key);
            if (was == null || is == null) {
                differences.add(key + (was == null ? ": has no line" : ": has a line, but no step is counted for it"));
            } else if (!was.equals(is)) {
                differences.add(key + ": a step has " + is.counts() + ", its line says " + was.counts());
            }
        }
        if (written.size() > before.size()) {
            differences.add("two lines are for the same step");
        }
        return differences;
    }

    private static Map<String, StepNodes> byKey(List<StepNodes> steps) {
        Map<String, StepNodes> byKey = new LinkedHashMap<>();
        steps.forEach(step -> byKey.put(step.key(), step));
        return byKey;
    }
}
