package io.mambapkd.train.run;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import java.util.Optional;

/** Where the calibration images of a run come from. */
final class CalibrationImages {
    private CalibrationImages() {}

    /** Images that were set aside for calibration alone; empty where the run has none. The only place that asks a dataset for them. */
    static Optional<ImageSet> of(Dataset dataset) {
        return Optional.empty();
    }
}
