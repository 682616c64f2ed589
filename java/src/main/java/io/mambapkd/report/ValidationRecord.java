package io.mambapkd.report;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * How a backend compared with the specification, and with reference vectors.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param backend name of what was tested
 * @param device description of it
 * @param specification description of what it was compared with
 * @param cases of each operation
 * @param seed of the random draws
 * @param references number of cases of reference vectors
 * @param rows every tensor of every case
 */
public record ValidationRecord(
        int formatVersion,
        String backend,
        String device,
        String specification,
        int cases,
        long seed,
        int references,
        List<Row> rows) {
    /** Version of the file. */
    public static final int FORMAT_VERSION = 3;

    /**
     * One tensor of one case.
     *
     * @param operation the operation's name; {@code golden/} and the reference's for reference vectors
     * @param dtype type of its activations, {@code f32} or {@code bf16}
     * @param number of the case, from 1
     * @param extents and options that were drawn, or the file of the reference vectors
     * @param tensor in the operation's terms
     * @param largestError absolute
     * @param relativeError the same, as a share of the tensor's largest value
     * @param at where it is
     * @param expected value there
     * @param actual value there
     * @param allowed largest error allowed, absolute
     * @param passed whether it is within
     */
    public record Row(
            String operation,
            String dtype,
            int number,
            String extents,
            String tensor,
            double largestError,
            double relativeError,
            String at,
            String expected,
            String actual,
            double allowed,
            boolean passed) {
        /** The extents without the options: {@code B=3 L=28}; or the file. */
        public String shape() {
            String letters = Stream.of(extents.split(" ", -1))
                    .filter(word -> word.contains("="))
                    .collect(Collectors.joining(" "));
            return letters.isEmpty() ? extents : letters;
        }

        /** Error as a share of what is allowed; above 1 for a failure. */
        public double share() {
            return allowed == 0 ? (largestError == 0 ? 0 : Double.MAX_VALUE) : largestError / allowed;
        }
    }

    public ValidationRecord {
        rows = List.copyOf(rows);
    }

    /** Whether every row passed, and there is one. */
    public boolean passed() {
        return !rows.isEmpty() && rows.stream().allMatch(Row::passed);
    }

    /** Rows that failed. */
    public List<Row> failures() {
        return rows.stream().filter(row -> !row.passed()).toList();
    }

    /** The row closest to its limit of each operation and tensor; parameters of a model count as one tensor. */
    public List<Row> worst() {
        Map<String, Row> worst = new LinkedHashMap<>();
        for (Row row : rows) {
            String tensor = row.tensor().startsWith("d ") && row.tensor().contains(".") ? "gradients" : row.tensor();
            worst.merge(
                    row.operation() + "/" + row.dtype() + "/" + tensor, row, (a, b) -> b.share() > a.share() ? b : a);
        }
        return new ArrayList<>(worst.values());
    }

    /** validation.json: UTF-8, keys as the components' names, with the worst rows and the failures only. */
    public byte[] json() {
        List<Row> kept = new ArrayList<>(worst());
        failures().stream().filter(row -> !kept.contains(row)).forEach(kept::add);
        ValidationRecord shortened =
                new ValidationRecord(formatVersion, backend, device, specification, cases, seed, references, kept);
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        String text = StrictJson.MAPPER.writer().with(printer).writeValueAsString(shortened);
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
