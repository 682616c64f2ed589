package io.mambapkd.bench.cpu;

import io.mambapkd.InputException;
import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.options.OutOption;
import io.mambapkd.bench.result.Machine;
import io.mambapkd.bench.result.Result;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cpu.CpuBackend.Convolutions;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cpu-teachers}. */
@Command(
        name = "cpu-teachers",
        description = "Times a training step of each kind of teacher on the CPU, in turns with PyTorch.")
public final class CpuTeachersCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final OriginOption origin = new OriginOption();

    @Mixin
    private final PeerOptions options = new PeerOptions();

    @Option(
            names = "--teachers",
            split = ",",
            paramLabel = "TEACHER",
            defaultValue = "CNN_MNIST,CNN,RESNET9_16,RESNET9_24,AIRBENCH_256,AIRBENCH_1024",
            description = "Which of ${COMPLETION-CANDIDATES} (default: all).")
    private List<TeacherCase> teachers = List.of();

    @Option(
            names = "--precisions",
            split = ",",
            paramLabel = "PRECISION",
            defaultValue = "F32,BF16",
            description = "Which of ${COMPLETION-CANDIDATES} (default: both).")
    private List<Precision> precisions = List.of();

    @Option(
            names = "--blocks",
            defaultValue = "5",
            description = "Timed blocks of 2 s or one step, for each engine and teacher (default: ${DEFAULT-VALUE}).")
    private int blocks;

    @Mixin
    private final OutOption out = new OutOption();

    @Override
    public Integer call() {
        out.requireWritable();
        Alternation alternation = options.alternation(blocks);
        CpuBackend.oneDnnProblem().ifPresent(problem -> {
            throw new InputException(problem);
        });
        Machine machine = Machine.current();
        StepPeer peer = options.start();
        List<CpuTeachersResult.Row> rows = new ArrayList<>();
        try (CpuBackend backend = new CpuBackend(options.threads());
                CpuBackend patches =
                        new CpuBackend(options.threads(), CpuBackend.preferredBlas(), Convolutions.PATCHES)) {
            TeacherPair pair = new TeacherPair(backend, patches, peer, alternation);
            CpuTeachersResult result = null;
            int all = teachers.size() * precisions.size();
            for (TeacherCase teacher : teachers) {
                for (Precision precision : precisions) {
                    output().println(teacher + " " + precision);
                    output().flush();
                    rows.add(pair.measure(teacher, precision));
                    result = new CpuTeachersResult(
                            CpuTeachersResult.FORMAT_VERSION,
                            CpuTeachersResult.KIND,
                            origin.of(backend),
                            rows.size() == all ? "" : Result.UNFINISHED,
                            options.settings(),
                            machine,
                            backend.description(),
                            peer.description(),
                            options.threads(),
                            rows);
                    out.write(result);
                }
            }
            if (result != null) {
                output().print(CpuTeachersResult.FILES.markdown(result));
            }
            output().flush();
        }
        return 0;
    }

    private PrintWriter output() {
        return Objects.requireNonNull(command).commandLine().getOut();
    }
}
