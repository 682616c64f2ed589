package io.mambapkd.examples;

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
import io.mambapkd.train.RunListener;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.run.DistillRun;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.settings.ResolvedSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Trains a teacher on MNIST and distills it into one student: {@code TrainChain RUN KEY=VALUE...}. The folder is then a model for the runtime, and a run for the command line.
 */
public final class TrainChain {
    private static final int THREADS = 2;

    /** One student in place of the preset's: tokens of four rows, M = 16. */
    private static final String STUDENT =
            "students=[{name: small, cut: rows, tokenSize: 4, modelWidth: 16, blocks: 1, stateSize: 4, learningRate: 0.015}]";

    private TrainChain() {}

    /** @param arguments a new folder, and settings that go over the preset's */
    public static void main(String[] arguments) {
        List<Setting> settings = new ArrayList<>();
        settings.add(Setting.parse("STUDENT", STUDENT));
        for (String argument : List.of(arguments).subList(1, arguments.length)) {
            settings.add(Setting.parse("argument", argument));
        }
        RunSpec asked = RunSpecYaml.preset("mnist-demo", settings);
        Dataset dataset = Datasets.open(asked.data());
        RunSpec spec = ResolvedSettings.of(asked, dataset);
        RunIdentity identity = RunIdentity.of(spec, DataFingerprint.of(dataset));
        try (Backend backend = new CpuBackend(THREADS)) {
            RunFolder folder = RunFolder.create(Path.of(arguments[0]));
            DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
            RunContext context = new RunContext(
                    backend,
                    backend.description(),
                    THREADS,
                    spec,
                    dataset,
                    folder,
                    RunParts.none(identity),
                    new Printer());
            RunSummary summary = DistillRun.run(context, DistillRun.Extent.GROUP, HtmlReport::write);
            RunSummary.Student student = summary.students().get(0);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %.2f %% with %.2f %% of the teacher's FLOPs; teacher %.2f %%%n",
                    student.name(),
                    100 * student.testAccuracy(),
                    100 * student.flopsRatio(),
                    100 * summary.teacher().testAccuracy());
        }
    }

    /** Prints what happens, and never stops the run. */
    private static final class Printer implements RunListener {
        @Override
        public void stageStarted(String stage) {
            System.out.println(stage);
        }

        @Override
        public void progress(
                String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {}

        @Override
        public void epochFinished(EpochRecord epoch) {
            System.out.printf(Locale.ROOT, "  epoch %d: loss %.4f%n", epoch.epoch(), epoch.loss());
        }

        @Override
        public void note(String sentence) {
            System.out.println("note: " + sentence);
        }

        @Override
        public boolean stopRequested() {
            return false;
        }
    }
}
