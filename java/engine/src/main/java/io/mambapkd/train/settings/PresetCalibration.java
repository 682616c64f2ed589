package io.mambapkd.train.settings;

import io.mambapkd.config.ConfigNode;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Style;
import io.mambapkd.config.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * For which data the calibration images of a preset are meant: a number that is right for its own data set may be more than another one has, so that other data have none unless
 * they are asked for.
 */
final class PresetCalibration {
    private static final String DATASET = "dataset";
    private static final String IMAGES = "calibrationImages";

    private PresetCalibration() {}

    /**
     * A preset without calibration images where other data are chosen. The same data set in another folder is none.
     *
     * @param own what goes over the preset, of a file
     * @param settings what goes over both
     */
    static Mapping under(Mapping preset, Mapping own, List<Setting> settings) {
        String chosen = name(own.entries().get(DATASET));
        for (Setting setting : settings) {
            chosen = setting.path().equals(DATASET) ? name(setting.value()) : chosen;
        }
        ConfigNode images = preset.entries().get(IMAGES);
        return chosen == null
                        || images == null
                        || chosen.equals(name(preset.entries().get(DATASET)))
                ? preset
                : preset.with(IMAGES, new Scalar("0", Style.PLAIN, images.origin()));
    }

    /** {@code cifar10} of {@code cifar10:DIR}; null where there is none. */
    private static @Nullable String name(@Nullable ConfigNode descriptor) {
        return descriptor instanceof Scalar scalar ? scalar.text().replaceFirst(":.*", "") : null;
    }
}
