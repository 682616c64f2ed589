package io.mambapkd.bench.peers;

import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.options.OutOption;
import io.mambapkd.bench.options.RunOptions;
import io.mambapkd.bench.options.StepMachine;
import io.mambapkd.bench.peers.PeerRuns.Mode;
import io.mambapkd.bench.peers.PeerRuns.Pace;
import io.mambapkd.bench.peers.PeerRuns.Task;
import io.mambapkd.bench.peers.PeersResult.Outcome;
import io.mambapkd.bench.peers.PeersResult.Row;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.step.StepBenchmark;
import io.mambapkd.bench.step.StepBenchmark.Role;
import io.mambapkd.bench.step.StepTimer;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cuda.options.CudaOptions.Libraries;
import io.mambapkd.results.Origin;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code peers}. */
@Command(
        name = "peers",
        description =
                "Times the training step of the teacher and of the largest student, and the distillation loss, in turns with"
                        + " PyTorch on the same machine.")
public final class PeersCommand implements Callable<Integer> {
    private static final Pace FULL = new Pace(7, 30);
    private static final Pace QUICK = new Pace(2, 2);
    private static final StepTimer FULL_STEPS = new StepTimer(1, 5);
    private static final StepTimer QUICK_STEPS = new StepTimer(1, 1);

    /** B and K of the loss. */
    private record LossShape(int batch, int classes) {}

    private static final List<LossShape> FULL_SHAPES =
            List.of(new LossShape(128, 10), new LossShape(4096, 10), new LossShape(4096, 100));
    private static final List<LossShape> QUICK_SHAPES = List.of(new LossShape(128, 10));

    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final RunOptions run = new RunOptions();

    @Mixin
    private final StepMachine machine = new StepMachine();

    @Option(
            names = "--python",
            defaultValue = "python3",
            paramLabel = "PYTHON",
            description = "A Python that has PyTorch (default: ${DEFAULT-VALUE}).")
    private String python = "";

    @Option(
            names = "--programs",
            defaultValue = "bench/peers/torch",
            paramLabel = "DIR",
            description = "Where step.py and loss.py are (default: ${DEFAULT-VALUE}).")
    private Path programs = Path.of("");

    @Option(
            names = "--modes",
            split = ",",
            defaultValue = "eager,graph,compile",
            paramLabel = "MODE",
            description =
                    "How the peer computes: eager, graph or compile, which takes longest to begin (default: ${DEFAULT-VALUE}).")
    private List<Mode> modes = List.of();

    @Option(
            names = "--seconds",
            defaultValue = "900",
            paramLabel = "N",
            description = "For all of it; what would begin later is not measured (default: ${DEFAULT-VALUE}).")
    private long seconds;

    @Option(names = "--quick", description = "Two short blocks each: shows that it works, not how fast it is.")
    private boolean quick;

    @Mixin
    private final OriginOption origins = new OriginOption();

    @Mixin
    private final OutOption out = new OutOption();

    /** Why the device can no longer be used. */
    private String lost = "";

    @Override
    public Integer call() {
        out.requireWritable();
        RunSpec spec = spec(Precision.F32);
        PeerRuns.requirePrograms(programs);
        PeersResult result;
        try (Backend backend = machine.open(Libraries.STARTED_WHEN_NEEDED)) {
            Origin origin = origins.of(backend);
            PeerRuns runs = new PeerRuns(
                    python,
                    programs,
                    modes,
                    machine.threads(),
                    quick ? QUICK : FULL,
                    seconds,
                    (all, row) -> keep(row, all, origin, backend));
            Dataset dataset = Datasets.open(spec.data());
            String mode = machine.mode();
            for (Precision precision : Precision.values()) {
                if (backend.supports(precision.activations())) {
                    steps(runs, backend, mode, precision, dataset);
                }
            }
            losses(runs, backend, mode);
            result = runs.result(origin, lost);
        }
        out.write(result);
        CommandLine line = Objects.requireNonNull(command).commandLine();
        line.getOut().print(PeersResult.FILES.markdown(result));
        line.getOut().flush();
        return Problems.report(result, line.getErr());
    }

    /** Writes what there is, so that a command that is ended from outside loses one row. Returns whether the device can go on. */
    private boolean keep(Row row, PeerRuns runs, Origin origin, Backend backend) {
        if (row.outcome() == Outcome.FAILED) {
            lost = DeviceCheck.lost(backend).orElse("");
        }
        out.write(runs.result(origin, Result.UNFINISHED));
        return lost.isEmpty();
    }

    /** Compares a task. What fails on our side before there is a peer is a row for each of its modes. */
    private static void compare(PeerRuns runs, Task task, Runnable comparison) {
        if (runs.hasEnded()) {
            return;
        }
        try {
            comparison.run();
        } catch (RuntimeException failure) {
            if (!Problems.ofOneRow(failure)) {
                throw failure;
            }
            runs.failed(task, DeviceCheck.reason(failure));
        }
    }

    private void losses(PeerRuns runs, Backend backend, String mode) {
        Pace pace = quick ? QUICK : FULL;
        for (LossShape shape : quick ? QUICK_SHAPES : FULL_SHAPES) {
            Task task = new Task("loss, K " + shape.classes(), "f32", mode, shape.batch());
            compare(runs, task, () -> {
                try (LossTask ours = new LossTask(backend, shape.batch(), shape.classes(), pace.peerSteps())) {
                    runs.loss(task, ours, LossTask.arguments(shape.batch(), shape.classes()));
                }
            });
        }
    }

    private void steps(PeerRuns runs, Backend backend, String mode, Precision precision, Dataset dataset) {
        RunSpec spec = spec(precision);
        String name = TorchArguments.name(precision);
        OptionalInt student = TorchArguments.student(spec);
        boolean fits = TorchArguments.fits(
                dataset.training().shape(), dataset.training().classes());
        Task students = new Task("largest student", name, mode, spec.student().batch());
        if (!fits || student.isEmpty()) {
            runs.none(
                    students,
                    "step.py has models of 28x28x1 images and 10 classes, and students of rows with a flat read-out");
        } else {
            int index = student.getAsInt();
            Task task = new Task("student " + spec.students().get(index).name(), name, mode, students.batch());
            step(runs, backend, dataset, spec, Role.STUDENT, index, task, TorchArguments.student(spec, index));
        }
        if (fits) {
            Task task = new Task("teacher", name, mode, spec.teacher().batch());
            step(runs, backend, dataset, spec, Role.TEACHER, 0, task, TorchArguments.teacher(spec));
        }
    }

    private void step(
            PeerRuns runs,
            Backend backend,
            Dataset dataset,
            RunSpec spec,
            Role role,
            int index,
            Task task,
            List<String> arguments) {
        StepTimer timer = quick ? QUICK_STEPS : FULL_STEPS;
        int steps = StepTask.steps(timer, runs.blocks());
        compare(runs, task, () -> {
            try (StepTask ours = new StepTask(StepBenchmark.of(role, index, spec, dataset, backend, steps), timer)) {
                runs.step(task, ours, arguments);
            }
        });
    }

    private RunSpec spec(Precision precision) {
        String name = TorchArguments.name(precision);
        return run.spec(StepBenchmark.FEW_COPIES, List.of("teacher.precision=" + name, "student.precision=" + name));
    }
}
