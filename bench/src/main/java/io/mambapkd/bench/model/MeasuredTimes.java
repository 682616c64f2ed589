package io.mambapkd.bench.model;

import io.mambapkd.InputException;
import io.mambapkd.bench.kernels.KernelsResult;
import io.mambapkd.bench.kernels.Measurement;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.bench.step.StepResult;
import io.mambapkd.results.Origin;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Medians of results of {@code bench kernels} and {@code bench step}.
 *
 * @param medians microseconds by operation, variant, precision and extents
 */
record MeasuredTimes(Map<String, Double> medians) {
    private static final String KERNELS = "kernels";
    private static final String REPLAYED = "replayed";

    /** @throws InputException if a file is no such result, or of another device */
    static MeasuredTimes read(List<Path> files, Device device) {
        Map<String, Double> medians = new HashMap<>();
        for (Path file : files) {
            Origin origin;
            if (ResultFile.envelope(file).kind().equals(KERNELS)) {
                KernelsResult result = ResultFile.read(file, KernelsResult.FILES);
                origin = result.origin();
                result.rows().stream()
                        .filter(row -> row.outcome() == Measurement.Outcome.MEASURED)
                        .forEach(row -> medians.put(
                                key(row.operation(), row.variant(), row.precision(), row.extents()),
                                new Timing(row.microseconds()).median()));
            } else {
                StepResult result = ResultFile.read(file, StepResult.FILES);
                origin = result.origin();
                result.rows().stream()
                        .filter(row -> row.isMeasured() && row.mode().equals(REPLAYED))
                        .forEach(row -> medians.put(
                                key(PlannedOperation.STEP, row.model(), row.precision(), "B=" + row.batch()),
                                row.step().median()));
            }
            if (origin.emulated()) {
                throw new InputException("--measured: expected times of a device, got those of the emulated driver in "
                        + file + "; measure on a GPU");
            }
            if (!origin.device().equals(device.name())) {
                throw new InputException("--measured: expected a result of " + device.name() + ", got one of "
                        + origin.device() + " in " + file + "; name its device with --device");
            }
        }
        return new MeasuredTimes(medians);
    }

    private static String key(String operation, String variant, String precision, String extents) {
        return String.join(" ", operation, variant, precision, extents);
    }

    Prediction beside(Prediction row) {
        Double median = medians.get(key(row.operation(), row.variant(), row.precision(), row.extents()));
        return median == null ? row : row.measuredAs(median);
    }
}
