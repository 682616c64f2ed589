package io.mambapkd.bench;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.CudaOptions;
import io.mambapkd.ops.cuda.CudaOptions.Steps;
import io.mambapkd.ops.cuda.DeviceClock;
import io.mambapkd.train.RunSpec;
import io.mambapkd.train.StepBenchmark;
import io.mambapkd.train.StepBenchmark.Role;
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
final class StepCommand implements Callable<Integer> {
    private static final StepTimer FULL = new StepTimer(10, 5);
    private static final StepTimer QUICK = new StepTimer(2, 1);
    /** The cost of a step does not depend on how many images there are to draw from; making the students' copies of them does. */
    static final List<String> FEW_COPIES = List.of("student.copies=2", "student.images=4096");

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

    @Mixin
    private final OutOption out = new OutOption();

    private final List<StepResult.Row> rows = new ArrayList<>();

    @Override
    public Integer call() {
        out.requireWritable();
        RunSpec spec = spec(Precision.F32);
        Dataset dataset = Datasets.open(spec.dataset(), spec.validationImages());
        StepResult result = new StepResult(StepResult.FORMAT_VERSION, StepResult.KIND, measure(dataset), rows);
        out.write(result);
        output().print(ResultKinds.STEP.markdown(result));
        output().flush();
        return 0;
    }

    private Origin measure(Dataset dataset) {
        if (machine.device() == StepMachine.Device.CPU) {
            try (Backend backend = new CpuBackend(machine.threads())) {
                measure(backend, "eager", null, dataset);
                return origin.of(backend);
            }
        }
        CudaOptions options = machine.cuda(System.getenv());
        if (options.steps() == Steps.GRAPH) {
            try (CudaBackend backend = new CudaBackend(options);
                    DeviceClock clock = backend.newClock()) {
                measure(backend, "replayed", clock, dataset);
            }
        }
        try (CudaBackend backend = new CudaBackend(options.with(Steps.EAGER));
                DeviceClock clock = backend.newClock()) {
            measure(backend, "eager", clock, dataset);
            return origin.of(backend);
        }
    }

    private void measure(Backend backend, String mode, @Nullable DeviceClock clock, Dataset dataset) {
        for (Precision precision : Precision.values()) {
            if (backend.supports(precision.activations())) {
                RunSpec spec = spec(precision);
                measure("teacher", Role.TEACHER, 0, spec, precision, backend, mode, clock, dataset);
                for (int i = 0; i < spec.students().size(); i++) {
                    String name = spec.students().get(i).name();
                    measure(name, Role.STUDENT, i, spec, precision, backend, mode, clock, dataset);
                }
            }
        }
    }

    private void measure(
            String model,
            Role role,
            int index,
            RunSpec spec,
            Precision precision,
            Backend backend,
            String mode,
            @Nullable DeviceClock clock,
            Dataset dataset) {
        StepTimer timer = quick ? QUICK : FULL;
        int most = timer.steps(StepBenchmark.MOST_STEPS_PER_LAUNCH);
        try (StepBenchmark step = StepBenchmark.of(role, index, spec, dataset, backend, most)) {
            StepTimer.Times times = timer.measure(step, clock);
            rows.add(new StepResult.Row(
                    model,
                    precision.name().toLowerCase(Locale.ROOT),
                    mode,
                    step.batch(),
                    step.stepsPerLaunch(),
                    times.step(),
                    times.launch(),
                    times.device()));
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
