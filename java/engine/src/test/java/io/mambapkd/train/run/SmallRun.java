package io.mambapkd.train.run;

import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.report.HtmlReport;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.save.RunSaves;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import io.mambapkd.train.step.TrainingSaves;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A run on a few hundred MNIST images: real in every part, small in every size. */
public final class SmallRun implements RunListener {
    private static final List<String> SETTINGS = List.of(
            "validationImages=200",
            "calibrationImages=0",
            "testImages=200",
            "teacher.channels=[4, 8]",
            "teacher.convsPerStage=1",
            "teacher.images=512",
            "teacher.epochs=2",
            "teacher.batch=32",
            "student.images=256",
            "student.copies=2",
            "student.epochs=2",
            "student.batch=32");

    final List<String> stages = new ArrayList<>();
    public final List<EpochRecord> epochs = new ArrayList<>();
    private int stepsUntilStop = Integer.MAX_VALUE;
    private Consumer<String> stageStarts = stage -> {};
    private UnaryOperator<TrainingSaves> view = UnaryOperator.identity();

    public static RunSpec spec(String... more) {
        List<Setting> settings = Stream.concat(SETTINGS.stream(), Stream.of(more))
                .map(text -> Setting.parse("--set", text))
                .toList();
        return withStudents(RunSpecYaml.preset("mnist-demo", settings), 3);
    }

    /** The same with its first students alone. */
    static RunSpec withStudents(RunSpec spec, int students) {
        return new RunSpec(
                spec.dataset(),
                spec.seed(),
                spec.validationImages(),
                spec.calibrationImages(),
                spec.split(),
                spec.orientation(),
                spec.images(),
                spec.testImages(),
                spec.classWeights(),
                spec.augmentation(),
                spec.teacher(),
                spec.student(),
                spec.students().subList(0, students),
                spec.earlyExit());
    }

    public static Dataset dataset(RunSpec spec) {
        return Datasets.open(spec.data());
    }

    /** The first training, calibration and test images: the fingerprint of all of MNIST takes longer than a run. */
    static Dataset few(Dataset all, int training, int test) {
        return new Dataset(
                all.name(),
                all.training().range(0, Math.min(training, all.training().size())),
                all.calibration().map(images -> images.range(0, Math.min(test, images.size()))),
                all.validation(),
                all.test().range(0, Math.min(test, all.test().size())),
                all.mean(),
                all.standardDeviation(),
                all.classNames(),
                all.split(),
                List.of());
    }

    SmallRun stoppingAfter(int steps) {
        stepsUntilStop = steps;
        return this;
    }

    SmallRun tellingStages(Consumer<String> hears) {
        stageStarts = hears;
        return this;
    }

    /** @param seen makes what the run takes for its saves */
    SmallRun savingThrough(UnaryOperator<TrainingSaves> seen) {
        view = seen;
        return this;
    }

    RunSummary run(RunSpec spec, Path path, int threads, DistillRun.Extent extent) {
        return run(spec, path, new CpuBackend(threads), threads, extent);
    }

    /** On a backend, which is closed at the end. */
    RunSummary run(RunSpec spec, Path path, Backend opened, int threads, DistillRun.Extent extent) {
        try (Backend backend = opened) {
            RunFolder folder = RunFolder.create(path);
            DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
            return DistillRun.run(context(spec, folder, backend, threads), extent, HtmlReport::write);
        }
    }

    RunContext context(RunSpec spec, RunFolder folder, Backend backend, int threads) {
        return context(spec, dataset(spec), folder, backend, threads, TrainingSaves.NONE);
    }

    /** Of a run on data of the caller's. */
    RunContext context(RunSpec spec, Dataset dataset, RunFolder folder, Backend backend) {
        return context(spec, dataset, folder, backend, 1, TrainingSaves.NONE);
    }

    private RunContext context(
            RunSpec spec, Dataset dataset, RunFolder folder, Backend backend, int threads, TrainingSaves saves) {
        RunParts parts = RunParts.of(folder, spec, RunIdentity.of(spec, DataFingerprint.of(dataset)));
        return new RunContext(backend, backend.description(), threads, spec, dataset, folder, parts, this, saves);
    }

    /** Begins a run that keeps its states, or goes on with it. Closes the backend. */
    RunSummary savedRun(
            RunSpec spec, Dataset dataset, Path path, Backend opened, DistillRun.Extent extent, Duration interval) {
        return savedRun(spec, dataset, path, new SaveFolder(path.resolve("saves")), opened, extent, interval);
    }

    /** The same with saves on a disk of the caller's. */
    RunSummary savedRun(
            RunSpec spec,
            Dataset dataset,
            Path path,
            SaveFolder saveFolder,
            Backend opened,
            DistillRun.Extent extent,
            Duration interval) {
        boolean begun = Files.exists(path);
        RunFolder folder = begun ? RunFolder.open(path) : RunFolder.create(path);
        if (!begun) {
            DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
        }
        RunParts parts = RunParts.of(folder, spec, RunIdentity.of(spec, DataFingerprint.of(dataset)));
        FinishedStages finished = new FinishedStages(folder, spec, parts);
        try (Backend backend = opened;
                RunSaves saves = RunSaves.open(saveFolder, folder, parts, finished::has, interval, this::note)) {
            return DistillRun.run(
                    context(spec, dataset, folder, backend, 1, view.apply(saves)), extent, HtmlReport::write);
        }
    }

    @Override
    public void stageStarted(String stage) {
        stages.add(stage);
        stageStarts.accept(stage);
    }

    @Override
    public void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {
        stepsUntilStop--;
    }

    @Override
    public void epochFinished(EpochRecord epoch) {
        epochs.add(epoch);
    }

    @Override
    public void note(String sentence) {
        stages.add(sentence);
    }

    @Override
    public boolean stopRequested() {
        return stepsUntilStop <= 0;
    }
}
