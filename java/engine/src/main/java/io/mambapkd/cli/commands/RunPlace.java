package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunLock;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.FlatSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.file.Path;
import java.util.List;

/** Where a new run is to be. */
final class RunPlace {
    private static final String EXPECTED = "expected a new or empty run folder with --out, got ";

    private RunPlace() {}

    /**
     * Checks that nothing is there. Of a run that is there, says how to go on with it where that is what was asked for.
     *
     * @param spec the settings of the new run
     * @param extent of the new run
     * @throws InputException if anything is there
     */
    static void requireNew(Path place, RunSpec spec, Extent extent) {
        RunLock.requireFree(place);
        try {
            RunFolder.requireNew(place);
        } catch (InputException taken) {
            throw new InputException(problem(place, spec, extent, taken), taken);
        }
    }

    private static Problem problem(Path place, RunSpec spec, Extent extent, InputException taken) {
        List<String> differences;
        try {
            RunSpec own = RunSpecYaml.complete(RunFolder.open(place).config());
            differences = FlatSettings.differences(FlatSettings.of(spec), FlatSettings.of(own));
        } catch (InputException noRun) {
            return taken.problem();
        }
        if (!differences.isEmpty()) {
            return new Problem(
                    EXPECTED + place + ": it holds a run of other settings (" + differences.get(0)
                            + (differences.size() > 1 ? ", ..." : "") + ")",
                    "name another one");
        }
        String command = extent == Extent.TEACHER_ONLY ? "teacher" : "distill";
        return new Problem(
                EXPECTED + place + ": it holds a run", "go on with: mamba-pkd " + command + " --resume " + place);
    }
}
