package io.mambapkd.bench.model;

import io.mambapkd.bench.kernels.KernelOperations;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.results.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What {@code model --fused} predicted; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind {@link #KIND}
 * @param origin the device that was modelled
 * @param measured files of measured times beside the predictions; empty if there are none
 * @param rows one for each part, precision and width
 */
public record FusedResult(int formatVersion, String kind, Origin origin, List<String> measured, List<FusedChoice> rows)
        implements Result {
    static final int FORMAT_VERSION = 1;
    static final String KIND = "fused";

    /** How its files are read and shown. */
    public static final ResultKind<FusedResult> FILES = new ResultKind<>(
            KIND, FORMAT_VERSION, FusedResult.class, "mamba-pkd bench model --fused", FusedTable::markdown);

    private static final List<String> PARTS = List.of("norm_projection", "conv_projection", "mixing", "projection");
    private static final List<String> DIRECTIONS = List.of("_forward", "_backward");
    /** Widths of a precision together. */
    private static final Comparator<Size> F32_FIRST =
            Comparator.comparing((Size size) -> !size.precision().equals("f32"));

    public FusedResult {
        measured = List.copyOf(measured);
        rows = List.copyOf(rows);
    }

    /** Whether an operation is a direction of a part. */
    static boolean has(String operation) {
        return PARTS.stream().anyMatch(part -> operations(part).contains(operation));
    }

    private static List<String> operations(String part) {
        return DIRECTIONS.stream().map(direction -> part + direction).toList();
    }

    /** @param predictions of all operations of the parts, those of the backward pass at the sizes of the forward pass */
    static FusedResult of(Origin origin, List<String> measured, List<Prediction> predictions) {
        List<FusedChoice> rows = new ArrayList<>();
        for (String part : PARTS) {
            List<Prediction> own = predictions.stream()
                    .filter(row -> operations(part).contains(row.operation()))
                    .toList();
            own.stream()
                    .map(row -> new Size(row.precision(), row.size(), row.extents()))
                    .distinct()
                    .sorted(F32_FIRST)
                    .forEach(size -> rows.add(choice(part, size, own)));
        }
        return new FusedResult(FORMAT_VERSION, KIND, origin, measured, rows);
    }

    private record Size(String precision, String name, String extents) {}

    private static FusedChoice choice(String part, Size size, List<Prediction> predictions) {
        List<Prediction> both = predictions.stream()
                .filter(row -> new Size(row.precision(), row.size(), row.extents()).equals(size))
                .toList();
        return new FusedChoice(part, size.precision(), size.name(), size.extents(), of(both, false), of(both, true));
    }

    private static List<Prediction> of(List<Prediction> rows, boolean separate) {
        return rows.stream()
                .filter(row -> row.variant().equals(KernelOperations.SEPARATE) == separate)
                .toList();
    }
}
