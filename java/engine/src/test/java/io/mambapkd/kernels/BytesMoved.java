package io.mambapkd.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.MemoryTraffic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The kernels that one operation launches, with the bytes of global memory that the header of each says it moves: loaded plus stored, each byte once.
 *
 * <pre>{@code
 * new BytesMoved()
 *         .kernel("pointwise_column_sums_f32", "E rows columns + 4 ceil(rows / chunk_rows) columns", sizes)
 *         .sumsOfRows(3, 40)
 *         .during(() -> backend.pointwise().biasGradient(dBias, dy));
 * }</pre>
 */
final class BytesMoved {
    private static final Path CUDA = Checkout.path("cuda");

    private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)\\(");

    private final Map<String, Long> expected = new LinkedHashMap<>();
    private final List<String> launched = new ArrayList<>();

    /**
     * One launch that the operation makes.
     *
     * @param entry the kernel, as the PTX names it
     * @param formula as it stands in a line {@code // bytes} of the kernel's source
     */
    BytesMoved kernel(String entry, String formula, Map<String, Long> extents) {
        assertThat(byteLines(familyOf(entry)))
                .as("the formula of %s in the header of cuda/%s.cu", entry, familyOf(entry))
                .contains(formula);
        expected.merge(entry + ": " + formula, BytesFormula.evaluate(formula, extents), Long::sum);
        launched.add(entry);
        return this;
    }

    /** The launches that add {@code count} partial rows to gradients of so many columns each. */
    BytesMoved sumsOfRows(int count, int... columns) {
        for (int n : columns) {
            kernel(
                    "reduce_columns_add_f32",
                    "4 (count n + 2 n + n [a_log])",
                    extents("count", count, "n", n, "a_log", 0));
        }
        return this;
    }

    /** Runs the operation on the backend that is open, which must be of the emulated driver's checked build, and compares. */
    void during(Runnable operation) {
        EmulatedDriver.resetTraffic();
        operation.run();
        MemoryTraffic traffic = EmulatedDriver.traffic();
        assertThat(traffic.launches()).as("launches; expected %s", launched).isEqualTo(launched.size());
        assertThat(traffic.uniqueLoadedBytes() + traffic.uniqueStoredBytes())
                .as(
                        "bytes loaded (%d) and stored (%d) by %s",
                        traffic.uniqueLoadedBytes(), traffic.uniqueStoredBytes(), expected)
                .isEqualTo(expected.values().stream().mapToLong(Long::longValue).sum());
    }

    /** The entries that were named, so that a test can tell whether it has them all. */
    List<String> entries() {
        return launched;
    }

    /** Extents by name: {@code extents("rows", 3, "columns", 5)}. */
    static Map<String, Long> extents(Object... namesAndValues) {
        Map<String, Long> extents = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            extents.put((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).longValue());
        }
        return extents;
    }

    /** All kernels that ship. */
    static Set<String> allEntries() {
        Set<String> entries = new TreeSet<>();
        for (Path file : ptx()) {
            entries.addAll(entriesOf(file));
        }
        return entries;
    }

    private static String familyOf(String entry) {
        return ptx().stream()
                .filter(file -> entriesOf(file).contains(entry))
                .map(file -> file.getFileName().toString().replace(".ptx", ""))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no PTX has the entry " + entry));
    }

    /** Of the oldest target that has each family; the entries are the same for all targets. */
    private static List<Path> ptx() {
        Path oldest = Checkout.path("kernels-build/ptx/compute_75");
        Path next = Checkout.path("kernels-build/ptx/compute_80");
        try (Stream<Path> files = Files.list(oldest);
                Stream<Path> since = Files.list(next)) {
            Stream<Path> younger = since.filter(file -> !Files.exists(oldest.resolve(file.getFileName())));
            return Stream.concat(files, younger).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> entriesOf(Path ptx) {
        return ENTRY.matcher(read(ptx))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    /** The comment lines of a source that have the word bytes, and those that go on after one, as one text with single blanks. */
    private static String byteLines(String family) {
        Pattern paragraph = Pattern.compile("(?m)^//.*\\bbytes .*(\n// {6,}.*)*");
        return paragraph
                .matcher(read(CUDA.resolve(family + ".cu")))
                .results()
                .map((MatchResult match) ->
                        match.group().replaceAll("\n//", " ").replaceAll(" +", " "))
                .collect(Collectors.joining("\n"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
