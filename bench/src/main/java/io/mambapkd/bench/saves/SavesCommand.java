package io.mambapkd.bench.saves;

import io.mambapkd.InputException;
import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.options.OutOption;
import io.mambapkd.bench.options.RunDirOption;
import io.mambapkd.bench.options.RunOptions;
import io.mambapkd.bench.options.StepMachine;
import io.mambapkd.bench.result.Machine;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.options.CudaOptions.Libraries;
import io.mambapkd.report.HtmlReport;
import io.mambapkd.results.Origin;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.run.DistillRun;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.run.TeacherStage;
import io.mambapkd.train.save.RunSaves;
import io.mambapkd.train.settings.Precisions;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code saves}. */
@Command(
        name = "saves",
        description =
                "Times the training step of the teacher with saves of its state and without, in turns, in one training.")
public final class SavesCommand implements Callable<Integer> {
    /** So that the blocks end before the training does. */
    private static final List<String> LONG = List.of("teacher.epochs=1000");

    private static final int MOST_PAIRS = 1000;
    private static final double MOST_SECONDS = 3600;
    private static final double LEAST_SECONDS = 0.01;
    private static final long SECOND = 1_000_000_000L;
    /** A block with saves has at least this many of them. */
    private static final int SAVES_IN_A_BLOCK = 4;

    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final StepMachine machine = new StepMachine();

    @Mixin
    private final OriginOption origins = new OriginOption();

    @Mixin
    private final RunOptions settings = new RunOptions();

    @Mixin
    private final RunDirOption place = new RunDirOption();

    @Option(
            names = "--save-every",
            defaultValue = "1",
            paramLabel = "SECONDS",
            description = "Shortest time between two saves (default: ${DEFAULT-VALUE}).")
    private double saveEvery;

    @Option(
            names = "--pairs",
            defaultValue = "30",
            paramLabel = "N",
            description =
                    "Blocks with saves, and as many without, each of four times --save-every (default: ${DEFAULT-VALUE}).")
    private int pairs;

    @Mixin
    private final OutOption out = new OutOption();

    @Override
    public Integer call() {
        out.requireWritable();
        require();
        RunSpec spec = settings.spec(LONG, List.of());
        Machine before = Machine.current();
        SavesResult result;
        try (Backend backend = machine.open(Libraries.AT_ONCE)) {
            Dataset dataset = Datasets.open(spec.data());
            Precisions.require(spec, backend);
            Origin origin = origins.of(backend);
            long parameters = parameters(backend, spec, dataset);
            SaveTurns turns = place.with(err(), folder -> measure(spec, dataset, backend, folder));
            result = new SavesResult(
                    SavesResult.FORMAT_VERSION,
                    SavesResult.KIND,
                    origin,
                    turns.stopRequested() ? "" : "the training ended before; use more of teacher.epochs",
                    before,
                    machine.threads(),
                    spec.teacher().batch(),
                    parameters,
                    saveEvery,
                    turns.written(),
                    new Timing(turns.with()),
                    new Timing(turns.without()));
        }
        return end(result);
    }

    private int end(SavesResult result) {
        out.write(result);
        PrintWriter output = Objects.requireNonNull(command).commandLine().getOut();
        output.print(SavesResult.FILES.markdown(result));
        output.flush();
        return Problems.report(result, err());
    }

    private void require() {
        if (!(saveEvery >= LEAST_SECONDS && saveEvery <= MOST_SECONDS)) {
            throw new InputException("--save-every must be from " + LEAST_SECONDS + " to " + MOST_SECONDS
                    + " seconds, got " + saveEvery);
        }
        if (pairs < 1 || pairs > MOST_PAIRS) {
            throw new InputException("--pairs must be from 1 to " + MOST_PAIRS + ", got " + pairs);
        }
    }

    private static long parameters(Backend backend, RunSpec spec, Dataset dataset) {
        try (CnnTeacher teacher = TeacherStage.create(backend, spec, dataset)) {
            return teacher.parameters().count();
        }
    }

    private SaveTurns measure(RunSpec spec, Dataset dataset, Backend backend, RunFolder folder) {
        DurableFiles.write(folder.config(), RunSpecYaml.write(spec));
        RunParts parts = RunParts.none(RunIdentity.of(spec, DataFingerprint.of(dataset)));
        long between = (long) (saveEvery * SECOND);
        SaveTurns.Length length =
                new SaveTurns.Length(2 * SAVES_IN_A_BLOCK * between, SAVES_IN_A_BLOCK * between, pairs);
        Consumer<String> notes = err()::println;
        SaveFolder states = new SaveFolder(folder.saves());
        try (RunSaves saves = RunSaves.open(states, folder, parts, stage -> false, Duration.ofNanos(between), notes)) {
            SaveTurns turns = new SaveTurns(saves, notes, length, System::nanoTime);
            RunContext context = new RunContext(
                    backend, backend.description(), machine.threads(), spec, dataset, folder, parts, turns, turns);
            try {
                DistillRun.run(context, Extent.TEACHER_ONLY, HtmlReport::write);
            } catch (RunStopped measured) {
                notes.accept("all blocks are timed");
            }
            return turns;
        }
    }

    private PrintWriter err() {
        return Objects.requireNonNull(command).commandLine().getErr();
    }
}
