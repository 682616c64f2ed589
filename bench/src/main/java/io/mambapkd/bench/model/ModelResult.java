package io.mambapkd.bench.model;

import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.results.Origin;
import java.util.List;

/**
 * What {@code model} predicted; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind {@link #KIND}
 * @param origin the device that was modelled
 * @param measured files of measured times beside the predictions; empty if there are none
 * @param rows one for each operation, variant, precision and size
 */
public record ModelResult(int formatVersion, String kind, Origin origin, List<String> measured, List<Prediction> rows)
        implements Result {
    static final int FORMAT_VERSION = 1;
    static final String KIND = "model";

    /** How its files are read and shown. */
    public static final ResultKind<ModelResult> FILES =
            new ResultKind<>(KIND, FORMAT_VERSION, ModelResult.class, "mamba-pkd bench model", ModelTable::markdown);

    public ModelResult {
        measured = List.copyOf(measured);
        rows = List.copyOf(rows);
    }
}
