package io.mambapkd.train.run;

import io.mambapkd.results.CalibrationJson;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.runtime.exit.RegretPredictor;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunSums;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A chain that is calibrated.
 *
 * @param record all figures
 * @param predictors of the regret, one for each student but the last
 * @param certificates of the drops that something certifies
 */
record Calibrated(CalibrationRecord record, List<RegretPredictor> predictors, List<Certificate> certificates) {
    /** The description of the same chain with these exits. */
    ChainDescription describe(ChainDescription chain) {
        return ModelFile.withExits(chain, predictors, certificates);
    }

    /** Writes calibration.json and model.json, and renews their lines in SHA256SUMS where there is one. */
    void write(RunFolder folder, ChainDescription chain) {
        replace(folder, folder.calibration(), CalibrationJson.write(record));
        replace(folder, folder.model(), describe(chain).json().getBytes(StandardCharsets.UTF_8));
    }

    private static void replace(RunFolder folder, Path file, byte[] content) {
        RunSums.replacing(folder, file, content, () -> DurableFiles.write(file, content));
    }
}
