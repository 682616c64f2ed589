package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.OutOfMemory;
import io.mambapkd.cli.session.ProgressListener;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.cli.text.PlanText;
import io.mambapkd.cli.text.SummaryText;
import io.mambapkd.data.Dataset;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
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
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.FinishedStages;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.save.RunSaves;
import io.mambapkd.train.settings.FlatSettings;
import io.mambapkd.train.settings.ResolvedSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** From options to a finished run folder. Everything that can be wrong with the input is found before the folder is made. */
final class TrainingJob {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    private static final String BATCHES = "batches are set by --set teacher.batch=N and --set student.batch=N";

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
        saving.interval();
        if (out != null) {
            RunLock.requireFree(out);
        }
        OtherTeacher other = teacher == null ? null : OtherTeacher.open(teacher);
        RunSpec asked = other == null ? settings.resolve() : other.required(settings.resolve(other.settings()));
        try (Machine machine = machineOptions.open(session.cuda())) {
            Dataset opened = RunChecks.open(asked, extent, machine, session.err());
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
                return printPlan(spec, extent, machine, checks, place);
            }
            try (RunLock lock = RunLock.ofNew(place)) {
                RunFolder folder = RunFolder.create(place);
                // Before config.yaml, which makes a folder that of a run.
                RunRecords.write(folder, extent, machine);
                DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
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
                return train(spec, dataset, machine, folder, parts, extent);
            }
        }
    }

    /**
     * Goes on with a run: what is finished in its folder is taken as it is. Returns the exit code.
     *
     * @param path of the run folder
     */
    int resume(SettingsOptions settings, MachineOptions machineOptions, Path path, Extent asked) {
        saving.interval();
        RunFolder folder = RunFolder.open(path);
        folder.requireWritable();
        try (RunLock lock = plan.planOnly() ? RunLock.requireFree(path) : RunLock.of(folder)) {
            note(lock.notes());
            return resume(settings, machineOptions, folder, asked);
        }
    }

    private int resume(SettingsOptions settings, MachineOptions machineOptions, RunFolder folder, Extent asked) {
        Extent extent = RunRecords.extent(folder, asked);
        RunSpec own = RunSpecYaml.complete(folder.config());
        RunSpec given = settings.resolveOver(folder.config());
        try (Machine machine = machineOptions.open(session.cuda())) {
            Dataset dataset = OpenedRun.data(folder, given, extent, settings.namesData(), machine, session.err());
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
                return printPlan(spec, extent, machine, checks, folder.path());
            }
            folder.makeCheckpoints();
            RunRecords.goOn(folder, extent, machine, session.err());
            DataRecord shown = parts.identity().data();
            return train(
                    spec, dataset.shownAs(shown.mean(), shown.standardDeviation()), machine, folder, parts, extent);
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
    private int printPlan(RunSpec spec, Extent extent, Machine machine, RunChecks.Passed checks, Path place) {
        note(checks.notes());
        RunPlan found = RunPlan.of(spec, checks.dataset(), extent, machine.backend(), checks.memory());
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

    private int train(RunSpec spec, Dataset dataset, Machine machine, RunFolder folder, RunParts parts, Extent extent) {
        String goOn = "; go on with: mamba-pkd " + (extent == Extent.TEACHER_ONLY ? "teacher" : "distill")
                + " --resume " + folder.path();
        String where = "what was finished is in " + folder.path() + goOn;
        try (StopSignal stop = StopSignal.install(session.err(), where)) {
            ProgressListener listener = new ProgressListener(session.err(), stop);
            FinishedStages stages = new FinishedStages(folder, spec, parts);
            try (RunSaves saves = RunSaves.open(
                    new SaveFolder(folder.saves()), folder, parts, stages::has, saving.interval(), listener::note)) {
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
            } catch (RunStopped e) {
                listener.end();
                // Said here, before the stop signal is told that the run has ended: the virtual machine may halt right
                // after.
                session.err().println("stopped; " + where);
                return ExitCode.STOPPED;
            } catch (RuntimeException | Error failure) {
                listener.end();
                session.err().println("the run ended by an error; " + finished(folder) + goOn);
                if (failure instanceof UnusableDeviceException call && call.isOutOfMemory()) {
                    // Only here it is known what sets the batches.
                    throw new InputException(
                            new Problem(call.problem().text(), call.problem().remedy() + "; " + BATCHES), call);
                }
                if (OutOfMemory.in(failure).isPresent()) {
                    throw new InputException(OutOfMemory.problem(), failure);
                }
                throw failure;
            }
        }
        if (Files.exists(folder.report())) {
            session.out().println("report: " + folder.report());
        }
        return ExitCode.OK;
    }

    /** Which checkpoints there are, for who wants to go on from them. */
    private static String finished(RunFolder folder) {
        try {
            List<Path> files = folder.finished();
            if (files.isEmpty()) {
                return "no checkpoint was finished in " + folder.path();
            }
            String before = files.subList(0, files.size() - 1).stream()
                    .map(file -> String.valueOf(file.getFileName()))
                    .collect(Collectors.joining(", "));
            return "the last good checkpoint is " + files.get(files.size() - 1)
                    + (before.isEmpty() ? "" : ", after " + before);
        } catch (IOException | DirectoryIteratorException unreadable) {
            return "what was finished is in " + folder.path();
        }
    }

    private Path defaultFolder(Dataset dataset) {
        String name = dataset.name().replaceAll("[^A-Za-z0-9._-]", "_");
        return session.runs().resolve(name + "-" + TIME.format(LocalDateTime.now(session.clock())));
    }
}
