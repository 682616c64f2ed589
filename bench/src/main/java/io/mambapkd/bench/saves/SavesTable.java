package io.mambapkd.bench.saves;

import java.util.List;
import java.util.Locale;

/** A result of saves as Markdown. */
final class SavesTable {
    private SavesTable() {}

    static String markdown(SavesResult result) {
        List<Double> ratios = result.ratios();
        if (ratios.isEmpty()) {
            return "No pair of blocks was timed.\n";
        }
        MedianInterval ratio = MedianInterval.of(ratios);
        return String.format(
                Locale.ROOT,
                """
                | training step of the teacher | with a save every %.1f s, µs | without, µs | ratio | 95 %% of the median |
                |---|---:|---:|---:|---:|
                | %,d parameters, batch %d | %,.1f | %,.1f | **%.3fx** | %.3f to %.3f |

                Medians of %d blocks each, timed in turns in one training; the ratio is the median of the pairs'. Saves: %d.
                - %d cores; threads used: %d; %s; JDK: %s; load before the run: %.1f.
                %s""",
                result.secondsBetweenSaves(),
                result.parameters(),
                result.batch(),
                result.with().median(),
                result.without().median(),
                ratio.median(),
                ratio.low(),
                ratio.high(),
                ratios.size(),
                result.saves(),
                result.machine().cores(),
                result.threads(),
                result.machine().system(),
                result.machine().jdk(),
                result.machine().load(),
                result.machine().isBusy() ? "- **The machine was busy: do not rely on these numbers.**\n" : "");
    }
}
