package io.mambapkd.train.run;

import io.mambapkd.Checkout;
import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.data.MadeUpImages;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cpu.CpuBackend.Convolutions;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Short runs of the presets: losses and accuracies of each epoch, accuracies on the test images, and the SHA-256 of each checkpoint, as text.
 *
 * <p>They compute with the parts of the CPU backend that give the same bits on every machine and JDK: plain Java for the matrix products, and
 * convolutions by patches. Data and recipe are those of the preset, made small; where the data do not come with the program, images are made up.
 */
public final class GoldenCurves {
    /** Most images that a run is given. */
    private static final int TRAINING = 200;

    private static final int TEST = 50;

    /** What makes the run of each preset small. */
    private static final Map<String, List<String>> SMALL = Map.of(
            "mnist-demo",
            List.of(
                    "validationImages=50",
                    "teacher.channels=[4, 8, 8]",
                    "teacher.images=192",
                    "teacher.batch=32",
                    "student.images=96",
                    "student.copies=2",
                    "student.epochs=2",
                    "student.batch=32"),
            "mnist-full",
            List.of(
                    "validationImages=50",
                    "teacher.channels=[4, 4, 8]",
                    "teacher.images=96",
                    "teacher.epochs=1",
                    "teacher.batch=32",
                    "student.images=48",
                    "student.copies=2",
                    "student.epochs=1",
                    "student.batch=16"),
            "cifar10-demo",
            List.of(
                    "validationImages=20",
                    "teacher.width=4",
                    "teacher.epochs=1",
                    "teacher.batch=32",
                    "student.epochs=1",
                    "student.copies=2",
                    "student.batch=32"),
            "cifar10-full",
            List.of(
                    "validationImages=20",
                    "teacher.width=4",
                    "teacher.epochs=1",
                    "teacher.batch=32",
                    "student.epochs=1",
                    "student.copies=2",
                    "student.batch=32",
                    "students[0].epochs=2",
                    "students[1].batch=16",
                    "students[1].epochs=0",
                    "students[2].epochs=0",
                    "students[3].epochs=0"),
            "cifar10-gpu",
            List.of(
                    "validationImages=20",
                    "teacher.width=4",
                    "teacher.epochs=1",
                    "teacher.batch=32",
                    "student.epochs=1",
                    "student.copies=2",
                    "student.batch=16",
                    "student.schedule=cosine"),
            "cifar10-teacher",
            List.of(
                    "validationImages=20",
                    "teacher.width=4",
                    "teacher.epochs=1.5",
                    "teacher.batch=32",
                    "student.epochs=1",
                    "student.copies=2",
                    "student.batch=32"),
            "folder-demo",
            List.of(
                    "images.cacheFolder=none",
                    "teacher.width=4",
                    "teacher.epochs=3",
                    "teacher.batch=16",
                    "student.epochs=2",
                    "student.copies=2",
                    "student.batch=16"));

    private final String preset;
    private final Path folder;

    private GoldenCurves(String preset, Path folder) {
        this.preset = preset;
        this.folder = folder;
    }

    /** Name of the file of a preset. */
    static String file(String preset) {
        return preset + ".tsv";
    }

    /** Where the committed files are. */
    static Path committed() {
        return Checkout.path("java/engine/src/test/resources/golden-curves");
    }

    /**
     * Runs a preset, small.
     *
     * @param folder for data and run; empty
     */
    static String text(String preset, Path folder, int threads) throws IOException {
        return new GoldenCurves(preset, folder).run(threads);
    }

    /** Writes files of presets. The arguments are a folder for them, and the presets. */
    public static void main(String[] arguments) throws IOException {
        Path target = Path.of(arguments[0]);
        for (String preset : List.of(arguments).subList(1, arguments.length)) {
            Path work = Files.createTempDirectory(target, preset);
            Files.writeString(target.resolve(file(preset)), text(preset, work, 1));
        }
    }

    private String run(int threads) throws IOException {
        List<String> small = SMALL.get(preset);
        if (small == null) {
            throw new IllegalStateException("the preset " + preset
                    + " has no golden curve: add settings that make it small to GoldenCurves.SMALL");
        }
        RunSpec spec = RunSpecYaml.preset(
                preset,
                Stream.concat(Stream.of("dataset=" + data()), small.stream())
                        .map(text -> Setting.parse("--set", text))
                        .toList());
        Dataset dataset = SmallRun.few(Datasets.open(spec.data()), TRAINING, TEST);
        // The full recipe is the one that the README runs with controls.
        Extent extent = preset.equals("mnist-full") ? Extent.GROUP_AND_CONTROLS : Extent.GROUP;
        Backend backend = new CpuBackend(threads, CpuBackend.javaBlas(), Convolutions.PATCHES);
        Path run = folder.resolve("run");
        RunSummary summary = new SmallRun().savedRun(spec, dataset, run, backend, extent, Duration.ofDays(1));
        return text(RunResult.of(run), summary);
    }

    private String data() throws IOException {
        if (preset.startsWith("mnist")) {
            return "mnist";
        }
        boolean isCifar = preset.startsWith("cifar10");
        Path images = folder.resolve(isCifar ? "cifar10" : "images");
        if (isCifar) {
            MadeUpImages.cifar10(images, 40);
        } else {
            MadeUpImages.folder(images, 3, 60);
        }
        return (isCifar ? "cifar10:" : "folder:") + images;
    }

    private String text(RunResult result, RunSummary summary) {
        List<String> lines = new ArrayList<>();
        lines.add("# A short run of the preset " + preset
                + ", to the bit, on what computes alike on every machine. Written by make golden-curves.");
        lines.add("# epoch\tloss\ttraining accuracy\tvalidation accuracy\tlearning rate");
        for (EpochRecord epoch : result.epochs()) {
            lines.add(String.join(
                    "\t",
                    epoch.stage() + " " + epoch.epoch(),
                    digits(epoch.loss()),
                    digits(epoch.trainAccuracy()),
                    digits(epoch.validationAccuracy()),
                    digits(epoch.learningRate())));
        }
        lines.add("# model\ttest accuracy");
        lines.add("teacher\t" + digits(summary.teacher().testAccuracy()));
        summary.teacher()
                .views()
                .ifPresent(views -> lines.add("teacher, " + views.count() + " views\t" + digits(views.testAccuracy())));
        summary.students()
                .forEach(student ->
                        lines.add("group to " + student.name() + "\t" + digits(student.cumulativeTestAccuracy())));
        summary.controls().forEach(control -> lines.add(control.kind() + "\t" + digits(control.testAccuracy())));
        lines.add("# checkpoint\tSHA-256");
        result.checkpoints().forEach((name, hash) -> lines.add(name + "\t" + hash));
        return String.join("\n", lines) + "\n";
    }

    /** The fewest digits that tell a number from all others. Not Double.toString, which has other ones before JDK 19. */
    private static String digits(double value) {
        BigDecimal exact = new BigDecimal(value);
        int digits = 1;
        while (exact.round(new MathContext(digits)).doubleValue() != value) {
            digits++;
        }
        return exact.round(new MathContext(digits)).stripTrailingZeros().toPlainString();
    }
}
