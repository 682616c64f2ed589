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
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceClock;
import io.mambapkd.ops.cuda.options.CudaOptions;
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
                "Times the training step of the teacher and of each student of a preset, in every precision and mode"
                        + " that the device has.")
public final class StepCommand implements Callable<Integer> {
    private static final StepTimer FULL = new StepTimer(10, 5);
    private static final StepTimer QUICK = new StepTimer(2, 1);
    /** The cost of a step does not depend on how many images there are to draw from; making the students' copies of them does. */
    public static final List<String> FEW_COPIES = List.of("student.copies=2", "student.images=4096");

    private static final String STREAMED = "--streamed";

    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final StepMachine machine = new StepMachine();

    @Mixin
    private final OriginOption origin = new OriginOption();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Option(names = "--quick", description = "Two blocks of one launch: shows that it works, not how fast it is.")
    private boolean quick;

    @Option(
            names = STREAMED,
            description =
                    "Times each step once more with its data in the host's memory, from where batches are brought one by one as"
                            + " where they do not fit into the device's.")
    private boolean streamed;

    @Mixin
    private final OutOption out = new OutOption();

    private final List<StepResult.Row> rows = new ArrayList<>();
    private @Nullable Origin where;
    /** Why the device can no longer be used. */
    private String lost = "";

    @Override
    public Integer call() {
        if (streamed && machine.device() == StepMachine.Device.CPU) {
            throw new InputException(new Problem(
                    STREAMED
                            + ": expected a device with a memory of its own, got the cpu, whose data are in the host's memory as it is",
                    "leave " + STREAMED + " out, or name another with --device"));
        }
        out.requireWritable();
        RunSpec spec = spec(Precision.F32);
        measure(Datasets.open(spec.data()));
        StepResult result = result(lost);
        out.write(result);
        output().print(StepResult.FILES.markdown(result));
        output().flush();
        return Problems.report(
                result, Objects.requireNonNull(command).commandLine().getErr());
    }

    private StepResult result(String incomplete) {
        return new StepResult(
                StepResult.FORMAT_VERSION, StepResult.KIND, Objects.requireNonNull(where), incomplete, rows);
    }

    private void measure(Dataset dataset) {
        if (machine.device() == StepMachine.Device.CPU) {
            try (Backend backend = new CpuBackend(machine.threads())) {
                measure(backend, "eager", null, dataset);
            }
            return;
        }
        CudaOptions options = machine.cuda(System.getenv());
        if (options.steps() == Steps.GRAPH) {
            onGpu(options, "replayed", dataset);
        }
        if (lost.isEmpty()) {
            onGpu(options.with(Steps.EAGER), "eager", dataset);
        }
    }

    private void onGpu(CudaOptions options, String mode, Dataset dataset) {
        try (CudaBackend backend = new CudaBackend(options.with(CudaOptions.Libraries.STARTED_WHEN_NEEDED));
                DeviceClock clock = backend.newClock()) {
            measure(backend, mode, clock, dataset);
        }
    }

    private void measure(Backend backend, String mode, @Nullable DeviceClock clock, Dataset dataset) {
        if (where == null) {
            where = origin.of(backend);
            // An earlier result must not be taken for that of a command that is ended before its first row.
            out.write(result(Result.UNFINISHED));
        }
        for (Precision precision : Precision.values()) {
            if (backend.supports(precision.activations())) {
                RunSpec spec = spec(precision);
                for (int i = -1; i < spec.students().size() && lost.isEmpty(); i++) {
                    add(row(i, spec, precision, backend, mode, Limit.DEVICE, clock, dataset), backend);
                    if (streamed && lost.isEmpty()) {
                        add(row(i, spec, precision, backend, mode, Limit.NONE, clock, dataset), backend);
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
     * @param student its index, or -1 for the teacher
     * @param replay replayed or eager
     */
    private StepResult.Row row(
            int student,
            RunSpec spec,
            Precision precision,
            Backend backend,
            String replay,
            Limit limit,
            @Nullable DeviceClock clock,
            Dataset dataset) {
        String mode = limit == Limit.NONE ? replay + StepResult.STREAMED : replay;
        StepTimer timer = quick ? QUICK : FULL;
        int most = timer.steps(StepBenchmark.MOST_STEPS_PER_LAUNCH);
        boolean teacher = student < 0;
        String model = teacher ? "teacher" : spec.students().get(student).name();
        String type = precision.name().toLowerCase(Locale.ROOT);
        Role role = teacher ? Role.TEACHER : Role.STUDENT;
        try (StepBenchmark step = StepBenchmark.of(role, Math.max(0, student), spec, dataset, backend, most, limit)) {
            StepTimer.Times times = timer.measure(step, clock);
            return new StepResult.Row(
                    model,
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
            int batch = teacher ? spec.teacher().batch() : spec.student().batch();
            String reason = DeviceCheck.reason(failure);
            return new StepResult.Row(
                    model, type, mode, batch, StepResult.Outcome.FAILED, reason, 0, 0, none, none, none);
        }
    }

    private RunSpec spec(Precision precision) {
        String name = precision.name().toLowerCase(Locale.ROOT);
        return run.spec(FEW_COPIES, List.of("teacher.precision=" + name, "student.precision=" + name));
    }

    private PrintWriter output() {
        return Objects.requireNonNull(command).commandLine().getOut();
    }
}
