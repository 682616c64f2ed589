package io.mambapkd.bench.model;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an operation, or a training step, does on a device: its launches in their order, known without one.
 *
 * @param name of the operation, or {@link #STEP}
 * @param variant of the operation, or model of the step
 * @param precision f32 or bf16
 * @param size name of the size, or batch of the step
 * @param extents the size in words
 * @param bytes that the operation cannot avoid to move; of a step those that its kernels move
 * @param flops float operations, a multiplication with an addition being two; 0 for a step
 * @param work its launches
 */
public record PlannedOperation(
        String name,
        String variant,
        String precision,
        String size,
        String extents,
        long bytes,
        long flops,
        List<PlannedWork> work) {
    /** Name of a training step. */
    public static final String STEP = "step";

    private static final int OWN = 7;
    private static final String HEADER =
            "operation\tvariant\tprecision\tsize\textents\tbytes\tflops\t" + PlannedWork.HEADER;

    public PlannedOperation {
        work = List.copyOf(work);
    }

    boolean isStep() {
        return name.equals(STEP);
    }

    String key() {
        return String.join("\t", name, variant, precision, size, extents, Long.toString(bytes), Long.toString(flops));
    }

    /** The text of a table. */
    public static String text(List<PlannedOperation> operations) {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        operations.forEach(operation -> operation
                .work()
                .forEach(work -> text.append(operation.key())
                        .append('\t')
                        .append(work.line())
                        .append('\n')));
        return text.toString();
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @param where the file, for messages
     * @throws InputException if a line is not of that form
     */
    public static List<PlannedOperation> parse(String text, String where) {
        Map<String, List<PlannedWork>> work = new LinkedHashMap<>();
        for (String line : text.lines().skip(1).toList()) {
            List<String> cells = Arrays.asList(line.split("\t", -1));
            try {
                if (cells.size() == OWN + PlannedWork.COLUMNS) {
                    work.computeIfAbsent(String.join("\t", cells.subList(0, OWN)), key -> new ArrayList<>())
                            .add(PlannedWork.parse(cells.subList(OWN, cells.size())));
                    continue;
                }
            } catch (NumberFormatException failure) {
                throw new InputException(wrong(line, where), failure);
            }
            throw new InputException(wrong(line, where));
        }
        List<PlannedOperation> operations = new ArrayList<>();
        work.forEach((key, launches) -> operations.add(of(key.split("\t", -1), launches)));
        return List.copyOf(operations);
    }

    private static PlannedOperation of(String[] cells, List<PlannedWork> launches) {
        return new PlannedOperation(
                cells[0],
                cells[1],
                cells[2],
                cells[3],
                cells[4],
                Long.parseLong(cells[5]),
                Long.parseLong(cells[6]),
                launches);
    }

    private static String wrong(String line, String where) {
        return where + ": expected a line of the columns '" + HEADER.replace('\t', ' ') + "', got '" + line
                + "'; make launches writes launches.tsv anew, make step-nodes step-kernels.tsv";
    }
}
