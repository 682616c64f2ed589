package io.mambapkd.bench.job;

import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.options.OutOption;
import io.mambapkd.bench.options.RunDirOption;
import io.mambapkd.bench.options.RunOptions;
import io.mambapkd.bench.options.StepMachine;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.result.Result;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cuda.options.CudaOptions.Libraries;
import io.mambapkd.report.HtmlReport;
import io.mambapkd.results.Origin;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.run.DistillRun;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.settings.Precisions;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code job}. */
@Command(name = "job", description = "Times the whole job of a preset: teacher, its logits, every student, evaluation.")
public final class JobCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final RunOptions settings = new RunOptions();

    @Mixin
    private final StepMachine machine = new StepMachine();

    @Mixin
    private final RunDirOption place = new RunDirOption();

    @Mixin
    private final OriginOption origins = new OriginOption();

    @Mixin
    private final OutOption out = new OutOption();

    @Override
    public Integer call() {
        out.requireWritable();
        RunSpec spec = settings.spec(List.of(), List.of());
        JobResult result;
        try (Backend backend = machine.open(Libraries.AT_ONCE)) {
            Dataset dataset = Datasets.open(spec.data());
            Precisions.require(spec, backend);
            result = place.with(
                    Objects.requireNonNull(command).commandLine().getErr(),
                    folder -> run(spec, dataset, backend, folder));
        }
        out.write(result);
        PrintWriter output = Objects.requireNonNull(command).commandLine().getOut();
        output.print(JobResult.FILES.markdown(result));
        output.flush();
        return Problems.report(
                result, Objects.requireNonNull(command).commandLine().getErr());
    }

    private JobResult run(RunSpec spec, Dataset dataset, Backend backend, RunFolder folder) {
        DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
        Origin origin = origins.of(backend);
        StageLines lines =
                new StageLines(Objects.requireNonNull(command).commandLine().getErr());
        // A command that is ended from outside then loses one stage.
        JobStages stages = new JobStages(
                lines, System::nanoTime, ended -> out.write(unfinished(origin, Result.UNFINISHED, ended)));
        // An earlier result must not be taken for that of a command that is ended in its first stage.
        out.write(unfinished(origin, Result.UNFINISHED, stages));
        long start = System.nanoTime();
        RunSummary summary;
        try {
            RunContext context = new RunContext(
                    backend,
                    backend.description(),
                    machine.threads(),
                    spec,
                    dataset,
                    folder,
                    RunParts.none(RunIdentity.of(spec, DataFingerprint.of(dataset))),
                    stages);
            summary = DistillRun.run(context, Extent.GROUP, HtmlReport::write);
        } catch (RuntimeException failure) {
            if (!Problems.ofOneRow(failure)) {
                throw failure;
            }
            String stage = stages.running().isEmpty() ? "before the first stage" : stages.running();
            return unfinished(origin, stage + ": " + DeviceCheck.reason(failure), stages);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        int images = spec.student().images() == 0
                ? summary.trainingImages()
                : Math.min(spec.student().images(), summary.trainingImages());
        return JobResult.of(
                origin, summary, seconds, (long) images * spec.student().copies());
    }

    private static JobResult unfinished(Origin origin, String reason, JobStages stages) {
        return JobResult.unfinished(origin, reason, stages.ended(), stages.seconds());
    }
}
