package io.mambapkd.bench.step;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.options.OutOption;
import io.mambapkd.bench.options.RunOptions;
import io.mambapkd.bench.options.StepMachine;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.bench.step.StepBenchmark.Role;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceClock;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.options.CudaOptions.Fusion;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.results.Origin;
import io.mambapkd.train.feed.DataPlacement.Limit;
import io.mambapkd.train.settings.RunSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code step}. */
@Command(
        name = "step",
        description =
                "Times the training step of the teacher and of each student of a preset, or of a named workload, in every precision and mode"
                        + " that the device has.")
public final class StepCommand implements Callable<Integer> {
    private static final StepTimer FULL = new StepTimer(10, 5);
    private static final StepTimer QUICK = new StepTimer(2, 1);
    private static final String EAGER = "eager";
    private static final String STREAMED = "--streamed";
    private static final String UNFUSED = "--unfused";
    private static final String WORKLOAD = "--workload";

    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final StepMachine machine = new StepMachine();

    @Mixin
    private final OriginOption origin = new OriginOption();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Option(
            names = WORKLOAD,
            paramLabel = "NAME",
            description =
                    "Instead of a preset's models one student on made images: reference (28 tokens, width 16, 2 blocks,"
                            + " 8 states, batches of 4096) or patches8x8 (64 tokens, width 128, 4 blocks, 16 states, batches of 1024).")
    private @Nullable NamedWorkload workload;

    @Option(names = "--quick", description = "Two blocks of one launch: shows that it works, not how fast it is.")
    private boolean quick;

    @Option(
            names = STREAMED,
            description =
                    "Times each step once more with its data in the host's memory, from where batches are brought one by one as"
                            + " where they do not fit into the device's.")
    private boolean streamed;

    @Option(
            names = UNFUSED,
            description =
                    "Times each step once more with every operation in a kernel of its own, as --no-fusion has it.")
    private boolean unfused;

    @Mixin
    private final OutOption out = new OutOption();

    private final List<StepResult.Row> rows = new ArrayList<>();
    private @Nullable Origin where;
    /** Why the device can no longer be used. */
    private String lost = "";

    @Override
    public Integer call() {
        requireSense();
        out.requireWritable();
        measure(StepSubjects.of(run, workload));
        StepResult result = result(lost);
        out.write(result);
        output().print(StepResult.FILES.markdown(result));
        output().flush();
        return Problems.report(
                result, Objects.requireNonNull(command).commandLine().getErr());
    }

    private void requireSense() {
        if (workload != null) {
            run.requireNoPreset(WORKLOAD);
        }
        if (machine.device() == StepMachine.Device.CPU) {
            requireNot(
                    streamed,
                    STREAMED,
                    "with a memory of its own, got the cpu, whose data are in the host's memory as it is");
            requireNot(unfused, UNFUSED, "with fused kernels, got the cpu, which has none");
        } else if (unfused && machine.cuda(System.getenv()).fusion() == Fusion.SEPARATE) {
            throw new InputException(new Problem(
                    UNFUSED + ": expected fused kernels to compare with, got --no-fusion, which has none",
                    "leave one of the two out"));
        }
    }

    private static void requireNot(boolean given, String option, String wanted) {
        if (given) {
            throw new InputException(new Problem(
                    option + ": expected a device " + wanted,
                    "leave " + option + " out, or name another with --device"));
        }
    }

    private StepResult result(String incomplete) {
        return new StepResult(
                StepResult.FORMAT_VERSION, StepResult.KIND, Objects.requireNonNull(where), incomplete, rows);
    }

    private void measure(StepSubjects subjects) {
        if (machine.device() == StepMachine.Device.CPU) {
            try (Backend backend = new CpuBackend(machine.threads())) {
                measure(backend, EAGER, null, subjects);
            }
            return;
        }
        CudaOptions options = machine.cuda(System.getenv());
        for (Steps steps : options.steps() == Steps.GRAPH ? List.of(Steps.GRAPH, Steps.EAGER) : List.of(Steps.EAGER)) {
            String mode = steps == Steps.GRAPH ? "replayed" : EAGER;
            onGpu(options.with(steps), mode, subjects);
            if (unfused) {
                onGpu(options.with(steps).with(Fusion.SEPARATE), mode + StepResult.UNFUSED, subjects);
            }
        }
    }

    private void onGpu(CudaOptions options, String mode, StepSubjects subjects) {
        if (!lost.isEmpty()) {
            return;
        }
        try (CudaBackend backend = new CudaBackend(options.with(CudaOptions.Libraries.STARTED_WHEN_NEEDED));
                DeviceClock clock = backend.newClock()) {
            measure(backend, mode, clock, subjects);
        }
    }

    private void measure(Backend backend, String mode, @Nullable DeviceClock clock, StepSubjects subjects) {
        if (where == null) {
            where = origin.of(backend);
            // An earlier result must not be taken for that of a command that is ended before its first row.
            out.write(result(Result.UNFINISHED));
        }
        for (Precision precision : Precision.values()) {
            if (backend.supports(precision.activations())) {
                for (int model : subjects.models()) {
                    for (Limit limit : streamed ? List.of(Limit.DEVICE, Limit.NONE) : List.of(Limit.DEVICE)) {
                        if (lost.isEmpty()) {
                            add(row(model, subjects, precision, backend, mode, limit, clock), backend);
                        }
                    }
                }
            }
        }
    }

    /** Keeps a row, also on the disk: a command that is ended from outside then loses one row. */
    private void add(StepResult.Row row, Backend backend) {
        rows.add(row);
        if (!row.isMeasured()) {
            lost = DeviceCheck.lost(backend).orElse("");
        }
        out.write(result(Result.UNFINISHED));
        PrintWriter err = Objects.requireNonNull(command).commandLine().getErr();
        err.println(row.name() + ": "
                + (row.isMeasured()
                        ? String.format(Locale.ROOT, "%,.1f µs", row.step().median())
                        : "FAILED: " + row.reason()));
        err.flush();
    }

    /**
     * @param model one of the subjects' models
     * @param replay replayed or eager, with what else makes the backend special
     */
    private StepResult.Row row(
            int model,
            StepSubjects subjects,
            Precision precision,
            Backend backend,
            String replay,
            Limit limit,
            @Nullable DeviceClock clock) {
        String mode = limit == Limit.NONE ? replay + StepResult.STREAMED : replay;
        StepTimer timer = quick ? QUICK : FULL;
        int most = timer.steps(StepBenchmark.MOST_STEPS_PER_LAUNCH);
        RunSpec spec = subjects.spec(precision);
        boolean teacher = model == StepSubjects.TEACHER;
        String name = teacher ? "teacher" : spec.students().get(model).name();
        String type = precision.name().toLowerCase(Locale.ROOT);
        Role role = teacher ? Role.TEACHER : Role.STUDENT;
        try (StepBenchmark step =
                StepBenchmark.of(role, Math.max(0, model), spec, subjects.dataset(), backend, most, limit)) {
            StepTimer.Times times = timer.measure(step, clock);
            return new StepResult.Row(
                    name,
                    type,
                    mode,
                    step.batch(),
                    StepResult.Outcome.MEASURED,
                    "",
                    step.stepsPerLaunch(),
                    (double) step.nodesPerLaunch() / step.stepsPerLaunch(),
                    times.step(),
                    times.launch(),
                    times.device());
        } catch (RuntimeException failure) {
            if (!Problems.ofOneRow(failure)) {
                throw failure;
            }
            Timing none = new Timing(List.of());
            int batch = teacher
                    ? spec.teacher().batch()
                    : spec.students().get(model).batch(spec.student());
            String reason = DeviceCheck.reason(failure);
            return new StepResult.Row(
                    name, type, mode, batch, StepResult.Outcome.FAILED, reason, 0, 0, none, none, none);
        }
    }

    private PrintWriter output() {
        return Objects.requireNonNull(command).commandLine().getOut();
    }
}
