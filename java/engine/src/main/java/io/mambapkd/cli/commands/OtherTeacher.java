package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.ops.Backend;
import io.mambapkd.results.DataRecord;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.run.TeacherStage;
import io.mambapkd.train.settings.FlatSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The trained teacher of another run, for a run with other students. */
final class OtherTeacher {
    private static final String OPTION = "--teacher";
    private static final String TEACHER = "teacher.";

    private static final Set<String> OF_SPLIT = Set.of("validationImages", "calibrationImages", "split", "orientation");

    private final RunFolder folder;
    private final RunSpec spec;

    private OtherTeacher(RunFolder folder, RunSpec spec) {
        this.folder = folder;
        this.spec = spec;
    }

    /**
     * @param path of the run folder
     * @throws InputException if it is none
     */
    static OtherTeacher open(Path path) {
        RunFolder folder = RunFolder.open(path);
        return new OtherTeacher(folder, RunSpecYaml.complete(folder.config()));
    }

    RunFolder folder() {
        return folder;
    }

    /** Settings of the teacher, to go over those of the new run. */
    List<Setting> settings() {
        return RunSpecYaml.group(spec, "teacher", OPTION + " " + folder.path());
    }

    /**
     * The settings of the new run.
     *
     * @throws InputException if an option changes the teacher
     */
    RunSpec required(RunSpec asked) {
        List<String> differences = FlatSettings.differences(ofTeacher(asked), ofTeacher(spec));
        if (!differences.isEmpty()) {
            throw new InputException(new Problem(
                    "expected the settings of the teacher of " + folder.path() + " with " + OPTION + ", got others: "
                            + String.join(", ", differences),
                    "leave them out, or train another teacher without " + OPTION));
        }
        return asked;
    }

    private static Map<String, String> ofTeacher(RunSpec spec) {
        Map<String, String> settings = FlatSettings.of(spec);
        settings.keySet().removeIf(key -> !key.startsWith(TEACHER));
        return settings;
    }

    private static Map<String, String> ofSplit(RunSpec spec) {
        Map<String, String> settings = FlatSettings.of(spec);
        settings.keySet().retainAll(OF_SPLIT);
        return settings;
    }

    private RunParts parts(DataRecord data) {
        return RunParts.of(folder, spec, RunIdentity.of(spec, data));
    }

    /**
     * Compares the data of the new run with those that the teacher was trained on.
     *
     * @param asked the settings of the new run, resolved
     * @param err hears what the teacher does not say
     * @throws InputException if there is no teacher, or it was trained on others
     */
    void requireData(DataRecord data, RunSpec asked, PrintWriter err) {
        RunParts parts = parts(data);
        if (!parts.teacher()) {
            throw new InputException(new Problem(
                    "expected " + folder.teacher() + " with " + OPTION + ", got nothing",
                    "name the folder of a run whose teacher is finished"));
        }
        List<String> differences = data.differences(parts.identity().data());
        String unmarked = RunParts.unmarked(folder.teacher());
        if (parts.unmarked().contains(unmarked)) {
            err.println("note: " + unmarked);
            // Its checkpoint does not tell its data; its settings tell which images it was not trained on.
            differences.addAll(FlatSettings.differences(ofSplit(asked), ofSplit(spec)));
        }
        if (!differences.isEmpty()) {
            throw new InputException(new Problem(
                    "expected the data that the teacher of " + folder.path() + " was trained on, got "
                            + String.join(", ", differences) + ", at " + asked.dataset(),
                    "use the same data and the same validation and calibration images, or train another teacher"
                            + " without " + OPTION));
        }
    }

    /** The data as its teacher saw them: older versions normalised all channels of an image alike. */
    Dataset shown(Dataset dataset) {
        if (dataset.mean().size() == 1) {
            return dataset;
        }
        DataRecord seen = parts(DataFingerprint.of(dataset)).identity().data();
        return seen.mean().size() == 1 ? dataset.shownAs(seen.mean(), seen.standardDeviation()) : dataset;
    }

    /** Puts the teacher into the folder of the new run. */
    RunParts takeOver(Backend backend, RunSpec asked, Dataset dataset, RunFolder target, RunIdentity identity) {
        String origin = parts(identity.data()).identity().id();
        TeacherStage.takeOver(backend, asked, dataset, folder, target, identity, origin);
        return RunParts.of(target, asked, identity);
    }
}
