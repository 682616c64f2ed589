package io.mambapkd.cli.commands;

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

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The run folder, new or empty; default runs/DATASET-TIME.")
    private @Nullable Path out;

    public TeacherCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new TrainingJob(session, plan).run(settings, machine, out, Extent.TEACHER_ONLY, null);
    }
}
