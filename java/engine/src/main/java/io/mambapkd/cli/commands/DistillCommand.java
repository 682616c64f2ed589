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

    public DistillCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Extent extent = controls ? Extent.GROUP_AND_CONTROLS : Extent.GROUP;
        return new TrainingJob(session, plan).run(settings, machine, out, extent);
    }
}
