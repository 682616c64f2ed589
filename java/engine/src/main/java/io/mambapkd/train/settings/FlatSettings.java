package io.mambapkd.train.settings;

import io.mambapkd.config.ConfigNode;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Sequence;
import io.mambapkd.config.ConfigReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Settings as a flat map from {@code students[0].modelWidth} to the text of the value, for comparing those of runs. */
public final class FlatSettings {
    /** Where data lie decides no result, and neither does what is done with a chain once it is trained. */
    private static final List<String> NOT_DECISIVE =
            List.of("dataset", "images.cacheFolder", "testImages", "teacher.views", "earlyExit.");

    private static final String CALIBRATION = "calibrationImages";

    private FlatSettings() {}

    /** All settings. */
    public static Map<String, String> of(RunSpec spec) {
        Map<String, String> flat = new LinkedHashMap<>();
        add(flat, "", ConfigReader.text(RunSpecYaml.write(spec), "the settings"));
        return flat;
    }

    /** Those that decide what the trained models are. */
    public static Map<String, String> decisive(RunSpec spec) {
        Map<String, String> flat = of(spec);
        flat.keySet().removeIf(key -> NOT_DECISIVE.stream().anyMatch(key::startsWith));
        // Without calibration images a run is the one that it was before there was the setting.
        flat.remove(CALIBRATION, "0");
        return flat;
    }

    /** Whether {@link #decisive} has the setting only where it is not its default. */
    public static boolean isLeftOutAtDefault(String key) {
        return key.equals(CALIBRATION);
    }

    /**
     * In what settings differ from others.
     *
     * @return a clause each: {@code student.alpha is 0.2 instead of 0.1}
     */
    public static List<String> differences(Map<String, String> settings, Map<String, String> expected) {
        List<String> differences = new ArrayList<>();
        expected.forEach((key, value) -> {
            String got = settings.getOrDefault(key, "missing");
            if (!got.equals(value)) {
                differences.add(key + " is " + got + " instead of " + value);
            }
        });
        settings.keySet().stream()
                .filter(key -> !expected.containsKey(key))
                .forEach(key -> differences.add(key + " is " + settings.get(key) + " instead of missing"));
        return differences;
    }

    private static void add(Map<String, String> flat, String path, ConfigNode node) {
        if (node instanceof Mapping mapping) {
            mapping.entries().forEach((key, value) -> add(flat, path.isEmpty() ? key : path + "." + key, value));
        } else if (node instanceof Sequence sequence) {
            for (int i = 0; i < sequence.items().size(); i++) {
                add(flat, path + "[" + i + "]", sequence.items().get(i));
            }
        } else {
            flat.put(path, ((Scalar) node).text());
        }
    }
}
