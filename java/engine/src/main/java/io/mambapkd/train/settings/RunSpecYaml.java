package io.mambapkd.train.settings;

import io.mambapkd.config.ConfigNode;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigReader;
import io.mambapkd.config.RecordBinder;
import io.mambapkd.config.RecordWriter;
import io.mambapkd.config.Setting;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * {@link RunSpec} as YAML, and where a run's settings come from: a preset, a file over a preset, and single values over both.
 *
 * <p>Where file or values choose another kind of teacher than the preset's, its recipe goes over the preset: {@code teacher.model}. Where they choose another data set, the
 * preset's calibration images do not count.
 *
 * <p>A file of one's own need not be complete: {@code preset: NAME} names the preset that fills it up. Groups are merged key by key; a list, such as
 * {@code students}, is replaced as a whole. A run folder's config.yaml is complete and names no preset.
 */
public final class RunSpecYaml {
    private static final String PRESET = "preset";

    private RunSpecYaml() {}

    /**
     * @param preset its name
     * @param settings that go over it, in this order
     */
    public static RunSpec preset(String preset, List<Setting> settings) {
        Mapping base = Presets.read(preset);
        return resolve(under(base, base, settings), settings);
    }

    /**
     * @param file settings, complete or not
     * @param defaultPreset what fills them up if the file names no preset
     * @param settings that go over both, in this order
     */
    public static RunSpec file(Path file, String defaultPreset, List<Setting> settings) {
        Mapping own = ConfigReader.file(file);
        Mapping base = own.entries().containsKey(PRESET)
                ? Presets.named(own.entries().get(PRESET))
                : Presets.read(defaultPreset);
        Mapping with = own.without(PRESET);
        return resolve(under(base, with, settings).overlaidBy(with), settings);
    }

    /** A preset, fitted to what is chosen over it. */
    private static Mapping under(Mapping preset, Mapping own, List<Setting> settings) {
        return PresetCalibration.under(TeacherRecipes.under(preset, own, settings), own, settings);
    }

    /** Reads a config.yaml that {@link #write} wrote; nothing is filled up. */
    public static RunSpec complete(Path file) {
        return RecordBinder.bind(RunSpec.class, ConfigReader.file(file));
    }

    /**
     * The same of a file that was read.
     *
     * @param file its name, for errors
     */
    public static RunSpec complete(byte[] content, String file) {
        return RecordBinder.bind(RunSpec.class, ConfigReader.content(content, file));
    }

    /**
     * The same with settings over it.
     *
     * @param settings in this order
     */
    public static RunSpec complete(Path file, List<Setting> settings) {
        return resolve(ConfigReader.file(file), settings);
    }

    /** The text of config.yaml; {@link #complete} reads it back to an equal record. */
    public static String write(RunSpec spec) {
        return RecordWriter.yaml(spec);
    }

    /**
     * One group of settings, to go over others.
     *
     * @param key of the group
     * @param origin where they come from, for errors
     */
    public static List<Setting> group(RunSpec spec, String key, String origin) {
        ConfigNode group = ConfigReader.text(write(spec), origin).entries().get(key);
        return List.of(new Setting(key, Objects.requireNonNull(group)));
    }

    /** @param settings that go over those of {@code spec}, in this order */
    public static RunSpec changed(RunSpec spec, List<Setting> settings) {
        return resolve(ConfigReader.text(write(spec), "the settings"), settings);
    }

    private static RunSpec resolve(Mapping base, List<Setting> settings) {
        Mapping resolved = RecordBinder.withGroups(RunSpec.class, base);
        for (Setting setting : settings) {
            resolved = setting.applyTo(resolved);
        }
        return RecordBinder.bind(RunSpec.class, resolved);
    }
}
