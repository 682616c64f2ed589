package io.mambapkd.train.settings;

import io.mambapkd.config.ConfigNode;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigReader;
import io.mambapkd.config.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How each kind of teacher is trained where nothing else is said: complete, commented groups of settings in the resource folder {@code teachers}. A recipe goes over a preset whose
 * teacher is of another kind, and below everything that a user sets.
 */
final class TeacherRecipes {
    private static final String GROUP = "teacher";
    private static final String MODEL = "model";

    private TeacherRecipes() {}

    /**
     * A preset with the recipe of the model that is chosen over it.
     *
     * @param own what goes over the preset, of a file
     * @param settings what goes over both
     */
    static Mapping under(Mapping preset, Mapping own, List<Setting> settings) {
        String model = inSettings(settings);
        if (model == null) {
            model = in(own);
        }
        String of = in(preset);
        if (model == null || model.equals(of == null ? TeacherSettings.Model.CNN.word() : of)) {
            return preset;
        }
        String chosen = model;
        // What is no model is told where the settings are read.
        return Stream.of(TeacherSettings.Model.values())
                        .anyMatch(known -> known.word().equals(chosen))
                ? preset.overlaidBy(read(chosen))
                : preset;
    }

    private static @Nullable String inSettings(List<Setting> settings) {
        String model = null;
        for (Setting setting : settings) {
            if (setting.path().equals(GROUP + "." + MODEL)) {
                model = text(setting.value());
            } else if (setting.path().equals(GROUP) && setting.value() instanceof Mapping group) {
                String own = text(group.entries().get(MODEL));
                model = own == null ? model : own;
            }
        }
        return model;
    }

    private static @Nullable String in(Mapping settings) {
        return settings.entries().get(GROUP) instanceof Mapping group
                ? text(group.entries().get(MODEL))
                : null;
    }

    private static @Nullable String text(@Nullable ConfigNode node) {
        return node instanceof Scalar scalar ? scalar.text() : null;
    }

    private static Mapping read(String model) {
        try (InputStream in = Objects.requireNonNull(
                TeacherRecipes.class.getResourceAsStream("/teachers/" + model + ".yaml"), model)) {
            return ConfigReader.text(new String(in.readAllBytes(), StandardCharsets.UTF_8), "recipe " + model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
