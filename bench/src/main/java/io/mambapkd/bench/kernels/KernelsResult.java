package io.mambapkd.bench.kernels;

import io.mambapkd.bench.kernels.Measurement.Outcome;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.results.Origin;
import java.util.Comparator;
import java.util.List;

/**
 * What {@code kernels} measured; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where it comes from
 * @param incomplete why rows are missing, as a sentence; empty if none is
 * @param ceilings what the device can do at most
 * @param rows one for each operation, variant, precision and size
 */
public record KernelsResult(
        int formatVersion, String kind, Origin origin, String incomplete, Ceilings ceilings, List<Measurement> rows)
        implements Result {
    static final int FORMAT_VERSION = 2;
    static final String KIND = "kernels";

    /** How its files are read and shown. */
    public static final ResultKind<KernelsResult> FILES = new ResultKind<>(
            KIND, FORMAT_VERSION, KernelsResult.class, "mamba-pkd bench kernels", KernelsTable::markdown);

    public KernelsResult {
        rows = List.copyOf(rows);
    }

    static KernelsResult of(Origin origin, String incomplete, Ceilings ceilings, List<Measurement> rows) {
        return new KernelsResult(FORMAT_VERSION, KIND, origin, incomplete, ceilings, rows);
    }

    /** The operations that are wrong, or failed. */
    @Override
    public List<String> problems() {
        return rows.stream()
                .filter(row -> row.outcome() == Outcome.WRONG || row.outcome() == Outcome.FAILED)
                .map(row -> KernelsTable.name(row)
                        + (row.outcome() == Outcome.WRONG ? " is wrong: " : " failed: ")
                        + row.remark())
                .toList();
    }

    /** The rows with times. */
    List<Measurement> measured() {
        return rows.stream().filter(row -> row.outcome() == Outcome.MEASURED).toList();
    }

    static double median(Measurement row) {
        return new Timing(row.microseconds()).median();
    }

    Bound bound(Measurement row) {
        return Bound.of(ceilings, row.precision(), row.work());
    }

    /** The least time over the time. */
    double shareOfBound(Measurement row) {
        return bound(row).microseconds() / median(row);
    }

    /** The shipped kernels that reach the smallest shares of their bounds, the smallest first. */
    List<Measurement> weakest(int count) {
        return measured().stream()
                .filter(row -> row.variant().equals("shipped"))
                .sorted(Comparator.comparingDouble(this::shareOfBound))
                .limit(count)
                .toList();
    }
}
