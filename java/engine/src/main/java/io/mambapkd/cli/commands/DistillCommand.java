package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.Session;
import io.mambapkd.train.run.DistillRun.Extent;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mamba-pkd distill}. */
@Command(
        name = "distill",
        description = "Trains a teacher, distils it into a chain of students, evaluates, and writes a report.")
public final class DistillCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private final SettingsOptions settings = new SettingsOptions();

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final PlanOptions plan = new PlanOptions();

    @Mixin
    private final SaveOptions saving = new SaveOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The run folder, new or empty; default runs/DATASET-TIME.")
    private @Nullable Path out;

    @Option(
            names = "--controls",
            description =
                    "Also train what the group is to be compared with: single students of its cost, the same students without the"
                            + " scan, a small CNN.")
    private boolean controls;

    @Option(
            names = "--resume",
            paramLabel = "RUN",
            description =
                    "Go on with the run in this folder: the teacher and the students that are finished are taken as they are, and"
                            + " training goes on from the newest save. The settings are those of the run.")
    private @Nullable Path resume;

    @Option(
            names = "--teacher",
            paramLabel = "RUN",
            description =
                    "Take the trained teacher of this run folder, which was trained on the same data, and its settings.")
    private @Nullable Path teacher;

    public DistillCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Extent extent = controls ? Extent.GROUP_AND_CONTROLS : Extent.GROUP;
        TrainingJob job = new TrainingJob(session, plan, saving);
        if (resume == null) {
            return job.run(settings, machine, out, extent, teacher);
        }
        if (out != null || teacher != null) {
            throw new InputException(new Problem(
                    "--resume goes on in the folder of its run, with its teacher, and takes no "
                            + (out == null ? "--teacher" : "--out"),
                    "leave one of them out"));
        }
        return job.resume(settings, machine, resume, extent);
    }
}
