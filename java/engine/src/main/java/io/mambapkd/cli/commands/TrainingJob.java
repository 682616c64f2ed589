package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.ProgressListener;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.cli.text.SummaryText;
import io.mambapkd.data.Dataset;
import io.mambapkd.model.Flops;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.settings.Precisions;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpec.StudentSettings;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** From options to a finished run folder. Everything that can be wrong with the input is found before the folder is made. */
final class TrainingJob {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    private static final String BATCHES = "batches are set by --set teacher.batch=N and --set student.batch=N";

    private final Session session;

    TrainingJob(Session session) {
        this.session = session;
    }

    /** Returns the exit code. */
    int run(SettingsOptions settings, MachineOptions machineOptions, @Nullable Path out, Extent extent) {
        RunSpec asked = settings.resolve();
        try (Machine machine = machineOptions.open(session.cuda())) {
            Dataset dataset = OpenedData.open(asked, session.err());
            RunSpec spec = asked.resolved(dataset);
            requireFit(spec, dataset);
            Precisions.require(spec, machine.backend());
            RunFolder folder = RunFolder.create(out == null ? defaultFolder(dataset) : out);
            DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
            session.err().println("device: " + machine.backend().name() + ", " + machine.description());
            session.err().println("run folder: " + folder.path());
            return train(spec, dataset, machine, folder, extent);
        }
    }

    private int train(RunSpec spec, Dataset dataset, Machine machine, RunFolder folder, Extent extent) {
        String where = "what was finished is in " + folder.path();
        try (StopSignal stop = StopSignal.install(session.err(), where)) {
            ProgressListener listener = new ProgressListener(session.err(), stop);
            try {
                RunContext context = new RunContext(
                        machine.backend(), machine.description(), machine.threads(), spec, dataset, folder, listener);
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
                session.err().println("the run ended by an error; " + finished(folder));
                if (failure instanceof UnusableDeviceException call && call.isOutOfMemory()) {
                    // Only here it is known what sets the batches.
                    throw new InputException(
                            new Problem(call.problem().text(), call.problem().remedy() + "; " + BATCHES), call);
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

    private static void requireFit(RunSpec spec, Dataset dataset) {
        ImageShape image = dataset.training().shape();
        for (StudentSettings entry : spec.students()) {
            Flops.student(entry.spec(spec.student()), image, dataset.training().classes());
        }
    }

    private Path defaultFolder(Dataset dataset) {
        String name = dataset.name().replaceAll("[^A-Za-z0-9._-]", "_");
        return session.runs().resolve(name + "-" + TIME.format(LocalDateTime.now(session.clock())));
    }
}
