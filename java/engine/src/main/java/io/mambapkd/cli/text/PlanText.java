package io.mambapkd.cli.text;

import io.mambapkd.model.Flops;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.results.Format;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.plan.DataSize;
import io.mambapkd.train.plan.RunPlan;
import io.mambapkd.train.plan.RunTimes;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.TrainingSteps;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The plan of a run on the terminal. */
public final class PlanText {
    /** The backward pass computes about two products for each one of the forward pass. */
    private static final int FORWARD_AND_BACKWARD = 3;

    private static final int MEBIBYTE_BITS = 20;

    private final PrintWriter out;

    public PlanText(PrintWriter out) {
        this.out = out;
    }

    /**
     * Prints it.
     *
     * @param dataset its name
     * @param device description of what it would run on
     * @param heapLimit bytes that Java may use
     * @param folder that the run would make
     */
    public void print(RunPlan plan, String dataset, String device, long heapLimit, Path folder) {
        RunSpec spec = plan.spec();
        DataSize data = plan.data();
        out.println("plan: nothing is trained, and nothing is made");
        out.println("data: " + dataset + ", " + Numbers.grouped(data.training()) + " training, "
                + (data.calibration() == 0 ? "" : Numbers.grouped(data.calibration()) + " calibration, ")
                + Numbers.grouped(data.validation()) + " validation and "
                + Numbers.grouped(data.evaluated(spec.testImages())) + " test images of " + data.image() + ", "
                + data.classes() + " classes");
        out.println("device: " + device);
        out.println();
        stages(plan);
        out.println("training FLOPs: 3 x the forward pass of every image of every step; flops has the layers");
        out.println();
        memory(plan, heapLimit);
        out.println("disk: about " + mebibytes(plan.diskBytes()) + " in " + folder);
        out.println("files: " + String.join(", ", files(spec, plan.extent())));
        out.println(plan.times().map(this::time).orElse("time: left out, as the times of an emulated GPU say nothing"));
    }

    private void stages(RunPlan plan) {
        RunSpec spec = plan.spec();
        ImageShape image = plan.data().image();
        int classes = plan.data().classes();
        TextTable table = new TextTable(
                "stage",
                "tensors",
                "parameters",
                "FLOPs an image",
                "images",
                "epochs",
                "steps",
                "training FLOPs",
                "time");
        TeacherSpec teacher = spec.teacher().spec();
        long flops = Flops.teacher(teacher, image, classes).total();
        Optional<RunTimes> times = plan.times();
        row(
                table,
                "teacher",
                shapes(teacher, image),
                plan.parameters().get(0),
                flops,
                TrainingSteps.teacher(spec, plan.data().training()),
                times.map(RunTimes::teacher));
        if (plan.extent() != Extent.TEACHER_ONLY) {
            int available = plan.data().training();
            long copies = (long) spec.student().copies() * TrainingSteps.studentImages(spec, available);
            table.row(
                    "caching",
                    spec.student().copies() + " copies",
                    "",
                    "",
                    Numbers.grouped(copies),
                    "",
                    "",
                    plain(Format.flops(copies * flops)),
                    seconds(times.map(RunTimes::caching)));
            for (int i = 0; i < spec.students().size(); i++) {
                int index = i;
                StudentSpec student = spec.models().get(i);
                row(
                        table,
                        student.name(),
                        stem(student, image) + student.tokens(image) + " tokens of " + student.tokenElements(image)
                                + " -> " + student.tokens(image) + "x" + student.modelWidth(),
                        plan.parameters().get(i + 1),
                        Flops.student(student, image, classes).total(),
                        TrainingSteps.student(spec, i, available),
                        times.map(all -> all.students().get(index)));
            }
        }
        table.row("evaluation", "", "", "", "", "", "", "", seconds(times.map(RunTimes::evaluation)));
        if (plan.extent() == Extent.GROUP_AND_CONTROLS) {
            table.row("controls", "", "", "", "", "", "", "", seconds(times.map(RunTimes::controls)));
        }
        table.print(out);
    }

    private static void row(
            TextTable table,
            String name,
            String tensors,
            long parameters,
            long flops,
            TrainingSteps steps,
            Optional<Double> seconds) {
        table.row(
                name,
                tensors,
                Numbers.grouped(parameters),
                Numbers.grouped(flops),
                Numbers.grouped(steps.images()),
                steps.shown(),
                Numbers.grouped(steps.total()),
                plain(Format.flops(FORWARD_AND_BACKWARD * flops * steps.total() * steps.batch())),
                seconds(seconds));
    }

    /** {@code 16x16x16, 8x8x32, }, or nothing. */
    private static String stem(StudentSpec student, ImageShape image) {
        return student.tokenizer().stem().convolutions(image).stream()
                .map(conv -> conv.output() + ", ")
                .collect(Collectors.joining());
    }

    /** {@code 28x28x16, 14x14x32, 7x7x64}. */
    private static String shapes(TeacherSpec teacher, ImageShape image) {
        return teacher.convolutions(image).stream()
                .map(TeacherSpec.Convolution::output)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private void memory(RunPlan plan, long heapLimit) {
        out.println("memory: about " + mebibytes(plan.memory().heapBytes()) + " of Java's heap, of which "
                + Numbers.grouped(heapLimit >> MEBIBYTE_BITS) + " MiB may be used, fullest in "
                + plan.memory().stage() + "; about "
                + mebibytes(plan.memory().nativeBytes()) + " beside it"
                + (plan.memory().deviceBytes() == 0
                        ? ""
                        : "; at least " + mebibytes(plan.memory().deviceBytes()) + " on the device, fullest in "
                                + plan.memory().deviceStage()));
    }

    private static List<String> files(RunSpec spec, Extent extent) {
        List<String> files =
                new ArrayList<>(List.of("config.yaml", "metrics.jsonl", "summary.json", "report.html", "SHA256SUMS"));
        int checkpoints = 1;
        if (extent != Extent.TEACHER_ONLY) {
            checkpoints += spec.students().size();
        }
        if (extent == Extent.GROUP_AND_CONTROLS) {
            checkpoints += 2 * spec.students().size() + 2;
        }
        files.add(checkpoints + (checkpoints == 1 ? " checkpoint" : " checkpoints") + " in checkpoints");
        return files;
    }

    private String time(RunTimes times) {
        List<String> shares = new ArrayList<>();
        share(shares, "teacher", times.teacher(), times);
        share(shares, "caching", times.caching(), times);
        share(shares, "students", times.group(), times);
        share(shares, "evaluation", times.evaluation(), times);
        share(shares, "controls", times.controls(), times);
        return "time: about " + plain(Format.seconds(times.total())) + ": " + String.join(", ", shares)
                + "; an estimate, from steps of each model timed on this device just now";
    }

    private static void share(List<String> shares, String name, double seconds, RunTimes times) {
        if (seconds > 0) {
            shares.add(name + " " + Numbers.percent(seconds / times.total(), 0) + " %");
        }
    }

    private static String seconds(Optional<Double> seconds) {
        return seconds.map(value -> plain(Format.seconds(value))).orElse("-");
    }

    /** With plain spaces, which terminals without Unicode show too. */
    private static String plain(String text) {
        return text.replace('\u00a0', ' ');
    }

    private static String mebibytes(long bytes) {
        return Numbers.grouped((bytes + (1 << MEBIBYTE_BITS) - 1) >> MEBIBYTE_BITS) + " MiB";
    }
}
