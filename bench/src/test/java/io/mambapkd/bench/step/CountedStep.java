package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.kernels.PlannedOperations;
import io.mambapkd.bench.model.PlannedOperation;
import io.mambapkd.bench.step.StepBenchmark.Role;
import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.Build;
import io.mambapkd.emulator.EmulatedDriver.GraphNodes;
import io.mambapkd.emulator.EmulatedDriver.MemoryTraffic;
import io.mambapkd.emulator.ListedWork;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.train.run.SmallRun;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import io.mambapkd.train.step.StepResults;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A training step whose nodes and bytes are counted: that of a run with the demo's recipe, captured on the emulated driver.
 *
 * @param model its name in {@code kernels-build/step-nodes.tsv}
 * @param batch images of a step
 * @param role teacher or student
 * @param index which student of the run, from 0. Those from 1 on learn from the group before them too, which takes one node more.
 * @param preset whose recipe it is
 * @param settings that differ from the preset's
 * @param workload whose images it learns from; null for those of MNIST
 */
record CountedStep(
        String model,
        int batch,
        Role role,
        int index,
        String preset,
        List<String> settings,
        @Nullable NamedWorkload workload) {
    static final String DEMO = "mnist-demo";
    private static final String FULL = "mnist-full";

    /**
     * What is known of a step.
     *
     * @param nodes of its graph, and bytes
     * @param plan its launches, each with its bytes
     */
    record Counted(StepNodes nodes, PlannedOperation plan) {}

    private static final int MOST_STEPS = 1000;

    /** Those of the preset mnist-full. */
    private static final List<String> STUDENTS =
            List.of("rows4-d4", "cols4-d8", "rows2-d8", "cols2-d12", "rows2-d16", "cols2-d32", "rows2-d48-b2");

    /** A teacher before students costs time, and is not in their step. */
    private static final List<String> SMALL_TEACHER = List.of("teacher.channels=[4, 8]", "teacher.convsPerStage=1");

    /** Those of the file: the demo's teacher, its largest student, and a student of 28 tokens, width 16, 2 blocks and 8 states. */
    static final List<CountedStep> ALL = List.of(
            new CountedStep("teacher", 8, Role.TEACHER, 0, DEMO, List.of()),
            new CountedStep("rows2-d48", 128, Role.STUDENT, 6, DEMO, SMALL_TEACHER),
            of(NamedWorkload.REFERENCE, 128));

    /** Batches as a GPU wants them, or as large as the checked build has memory for: too slow to count in every run of the tests, so that the file has what {@code make step-nodes LARGE=1} counted last. */
    static final List<CountedStep> LARGE =
            List.of(of(NamedWorkload.REFERENCE, 4096), of(NamedWorkload.PATCHES8X8, 256));

    /** The steps that {@code bench step} measures, to be predicted beside it; too slow to count in every run of the tests. */
    static final List<CountedStep> MEASURED = Stream.of(
                    Stream.of(new CountedStep("teacher", 128, Role.TEACHER, 0, FULL, List.of())),
                    IntStream.range(0, STUDENTS.size())
                            .mapToObj(i -> new CountedStep(STUDENTS.get(i), 128, Role.STUDENT, i, FULL, SMALL_TEACHER)))
            .flatMap(step -> step)
            .toList();

    private static CountedStep of(NamedWorkload workload, int batch) {
        return new CountedStep(workload.title(), batch, Role.STUDENT, 1, DEMO, workload.settings(), workload);
    }

    CountedStep(String model, int batch, Role role, int index, String preset, List<String> settings) {
        this(model, batch, role, index, preset, settings, null);
    }

    private Dataset dataset(RunSpec spec) {
        return workload == null ? SmallRun.dataset(spec) : workload.images(batch);
    }

    /** Whether a line of the file is one of {@link #LARGE}. */
    static boolean isLarge(String model, int batch) {
        return LARGE.stream().anyMatch(step -> step.model.equals(model) && step.batch == batch);
    }

    /** The same of a line of step-kernels.tsv. */
    static boolean isLarge(PlannedOperation plan) {
        return LARGE.stream()
                .anyMatch(
                        step -> step.model.equals(plan.variant()) && plan.size().equals(size(step.batch)));
    }

    private static String size(int batch) {
        return "B" + batch;
    }

    /** Steps in every precision, one of each. */
    static List<Counted> countAll(List<CountedStep> steps) {
        List<Counted> counted = new ArrayList<>();
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH)) {
            for (CountedStep step : steps) {
                for (Precision precision : Precision.values()) {
                    counted.add(step.count(backend, precision, 1));
                }
            }
        }
        return counted;
    }

    /**
     * Counts a launch: its nodes where it is captured, its bytes where it is replayed by the checked kernels.
     *
     * @param backend of the emulated driver, with graphs
     * @param steps of the launch, 1 to 8
     * @return of all steps together
     */
    Counted count(Backend backend, Precision precision, int steps) {
        RunSpec spec = spec(precision, steps);
        if (role == Role.STUDENT) {
            assertThat(spec.students().get(index).name()).isEqualTo(model);
        }
        EmulatedDriver.use(Build.PLAIN);
        try (StepBenchmark step = StepBenchmark.of(role, index, spec, dataset(spec), backend, MOST_STEPS)) {
            assertThat(step.batch()).isEqualTo(batch);
            assertThat(step.stepsPerLaunch()).isEqualTo(steps);
            step.launch();
            assertThat(step.await()).isFinite();
            EmulatedDriver.use(Build.CHECKED);
            EmulatedDriver.resetTraffic();
            ListedWork.start(ListedWork.Mode.LISTED);
            step.launch();
            GraphNodes nodes = EmulatedDriver.lastGraph();
            MemoryTraffic traffic = EmulatedDriver.traffic();
            assertThat(step.await()).isFinite();
            assertThat(traffic.launches()).as("launches of kernels").isEqualTo(nodes.kernels());
            List<ListedWork> listed = ListedWork.take();
            assertThat(listed)
                    .as("work of the graph, and the copy of its results")
                    .hasSize((int) nodes.all() + 1);
            long bytes = traffic.bytes() - journalBytes(steps);
            PlannedOperation plan = new PlannedOperation(
                    PlannedOperation.STEP,
                    model,
                    name(precision),
                    size(batch),
                    "B=" + batch,
                    bytes,
                    0,
                    PlannedOperations.works(listed.subList(0, listed.size() - 1)));
            return new Counted(new StepNodes(model, batch, name(precision), nodes, bytes), plan);
        } finally {
            ListedWork.start(ListedWork.Mode.NOT_LISTED);
            EmulatedDriver.use(Build.PLAIN);
        }
    }

    /** What a launch does besides its graph: the copy of what its steps came to. */
    private static long journalBytes(int steps) {
        return (long) steps * StepResults.COLUMNS * Float.BYTES;
    }

    /** As many images as the launch's steps take: a launch does not go on into the next epoch. */
    private RunSpec spec(Precision precision, int steps) {
        List<String> texts = new ArrayList<>(settings);
        String key = role == Role.TEACHER ? "teacher" : "student";
        texts.add(key + ".precision=" + name(precision));
        texts.add(key + ".batch=" + batch);
        texts.add(key + ".images=" + batch * steps);
        texts.add("student.copies=1");
        // Clipped in every step: one that clips nothing reads and writes the gradient once less.
        texts.add("student.clip=1e-6");
        return RunSpecYaml.preset(
                preset, texts.stream().map(text -> Setting.parse("--set", text)).toList());
    }

    private static String name(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }
}
