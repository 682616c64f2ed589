package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.results.DataRecord;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A run folder, opened to use the models that are finished in it. Its parts, its settings and its data were found to belong together.
 *
 * @param folder of the run
 * @param spec config.yaml, with the settings of this use over it
 * @param dataset the data of the run, or others that its models can be evaluated on, with the mean and standard deviation of the run
 * @param parts which models are finished
 */
public record OpenedRun(RunFolder folder, RunSpec spec, Dataset dataset, RunParts parts) {
    /** Settings that change no model. */
    private static final Set<String> OF_EVALUATION =
            Set.of("testImages", "earlyExit.maximumAccuracyLoss", "teacher.batch", "teacher.views", "student.batch");

    /**
     * @param path of the folder
     * @param otherData a descriptor of other data to evaluate on; null for those of the run
     * @param assignments {@code KEY=VALUE}
     * @param views of each image that the teacher is evaluated on; null for what the settings say
     * @param machine that is to evaluate them
     * @param err hears notes
     * @param stop may end it
     * @throws InputException if anything is missing, changed, or of another run
     */
    static OpenedRun open(
            Path path,
            @Nullable String otherData,
            List<String> assignments,
            @Nullable String views,
            Machine machine,
            PrintWriter err,
            StopSignal stop) {
        return open(path, otherData, settings(otherData, assignments, views), RunParts::of, machine, err, stop);
    }

    /**
     * Opens a run whose students alone are wanted, with its own data: the teacher may be missing.
     *
     * @param dataset a descriptor of where its data are now; null for where they were
     * @throws InputException if anything is missing, changed, or of another run
     */
    public static OpenedRun ofStudents(
            Path path, @Nullable String dataset, Machine machine, PrintWriter err, StopSignal stop) {
        OpenedRun opened =
                open(path, dataset, settings(dataset, List.of(), null), RunParts::ofStudents, machine, err, stop);
        opened.requireOwnData();
        opened.requireStudents(err);
        return opened;
    }

    /** Finds the finished models of a run. */
    private interface Finder {
        RunParts find(RunFolder folder, RunSpec spec, RunIdentity otherwise);
    }

    private static OpenedRun open(
            Path path,
            @Nullable String otherData,
            List<Setting> settings,
            Finder finder,
            Machine machine,
            PrintWriter err,
            StopSignal stop) {
        RunFolder folder = RunFolder.open(path);
        RunSpec own = RunSpecYaml.complete(folder.config());
        RunSpec spec = RunSpecYaml.complete(folder.config(), settings);
        Dataset dataset = otherData == null
                ? data(folder, spec, Extent.GROUP, false, machine, err, stop)
                : otherData(spec, machine, err, stop);
        stop.stopIfAsked();
        DataRecord record = DataFingerprint.of(dataset);
        RunParts parts = finder.find(folder, own, RunIdentity.of(own, record));
        DataRecord data = parts.identity().data();
        if (otherData == null) {
            parts.requireData(record, own.dataset());
        } else {
            dataset = matched(dataset, data, err);
            parts.requireKind(DataFingerprint.of(dataset), otherData);
        }
        parts.unmarked().forEach(sentence -> err.println("note: " + sentence));
        return new OpenedRun(folder, spec, dataset.shownAs(data.mean(), data.standardDeviation()), parts);
    }

    private static List<Setting> settings(
            @Nullable String otherData, List<String> assignments, @Nullable String views) {
        List<Setting> settings = new ArrayList<>();
        for (String assignment : assignments) {
            Setting setting = Setting.parse("--set", assignment);
            if (!OF_EVALUATION.contains(setting.path())) {
                throw new InputException(new Problem(
                        "--set " + assignment + ": expected a setting that changes no model ("
                                + String.join(
                                        ", ", OF_EVALUATION.stream().sorted().toList()) + "), got "
                                + setting.path(),
                        "train another run to change it"));
            }
            settings.add(setting);
        }
        if (views != null) {
            settings.add(Setting.plain("--views", "teacher.views", views));
        }
        if (otherData != null) {
            settings.add(Setting.text("--dataset", "dataset", otherData));
        }
        return settings;
    }

    /** Other data, split as those of the run; in the usual way where they are too few for that. */
    private static Dataset otherData(RunSpec spec, Machine machine, PrintWriter err, StopSignal stop) {
        try {
            return RunChecks.open(spec, Extent.GROUP, machine, err, stop);
        } catch (InputException tooFew) {
            List<Setting> usual = List.of(
                    Setting.plain("--dataset", "validationImages", "0"),
                    Setting.plain("--dataset", "calibrationImages", "0"),
                    Setting.plain("--dataset", "split", "auto"));
            return RunChecks.open(RunSpecYaml.changed(spec, usual), Extent.GROUP, machine, err, stop);
        }
    }

    /** Other data with the classes of the run, where all of theirs are among them by name. */
    private static Dataset matched(Dataset dataset, DataRecord data, PrintWriter err) {
        List<String> names = data.classNames();
        if (dataset.classNames().equals(names)) {
            return dataset;
        }
        Optional<Dataset> matched = dataset.withClasses(names);
        if (matched.isPresent()) {
            int classes = dataset.classNames().size();
            err.println("note: " + dataset.name() + " has "
                    + (classes == names.size()
                            ? "the classes of the run in another order"
                            : classes + " of the " + names.size() + " classes of the run")
                    + "; they are matched by their names");
        }
        return matched.orElse(dataset);
    }

    /**
     * Opens the data of a run.
     *
     * @param named whether an option has named them, so that the folder is not to blame
     * @param stop may end it
     */
    static Dataset data(
            RunFolder folder,
            RunSpec spec,
            Extent extent,
            boolean named,
            Machine machine,
            PrintWriter err,
            StopSignal stop) {
        try {
            return RunChecks.open(spec, extent, machine, err, stop);
        } catch (InputException e) {
            if (named) {
                throw e;
            }
            Problem problem = e.problem();
            throw new InputException(
                    new Problem(
                            "the dataset of " + folder.config() + ": " + problem.text(),
                            (problem.remedy().isEmpty() ? "" : problem.remedy() + ", or ")
                                    + "name where the data are now with --dataset"),
                    e);
        }
    }

    /**
     * For a use that other data than those of the run do not serve.
     *
     * @throws InputException if they are others
     */
    void requireOwnData() {
        parts.requireData(DataFingerprint.of(dataset), spec.dataset());
    }

    /**
     * Says which models there are not.
     *
     * @throws InputException if there is not even the teacher
     */
    void requireModels(PrintWriter err) {
        if (!parts.teacher()) {
            throw new InputException(new Problem(
                    "expected " + folder.teacher() + ", got nothing: the run has not finished its teacher",
                    "go on with mamba-pkd distill --resume " + folder.path()));
        }
        if (parts.students() == 0) {
            err.println("note: no student is finished in " + folder.path() + "; this is the teacher alone");
        }
        noteStudents(err);
    }

    private void requireStudents(PrintWriter err) {
        if (parts.students() == 0) {
            throw new InputException(new Problem(
                    "expected finished students in " + folder.checkpoints() + ", got none",
                    "go on with mamba-pkd distill --resume " + folder.path()));
        }
        noteStudents(err);
    }

    private void noteStudents(PrintWriter err) {
        int all = spec.students().size();
        if (parts.students() > 0 && parts.students() < all) {
            err.println("note: " + parts.students() + " of " + all + " students are finished in " + folder.path()
                    + "; this is the chain of these");
        }
        parts.replaced().forEach(sentence -> err.println("note: " + sentence));
    }
}
