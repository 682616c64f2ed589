package io.mambapkd.bench.kernels;

import io.mambapkd.InputException;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.results.Origin;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A result beside an earlier one of the same device.
 *
 * @param earlier what it is compared with
 * @param file of the earlier one, for messages
 */
record KernelsComparison(KernelsResult earlier, Path file) {
    /** @throws InputException if the file is not a result of bench kernels */
    static KernelsComparison with(Path file) {
        return new KernelsComparison(ResultFile.read(file, KernelsResult.FILES), file);
    }

    /** @throws InputException if the earlier one is of another device */
    void requireDevice(Origin now) {
        Origin then = earlier.origin();
        if (!then.device().equals(now.device())) {
            throw new InputException("--compare: expected a result of this device, " + now.device() + ", got one of "
                    + then.device() + " in " + file + "; measure both on the same device");
        }
    }

    /** As Markdown: what was measured in both. */
    String markdown(KernelsResult result) {
        StringBuilder text = new StringBuilder();
        if (result.origin().emulated()) {
            text.append(ResultKind.EMULATED).append("\n\n");
        }
        text.append("| operation | variant | precision | size | before, µs | now, µs | before / now |\n");
        text.append("|---|---|---|---|---:|---:|---:|\n");
        for (Measurement row : result.measured()) {
            before(row)
                    .ifPresent(then -> text.append(String.format(
                            Locale.ROOT,
                            "| %s | %s | %s | %s | %,.1f | %,.1f | **%.2fx** |\n",
                            row.operation(),
                            row.variant(),
                            row.precision(),
                            row.extents(),
                            KernelsResult.median(then),
                            KernelsResult.median(row),
                            KernelsResult.median(then) / KernelsResult.median(row))));
        }
        text.append("\nBefore: ").append(earlier.origin().markdown());
        return text.toString();
    }

    private Optional<Measurement> before(Measurement now) {
        return earlier.measured().stream()
                .filter(then -> key(then).equals(key(now)))
                .findFirst();
    }

    /** The size itself counts: names can come to stand for others. */
    private static List<String> key(Measurement row) {
        return List.of(row.operation(), row.variant(), row.precision(), row.extents());
    }
}
