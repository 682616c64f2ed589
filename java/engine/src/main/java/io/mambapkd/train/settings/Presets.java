package io.mambapkd.train.settings;

import io.mambapkd.InputException;
import io.mambapkd.config.ConfigNode;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Settings that come with the program: complete, commented files in the resource folder {@code presets}. */
public final class Presets {
    /** What a run is without any choice: a few minutes on two cores. */
    public static final String DEFAULT = "mnist-demo";

    private static final List<String> NAMES = List.of(
            DEFAULT, "mnist-full", "cifar10-demo", "cifar10-full", "cifar10-gpu", "cifar10-teacher", "folder-demo");

    private Presets() {}

    public static List<String> names() {
        return NAMES;
    }

    /** @throws InputException if there is no such preset */
    static Mapping read(String name) {
        if (!NAMES.contains(name)) {
            throw new InputException(unknown("'" + name + "'"));
        }
        try (InputStream in =
                Objects.requireNonNull(Presets.class.getResourceAsStream("/presets/" + name + ".yaml"), name)) {
            return ConfigReader.text(new String(in.readAllBytes(), StandardCharsets.UTF_8), "preset " + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The preset that a settings file names. */
    static Mapping named(ConfigNode name) {
        if (name instanceof Scalar scalar && NAMES.contains(scalar.text())) {
            return read(scalar.text());
        }
        throw name.error(unknown(name.describe()));
    }

    private static String unknown(String shown) {
        return "unknown preset " + shown + "; choose one of " + String.join(", ", NAMES);
    }
}
