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

/** {@code mamba-pkd teacher}. */
@Command(name = "teacher", description = "Trains and evaluates the teacher alone.")
public final class TeacherCommand implements Callable<Integer> {
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
            names = "--resume",
            paramLabel = "RUN",
            description = "Go on with the teacher of the run in this folder, from its newest save. The settings are"
                    + " those of the run.")
    private @Nullable Path resume;

    public TeacherCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        TrainingJob job = new TrainingJob(session, plan, saving);
        if (resume == null) {
            return job.run(settings, machine, out, Extent.TEACHER_ONLY, null);
        }
        if (out != null) {
            throw new InputException(new Problem(
                    "--resume goes on in the folder of its run and takes no --out", "leave one of them out"));
        }
        return job.resume(settings, machine, resume, Extent.TEACHER_ONLY);
    }
}
