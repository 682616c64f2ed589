package io.mambapkd.bench.options;

import io.mambapkd.bench.result.Problems;
import io.mambapkd.config.Setting;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which run's models and settings are measured. */
public final class RunOptions {
    @Option(names = "--preset", defaultValue = "mnist-full", paramLabel = "NAME", description = "Default mnist-full.")
    private String preset = "";

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One value over the preset, as in --set student.batch=512.")
    private List<String> assignments = new ArrayList<>();

    /**
     * The settings, resolved and checked.
     *
     * @param weak KEY=VALUE that the user may change
     * @param strong KEY=VALUE over what the user gave
     * @throws io.mambapkd.InputException if something is wrong with what the user gave
     */
    public RunSpec spec(List<String> weak, List<String> strong) {
        List<Setting> settings = new ArrayList<>();
        weak.forEach(text -> settings.add(Setting.parse(Problems.PROGRAM, text)));
        assignments.forEach(text -> settings.add(Setting.parse("--set", text)));
        strong.forEach(text -> settings.add(Setting.parse(Problems.PROGRAM, text)));
        return RunSpecYaml.preset(preset, settings);
    }
}
