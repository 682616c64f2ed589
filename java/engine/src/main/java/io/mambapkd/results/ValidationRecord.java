package io.mambapkd.results;

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
 * @param origin where and by what it was compared
 * @param backend name of what was tested
 * @param device description of it
 * @param specification description of what it was compared with
 * @param cases of each operation
 * @param seed of the random draws
 * @param references number of cases of reference vectors that were compared
 * @param notCompared names of operations that were not compared, or not in all their cases; empty after a whole comparison
 * @param stopped why the comparison ended early, as a sentence; empty if it did not, or if the process was ended from outside
 * @param rows every tensor of every case, and one row for each case that failed before it had all of them
 */
public record ValidationRecord(
        int formatVersion,
        Origin origin,
        String backend,
        String device,
        String specification,
        int cases,
        long seed,
        int references,
        List<String> notCompared,
        String stopped,
        List<Row> rows) {
    /** Version of the file. */
    public static final int FORMAT_VERSION = 4;

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
     * @param message why there is no value to compare, as a sentence; empty where there is one
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
            boolean passed,
            String message) {
        /**
         * A case that failed on the tested device before it had all its results.
         *
         * @param tensor the first that is missing, or empty
         * @param message why, as a sentence
         */
        public static Row failed(
                String operation, String dtype, int number, String extents, String tensor, String message) {
            return new Row(
                    operation,
                    dtype,
                    number,
                    extents,
                    tensor,
                    Double.MAX_VALUE,
                    Double.MAX_VALUE,
                    "",
                    "",
                    "",
                    0,
                    false,
                    message);
        }

        /** Whether there are values that were compared. */
        public boolean isCompared() {
            return message.isEmpty();
        }

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
        notCompared = List.copyOf(notCompared);
        rows = List.copyOf(rows);
    }

    /** Whether everything was compared, every row passed, and there is one. */
    public boolean passed() {
        return !rows.isEmpty() && notCompared.isEmpty() && rows.stream().allMatch(Row::passed);
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
        ValidationRecord shortened = new ValidationRecord(
                formatVersion,
                origin,
                backend,
                device,
                specification,
                cases,
                seed,
                references,
                notCompared,
                stopped,
                kept);
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        String text = StrictJson.MAPPER.writer().with(printer).writeValueAsString(shortened);
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
