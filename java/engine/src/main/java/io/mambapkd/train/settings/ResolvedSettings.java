package io.mambapkd.train.settings;

import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import java.util.List;
import java.util.Locale;

/** Settings of a run as config.yaml keeps them: with what was found out in place of what was left open. */
public final class ResolvedSettings {
    private ResolvedSettings() {}

    /**
     * The same settings with the split that was made in place of the one that was asked for, and with the folder of the data named from the root, so that they mean the
     * same data from anywhere.
     *
     * @param dataset what the settings name, opened
     */
    public static RunSpec of(RunSpec asked, Dataset dataset) {
        String images = Integer.toString(dataset.validation().size());
        String calibration = Integer.toString(dataset.calibrationImages());
        String split = dataset.split().name().toLowerCase(Locale.ROOT);
        return RunSpecYaml.changed(
                asked,
                List.of(
                        Setting.text("the data", "dataset", Datasets.absolute(asked.dataset())),
                        Setting.plain("the data", "validationImages", images),
                        Setting.plain("the data", "calibrationImages", calibration),
                        Setting.plain("the data", "split", split)));
    }
}
