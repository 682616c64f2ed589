package io.mambapkd.bench.cpu;

import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.options.OutOption;
import io.mambapkd.bench.result.Machine;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cpu.CpuBackend;
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

/** {@code cpu-step}. */
@Command(
        name = "cpu-step",
        description =
                "Times a training step of the teacher and of the largest student on the CPU, in turns with PyTorch.")
public final class CpuStepCommand implements Callable<Integer> {
    /** The largest student of the full ladder. */
    private static final StudentSpec STUDENT = new StudentSpec(
            "rows2-m48x2",
            Cut.ROWS,
            2,
            48,
            2,
            8,
            4,
            2,
            StudentSpec.ReadOut.FLAT,
            MixerSpec.Kind.SCAN,
            MixerSpec.Direction.FORWARD);

    private static final CnnSpec TEACHER = CnnSpec.DEFAULT;

    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final OriginOption origin = new OriginOption();

    @Mixin
    private final PeerOptions options = new PeerOptions();

    @Option(names = "--batch", defaultValue = "128", description = "Images per step (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--blocks",
            defaultValue = "7",
            description = "Timed blocks of 2 s, for each engine and model (default: ${DEFAULT-VALUE}).")
    private int blocks;

    @Mixin
    private final OutOption out = new OutOption();

    @Override
    public Integer call() {
        out.requireWritable();
        PeerOptions.require("--batch", batch, 1, 4096);
        Alternation alternation = options.alternation(blocks);
        Machine machine = Machine.current();
        StepPeer peer = options.start();
        try (Backend backend = new CpuBackend(options.threads())) {
            List<CpuStepResult.Model> models = new ArrayList<>();
            models.add(measureTeacher(backend, peer, alternation));
            models.add(measureStudent(backend, peer, alternation));
            CpuStepResult result = new CpuStepResult(
                    CpuStepResult.FORMAT_VERSION,
                    CpuStepResult.KIND,
                    origin.of(backend),
                    options.settings(),
                    machine,
                    backend.description(),
                    peer.description(),
                    options.threads(),
                    batch,
                    models);
            out.write(result);
            output().print(CpuStepResult.FILES.markdown(result));
            output().flush();
        }
        return 0;
    }

    private CpuStepResult.Model measureTeacher(Backend backend, StepPeer peer, Alternation alternation) {
        Workload workload = Workload.teacher(batch);
        // Dropout draws other masks in each engine, so the comparison is without it; the timing is with it.
        CnnSpec comparable = new CnnSpec(TEACHER.channels(), TEACHER.convsPerStage(), 0);
        double difference;
        try (OurSubject ours = new OurSubject(backend, OurModels.teacher(backend, comparable, workload), workload);
                StepSubject theirs =
                        peer.teacher(comparable, StepPeer.Layout.CHANNELS_FIRST, workload, ours.weights())) {
            difference = Equivalence.require(ours, theirs);
        }
        Classifier model = OurModels.teacher(backend, TEACHER, workload);
        long parameters = model.parameters().count();
        try (OurSubject ours = new OurSubject(backend, model, workload);
                StepSubject theirs = peer.teacher(TEACHER, StepPeer.Layout.CHANNELS_FIRST, workload, ours.weights())) {
            return measure("teacher, CNN 16-32-64", parameters, difference, alternation, ours, theirs);
        }
    }

    private CpuStepResult.Model measureStudent(Backend backend, StepPeer peer, Alternation alternation) {
        Workload workload = Workload.student(batch);
        Classifier model = OurModels.student(backend, STUDENT, workload);
        long parameters = model.parameters().count();
        try (OurSubject ours = new OurSubject(backend, model, workload);
                StepSubject theirs = peer.student(STUDENT, workload, ours.weights())) {
            double difference = Equivalence.require(ours, theirs);
            return measure(
                    "largest student, 14 tokens, M 48, 2 blocks, N 8",
                    parameters,
                    difference,
                    alternation,
                    ours,
                    theirs);
        }
    }

    private CpuStepResult.Model measure(
            String name,
            long parameters,
            double difference,
            Alternation alternation,
            StepSubject ours,
            StepSubject theirs) {
        output().println(name + ": same logits to " + String.format(Locale.ROOT, "%.1e", difference) + ", timing");
        output().flush();
        List<Alternation.Timing> timings = alternation.run(List.of(ours, theirs));
        return new CpuStepResult.Model(
                name,
                parameters,
                difference,
                timings.get(0).throughput(batch),
                timings.get(1).throughput(batch));
    }

    private PrintWriter output() {
        return Objects.requireNonNull(command).commandLine().getOut();
    }
}
