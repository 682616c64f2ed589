package io.mambapkd.bench.kernels;

import io.mambapkd.bench.result.Timing;
import java.util.List;
import java.util.Locale;

/** A result of kernels as Markdown. */
public final class KernelsTable {
    private static final int WEAKEST = 3;

    private KernelsTable() {}

    static String markdown(KernelsResult result) {
        StringBuilder text = new StringBuilder();
        text.append("| operation | variant | precision | size | µs (p10 to p90) | GB/s | bound, µs | by | share of the"
                + " bound |\n");
        text.append("|---|---|---|---|---:|---:|---:|---|---:|\n");
        for (Measurement row : result.measured()) {
            Timing timing = new Timing(row.microseconds());
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %,.1f (%,.1f to %,.1f) | %s |\n",
                    row.operation(),
                    row.variant(),
                    row.precision(),
                    row.shape(),
                    timing.median(),
                    timing.quantile(0.1),
                    timing.quantile(0.9),
                    result.origin().emulated() ? "- | - | - | -" : speed(result, row, timing.median())));
        }
        text.append("\nMedians.\n");
        sizes(text, result.rows());
        others(text, result.rows());
        if (!result.origin().emulated()) {
            ceilings(text, result.ceilings());
            weakest(text, result);
        }
        return text.toString();
    }

    private static String speed(KernelsResult result, Measurement row, double microseconds) {
        Bound bound = result.bound(row);
        return String.format(
                Locale.ROOT,
                "%,.0f | %,.1f | %s | %.0f %%",
                row.work().bytes() / microseconds * 1e-3,
                bound.microseconds(),
                bound.limit().words(),
                100 * result.shareOfBound(row));
    }

    private static void ceilings(StringBuilder text, Ceilings ceilings) {
        text.append(String.format(
                Locale.ROOT,
                "- Ceilings, measured in the same run: %,.0f GB/s read and written (the driver's copy %,.0f, a kernel's"
                        + " %,.0f), %,.0f billion exponentials a second; clock meanwhile %,.0f MHz; %d multiprocessors,"
                        + " last cache %,d MiB.\n",
                ceilings.copy(),
                ceilings.driverCopy(),
                ceilings.kernelCopy(),
                ceilings.exps(),
                ceilings.clock(),
                ceilings.multiprocessors(),
                ceilings.cacheBytes() >> 20));
        text.append(String.format(
                Locale.ROOT,
                "- A multiprocessor does %.2f warp shuffles a clock cycle, or %.2f loads of 16 bytes of shared memory that"
                        + " all lanes of a warp read from one address.\n",
                ceilings.shuffles(),
                ceilings.broadcasts()));
        if (ceilings.nodeNanoseconds() > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    "- A node of a CUDA graph starts %,.0f ns after the one that it depends on, where kernels do nothing.\n",
                    ceilings.nodeNanoseconds()));
        }
    }

    private static void sizes(StringBuilder text, List<Measurement> rows) {
        List<String> sizes = rows.stream()
                .map(row -> row.shape() + ": " + row.extents())
                .distinct()
                .toList();
        text.append("- Sizes: ").append(String.join("; ", sizes)).append(".\n");
    }

    private static void others(StringBuilder text, List<Measurement> rows) {
        for (Measurement row : rows) {
            if (row.outcome() != Measurement.Outcome.MEASURED) {
                text.append("- ")
                        .append(label(row.outcome()))
                        .append(name(row))
                        .append(": ")
                        .append(row.remark())
                        .append(".\n");
            }
        }
    }

    private static String label(Measurement.Outcome outcome) {
        return switch (outcome) {
            case WRONG -> "**Wrong**: ";
            case FAILED -> "**Failed**: ";
            case SKIPPED, MEASURED -> "Skipped: ";
        };
    }

    private static void weakest(StringBuilder text, KernelsResult result) {
        List<String> names = result.weakest(WEAKEST).stream()
                .map(row -> String.format(
                        Locale.ROOT,
                        "%s (%.0f %% of what the %s allows)",
                        name(row),
                        100 * result.shareOfBound(row),
                        result.bound(row).limit().words()))
                .toList();
        text.append("- Furthest from their bounds: ")
                .append(String.join(", ", names))
                .append(".\n");
    }

    public static String name(Measurement row) {
        return row.operation() + " " + row.variant() + " " + row.precision() + " " + row.shape();
    }
}
