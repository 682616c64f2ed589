package io.mambapkd.cli.commands;

import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.PackingProgress;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.text.Numbers;
import io.mambapkd.cli.text.TextTable;
import io.mambapkd.data.Dataset;
import io.mambapkd.model.Flops;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.plan.Preflight;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mamba-pkd flops}. */
@Command(
        name = "flops",
        description =
                "Counts the floating-point operations of teacher and students for one image, layer by layer. Trains nothing.")
public final class FlopsCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private final SettingsOptions settings = new SettingsOptions();

    public FlopsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        RunSpec spec = settings.resolve();
        Dataset dataset =
                OpenedData.open(spec, Runtime.getRuntime().availableProcessors(), session.err(), PackingProgress.NEVER);
        // What cannot be trained is not counted either.
        Preflight.training(spec, dataset, Extent.GROUP);
        ImageShape image = dataset.training().shape();
        int classes = dataset.training().classes();
        Flops teacher = Flops.teacher(spec.teacher().spec(), image, classes);
        Map<String, Flops> students = new LinkedHashMap<>();
        for (StudentSpec student : spec.models()) {
            students.put(student.name(), Flops.student(student, image, classes));
        }
        session.out().println("FLOPs of one forward pass over one image of " + image + ", " + classes + " classes");
        layers("teacher", teacher);
        students.forEach(this::layers);
        group(teacher, students);
        return ExitCode.OK;
    }

    private void layers(String model, Flops flops) {
        TextTable table = new TextTable("layer", "output", "2 x MAC", "scan", "elementwise", "total");
        for (Flops.Line line : flops.layers()) {
            table.row(
                    line.layer(),
                    line.output(),
                    Numbers.grouped(line.multiplyAccumulates()),
                    Numbers.grouped(line.scan()),
                    Numbers.grouped(line.elementwise()),
                    Numbers.grouped(line.total()));
        }
        table.row(
                "total",
                "",
                Numbers.grouped(flops.multiplyAccumulates()),
                Numbers.grouped(flops.scan()),
                Numbers.grouped(flops.elementwise()),
                Numbers.grouped(flops.total()));
        session.out().println();
        session.out().println(model);
        table.print(session.out());
    }

    private void group(Flops teacher, Map<String, Flops> students) {
        TextTable table = new TextTable("group", "FLOPs", "% in blocks", "% of teacher", "cumulative", "cumulative %");
        long sum = 0;
        for (Map.Entry<String, Flops> student : students.entrySet()) {
            long own = student.getValue().total();
            sum += own;
            table.row(
                    student.getKey(),
                    Numbers.grouped(own),
                    Numbers.percent(student.getValue().blocks() / (double) own, 1),
                    Numbers.percent(own / (double) teacher.total(), 3),
                    Numbers.grouped(sum),
                    Numbers.percent(sum / (double) teacher.total(), 3));
        }
        session.out().println();
        table.print(session.out());
    }
}
