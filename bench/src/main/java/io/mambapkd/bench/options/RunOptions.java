package io.mambapkd.bench.options;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.config.Setting;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which run's models and settings are measured. */
public final class RunOptions {
    private static final String DEFAULT = "mnist-full";

    @Option(names = "--preset", paramLabel = "NAME", description = "Default " + DEFAULT + ".")
    private @Nullable String preset;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One value over the preset, as in --set student.batch=512.")
    private List<String> assignments = new ArrayList<>();

    /**
     * Refuses --preset beside an option that takes its place.
     *
     * @param option the other one
     * @throws InputException if the user gave --preset
     */
    public void requireNoPreset(String option) {
        if (preset != null) {
            throw new InputException(new Problem(
                    option + ": expected no --preset, which names other models, got --preset " + preset,
                    "leave one of the two out"));
        }
    }

    /**
     * The settings, resolved and checked.
     *
     * @param weak KEY=VALUE that the user may change
     * @param strong KEY=VALUE over what the user gave
     * @throws io.mambapkd.InputException if something is wrong with what the user gave
     */
    public RunSpec spec(List<String> weak, List<String> strong) {
        return spec(preset == null ? DEFAULT : preset, weak, strong);
    }

    /** The same over a preset that something else than the user's --preset decides. */
    public RunSpec spec(String base, List<String> weak, List<String> strong) {
        List<Setting> settings = new ArrayList<>();
        weak.forEach(text -> settings.add(Setting.parse(Problems.PROGRAM, text)));
        assignments.forEach(text -> settings.add(Setting.parse("--set", text)));
        strong.forEach(text -> settings.add(Setting.parse(Problems.PROGRAM, text)));
        return RunSpecYaml.preset(base, settings);
    }
}
