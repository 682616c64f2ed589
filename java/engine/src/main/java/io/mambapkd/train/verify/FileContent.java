package io.mambapkd.train.verify;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.results.CalibrationJson;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.MetricsLine;
import io.mambapkd.results.RunRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.storage.RunFile;
import io.mambapkd.train.save.SaveFile;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a file holds, as far as other files of the run are compared with it.
 *
 * @param model of a checkpoint
 * @param settings of config.yaml
 * @param results of summary.json
 * @param chain of model.json
 * @param calibration of calibration.json
 * @param isSealed whether the file has a hash of its own, which was found right
 * @param remark on what was passed over, or empty
 */
record FileContent(
        @Nullable Label model,
        @Nullable RunSpec settings,
        @Nullable RunSummary results,
        @Nullable ChainDescription chain,
        @Nullable CalibrationRecord calibration,
        boolean isSealed,
        String remark) {
    /** Of a file that nothing is compared with. */
    static final FileContent NOTHING = new FileContent(null, null, null, null, null, false, "");

    private static final FileContent SEALED = new FileContent(null, null, null, null, null, true, "");

    /**
     * Reads a file by its kind.
     *
     * @throws InputException if it holds anything else
     */
    static FileContent read(RunFile file, byte[] content) {
        String where = file.path().toString();
        return switch (file.kind()) {
            case TEACHER, STUDENT, CONTROL -> of(Checkpoint.label(content, where));
            case SAVE -> {
                SaveFile.check(content, where);
                yield SEALED;
            }
            case RECORD -> {
                RunRecord.read(content, where);
                yield NOTHING;
            }
            case CONFIG -> new FileContent(null, RunSpecYaml.complete(content, where), null, null, null, false, "");
            case SUMMARY -> new FileContent(null, null, SummaryJson.read(content, where), null, null, false, "");
            case MODEL -> new FileContent(null, null, null, chain(content, where), null, false, "");
            case CALIBRATION ->
                new FileContent(null, null, null, null, CalibrationJson.read(content, where), false, "");
            case METRICS -> new FileContent(null, null, null, null, null, false, torn(content, where));
            // Lines that were dropped may be torn, and a report is for people.
            case DROPPED_METRICS, REPORT, SUMS, LOCK, TEMPORARY, OTHER -> NOTHING;
        };
    }

    private static ChainDescription chain(byte[] content, String where) {
        try {
            return ChainDescription.of(new String(content, StandardCharsets.UTF_8), where);
        } catch (InvalidModelException e) {
            throw new InputException(e.getMessage(), e);
        }
    }

    private static FileContent of(Label model) {
        return new FileContent(model, null, null, null, null, model.isSealed(), "");
    }

    /** Reads all lines; returns what there is to say of the last, which the end of a machine may have torn. */
    private static String torn(byte[] content, String where) {
        String text = new String(content, StandardCharsets.UTF_8);
        List<String> lines = text.lines().toList();
        boolean whole = text.isEmpty() || text.endsWith("\n");
        for (int i = 0; i < lines.size(); i++) {
            try {
                MetricsLine.read(lines.get(i), where + " line " + (i + 1));
            } catch (InputException bad) {
                if (whole || i < lines.size() - 1) {
                    throw new InputException(
                            new Problem(bad.problem().text(), "remove the line: only the report shows it"), bad);
                }
            }
        }
        return whole ? "" : "the last line of " + where + " is not whole: mamba-pkd distill --resume passes over it";
    }
}
