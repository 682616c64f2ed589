package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.ProgressListener;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.cli.text.CalibrationText;
import io.mambapkd.cli.text.PlanText;
import io.mambapkd.cli.text.SummaryText;
import io.mambapkd.data.Dataset;
import io.mambapkd.results.DataRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunLock;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.plan.DiskCheck;
import io.mambapkd.train.plan.RunPlan;
import io.mambapkd.train.run.CalibrationStage;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.FinishedStages;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.save.RunSaves;
import io.mambapkd.train.settings.FlatSettings;
import io.mambapkd.train.settings.ResolvedSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From options to a finished run folder. Everything that can be wrong with the input is found before the folder is made. */
final class TrainingJob {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    private final Session session;

    private final PlanOptions plan;

    private final SaveOptions saving;

    TrainingJob(Session session, PlanOptions plan, SaveOptions saving) {
        this.session = session;
        this.plan = plan;
        this.saving = saving;
    }

    /**
     * Begins a run. Returns the exit code.
     *
     * @param out the run folder; null for a new one with a name of its own
     * @param teacher the folder of a run whose teacher is taken; null where one is trained
     */
    int run(
            SettingsOptions settings,
            MachineOptions machineOptions,
            @Nullable Path out,
            Extent extent,
            @Nullable Path teacher) {
        return StopSignal.during(session.err(), stop -> begin(settings, machineOptions, out, extent, teacher, stop));
    }

    private int begin(
            SettingsOptions settings,
            MachineOptions machineOptions,
            @Nullable Path out,
            Extent extent,
            @Nullable Path teacher,
            StopSignal stop) {
        saving.interval();
        if (out != null) {
            RunLock.requireFree(out);
        }
        OtherTeacher other = teacher == null ? null : OtherTeacher.open(teacher);
        RunSpec asked = other == null ? settings.resolve() : other.required(settings.resolve(other.settings()));
        try (Machine machine = stop.unlessAsked(() -> machineOptions.open(session.cuda()))) {
            Dataset opened = RunChecks.open(asked, extent, machine, session.err(), stop);
            stop.stopIfAsked();
            Dataset dataset = other == null ? opened : other.shown(opened);
            RunSpec spec = ResolvedSettings.of(asked, dataset);
            RunChecks.Passed checks = RunChecks.training(spec, dataset, extent, machine);
            RunIdentity identity = RunIdentity.of(spec, DataFingerprint.of(dataset));
            if (other != null) {
                other.requireData(identity.data(), spec, session.err());
            }
            Path place = out == null ? defaultFolder(dataset) : out;
            RunPlace.requireNew(place, spec, extent);
            DiskCheck.require(place, checks.diskBytes());
            if (plan.planOnly()) {
                return printPlan(spec, extent, machine, checks, place, stop);
            }
            stop.stopIfAsked();
            try (RunLock lock = RunLock.ofNew(place)) {
                RunFolder folder = RunFolder.create(place);
                // Before config.yaml, which makes a folder that of a run.
                RunRecords.write(folder, extent, machine);
                DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
                stop.leaves(new EarlyEnd(folder, extent).stopped());
                session.err().println("device: " + machine.backend().name() + ", " + machine.description());
                session.err().println("run folder: " + folder.path());
                note(lock.notes());
                note(checks.notes());
                RunParts parts = RunParts.none(identity);
                if (other != null) {
                    session.err()
                            .println("teacher: taken from " + other.folder().path());
                    parts = other.takeOver(machine.backend(), spec, dataset, folder, identity);
                }
                return train(spec, dataset, machine, folder, parts, extent, stop);
            }
        }
    }

    /**
     * Goes on with a run: what is finished in its folder is taken as it is. Returns the exit code.
     *
     * @param path of the run folder
     */
    int resume(SettingsOptions settings, MachineOptions machineOptions, Path path, Extent asked) {
        return StopSignal.during(session.err(), stop -> resume(settings, machineOptions, path, asked, stop));
    }

    private int resume(
            SettingsOptions settings, MachineOptions machineOptions, Path path, Extent asked, StopSignal stop) {
        saving.interval();
        RunFolder folder = RunFolder.open(path);
        folder.requireWritable();
        try (RunLock lock = plan.planOnly() ? RunLock.requireFree(path) : RunLock.of(folder)) {
            note(lock.notes());
            return resume(settings, machineOptions, folder, asked, stop);
        }
    }

    private int resume(
            SettingsOptions settings, MachineOptions machineOptions, RunFolder folder, Extent asked, StopSignal stop) {
        Extent extent = RunRecords.extent(folder, asked);
        stop.leaves(new EarlyEnd(folder, extent).stopped());
        RunSpec own = RunSpecYaml.complete(folder.config());
        RunSpec given = settings.resolveOver(folder.config());
        try (Machine machine = stop.unlessAsked(() -> machineOptions.open(session.cuda()))) {
            Dataset dataset = OpenedRun.data(folder, given, extent, settings.namesData(), machine, session.err(), stop);
            stop.stopIfAsked();
            RunSpec spec = ResolvedSettings.of(given, dataset);
            requireSame(FlatSettings.of(spec), FlatSettings.of(own), folder);
            RunChecks.Passed checks = resumable(spec, dataset, extent, machine, folder);
            DataRecord data = DataFingerprint.of(dataset);
            RunParts parts = RunParts.of(folder, own, RunIdentity.of(own, data));
            parts.requireData(data, spec.dataset());
            parts.requireUnreplaced();
            note(parts.unmarked());
            session.err().println("device: " + machine.backend().name() + ", " + machine.description());
            session.err()
                    .println("run folder: " + folder.path() + "; " + finished(parts, spec)
                            + (extent == asked ? "" : "; its controls are a part of it"));
            DiskCheck.require(folder.path(), checks.diskBytes());
            if (plan.planOnly()) {
                return printPlan(spec, extent, machine, checks, folder.path(), stop);
            }
            folder.makeCheckpoints();
            RunRecords.goOn(folder, extent, machine, session.err());
            DataRecord shown = parts.identity().data();
            Dataset asShown = dataset.shownAs(shown.mean(), shown.standardDeviation());
            return train(spec, asShown, machine, folder, parts, extent, stop);
        }
    }

    /** Checks what is to be trained; a run of the teacher alone may have settings of students that do not fit, and {@code --resume} changes none. */
    private static RunChecks.Passed resumable(
            RunSpec spec, Dataset dataset, Extent extent, Machine machine, RunFolder folder) {
        try {
            return RunChecks.training(spec, dataset, extent, machine);
        } catch (InputException misfit) {
            Problem problem = misfit.problem();
            if (!problem.remedy().contains("--set ")) {
                throw misfit;
            }
            throw new InputException(
                    new Problem(
                            problem.text(),
                            problem.remedy() + " in another run, which takes this one's teacher with --teacher "
                                    + folder.path() + ": --resume changes no settings"),
                    misfit);
        }
    }

    private void note(List<String> sentences) {
        sentences.forEach(sentence -> session.err().println("note: " + sentence));
    }

    /** What would be done, without doing it. */
    private int printPlan(
            RunSpec spec, Extent extent, Machine machine, RunChecks.Passed checks, Path place, StopSignal stop) {
        note(checks.notes());
        RunPlan found = RunPlan.of(spec, checks.dataset(), extent, machine.backend(), checks.memory(), stop::requested);
        new PlanText(session.out())
                .print(
                        found,
                        checks.dataset().name(),
                        machine.backend().name() + ", " + machine.description(),
                        RunChecks.limits().heapBytes(),
                        place);
        return ExitCode.OK;
    }

    /** Where the data lie may have changed; everything else decides what the run is. */
    private static void requireSame(Map<String, String> asked, Map<String, String> own, RunFolder folder) {
        asked.remove("dataset");
        own.remove("dataset");
        List<String> differences = FlatSettings.differences(asked, own);
        if (!differences.isEmpty()) {
            throw new InputException(new Problem(
                    "expected the settings of " + folder.config() + " with --resume, got others: "
                            + String.join(", ", differences),
                    "leave them out, or begin another run without --resume; --teacher " + folder.path()
                            + " takes its teacher"));
        }
    }

    private static String finished(RunParts parts, RunSpec spec) {
        if (!parts.teacher()) {
            return "no model is finished in it";
        }
        int left = spec.students().size() - parts.students();
        return "finished and taken as they are: the teacher and " + parts.students() + " of "
                + spec.students().size() + " students" + (left == 0 ? "" : "; to be trained: " + left);
    }

    private int train(
            RunSpec spec,
            Dataset dataset,
            Machine machine,
            RunFolder folder,
            RunParts parts,
            Extent extent,
            StopSignal stop) {
        ProgressListener listener = new ProgressListener(session.err(), stop);
        FinishedStages stages = new FinishedStages(folder, spec, parts);
        SaveFolder states = new SaveFolder(folder.saves());
        try (RunSaves saves = RunSaves.open(states, folder, parts, stages::has, saving.interval(), listener::note)) {
            RunContext context = new RunContext(
                    machine.backend(),
                    machine.description(),
                    machine.threads(),
                    spec,
                    dataset,
                    folder,
                    parts,
                    listener,
                    saves);
            RunSummary summary = session.jobs().distill(context, extent);
            listener.end();
            new SummaryText(session.out()).print(summary);
            CalibrationStage.kept(folder).ifPresent(calibration -> {
                session.out().println();
                new CalibrationText(session.out()).print(calibration);
            });
        } catch (RunStopped asked) {
            listener.end();
            throw asked;
        } catch (RuntimeException | Error failure) {
            listener.end();
            EarlyEnd end = new EarlyEnd(folder, extent);
            session.err().println(end.failed());
            Optional<InputException> explained = end.explained(failure, machine);
            if (explained.isPresent()) {
                throw explained.get();
            }
            throw failure;
        }
        if (Files.exists(folder.report())) {
            session.out().println("report: " + folder.report());
        }
        return ExitCode.OK;
    }

    private Path defaultFolder(Dataset dataset) {
        String name = dataset.name().replaceAll("[^A-Za-z0-9._-]", "_");
        return session.runs().resolve(name + "-" + TIME.format(LocalDateTime.now(session.clock())));
    }
}
